"""Files as they are now beside what was recorded of them."""

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from causeway.provenance import identity

Identity = Mapping[str, Any]

TOUCHED = 600
"""Seconds after a job within which its large results may get a later time: Snakemake touches what
a job wrote once it sees that the job has ended."""


def present(paths: Iterable[str], where: Mapping[str, Path]) -> dict[str, Identity | None]:
    """Identify files as they are now, several at once; None where there is none.

    Parameters
    ----------
    paths
        Paths as jobs recorded them.
    where
        Where each of them lies now.
    """
    wanted = sorted(set(paths))
    with ThreadPoolExecutor(min(16, 2 * (os.cpu_count() or 1))) as threads:
        found = threads.map(lambda path: _identity(where[path]), wanted)
        bar = tqdm(
            found, total=len(wanted), unit=" files", delay=1, leave=False, disable=None
        )  # None: silent unless on a terminal
        return dict(zip(wanted, bar, strict=True))


def difference(recorded: Identity, found: Identity | None, *, touched: bool) -> str | None:
    """Say how a file differs from what was recorded of it; None if it does not.

    Parameters
    ----------
    recorded, found
        Identities as of :func:`causeway.provenance.identity`; a crate's lack times.
    touched
        Whether the record is of the job that wrote the file, after which its time may be later.
    """
    if found is None:
        return "is missing"
    for name, unit in (("files", "files"), ("bytes", "bytes")):
        if name in recorded and recorded[name] != found.get(name):
            return f"has {found.get(name, 'no')} {unit}, {recorded[name]} were recorded"
    if "sha256" in recorded:
        if recorded["sha256"] != found.get("sha256"):
            short = str(found.get("sha256"))[:12]
            return f"its content has changed: sha256 {short}…, recorded {recorded['sha256'][:12]}…"
    elif "modified" in recorded:
        if "modified" not in found:
            return "has a record of an earlier form, by time, and cannot be compared with it"
        later = found["modified"] - recorded["modified"]
        if not -1 <= later <= (TOUCHED if touched else 1):
            when = datetime.fromtimestamp(found["modified"]).isoformat(" ", "seconds")
            return f"was written or touched at {when}, after its record, and is too large to hash"
    return None


def differ(written: Identity, read: Identity) -> bool:
    """Whether a file was another when it was read; times, touched between, do not tell."""
    shared = written.keys() & read.keys() & {"bytes", "files", "sha256"}
    return any(written[name] != read[name] for name in shared)


def how(recorded: Identity) -> str:
    """By what a file is compared with its record."""
    if "sha256" in recorded:
        return "sha256"
    return "size and time" if "bytes" in recorded else "presence alone"


def _identity(path: Path) -> Identity | None:
    return identity(path) if path.exists() else None
