"""Refuse what does not fit into memory, before it is allocated."""

import os
from pathlib import Path

from causeway.errors import InputError

CGROUP = Path("/sys/fs/cgroup")
"""Limits of a container or batch job."""
SHARE = 0.9
"""Part of the free memory that one allocation may take."""


def available() -> int:
    """Bytes that this process may still allocate: free memory, or less in a container or job."""
    return min([_free(), *_limits()])


def require(wanted: float, what: str, where: object, remedy: str) -> None:
    """Go on only if there is memory.

    Parameters
    ----------
    wanted
        Bytes at the peak.
    what
        What they are for, e.g. ``the matrix of 400,000 cells by 8,000 genes``.
    where
        File, and field of it.
    remedy
        What else the user can do.

    Raises
    ------
    InputError
        If there is less.
    """
    free = available()
    if wanted > SHARE * free:
        raise InputError(
            where, f"{what} needs {_text(wanted)} of memory, {_text(free)} are free", remedy
        )


def _free() -> int:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:  # not Linux
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["MemAvailable"].split()[0]) * 1024


def _limits() -> list[int]:
    pairs = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", ""))
    found = []
    for limit, use in pairs:
        try:
            most = int((CGROUP / limit).read_text())
            used = int((CGROUP / use).read_text()) if use else 0
        except (OSError, ValueError):  # no such file, or "max"
            continue
        found.append(max(most - used, 0))
    return found


def _text(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"
