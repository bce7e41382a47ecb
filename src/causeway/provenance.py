"""What a job ran on, with and from: the record kept beside every result."""

import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email import message_from_string
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from causeway.hardware import TOGETHER

SMALL = 64 * 2**20
"""Bytes up to which a file is identified by its hash; larger ones by size and time."""

SNAKEMAKES_OWN = ".snakemake_timestamp"
"""File that Snakemake lays into folders after their job has ended."""

RECEIPTS = ".receipts"
"""Hidden folder beside downloaded files, with what each of them was when it came, as JSON."""


PROJECT = "<project>/"
"""Stands in records for the folder of the Snakefile, which may move."""

OBSERVER = "child-process-observer"
"""Lightning's thread that waits for the processes which it has started to train together."""

SLURM = {"job": "SLURM_JOB_ID", "partition": "SLURM_JOB_PARTITION", "node": "SLURMD_NODENAME"}
"""What a record keeps of a SLURM job, by the variables that tell it; none names a user."""


class Clock:
    """What this process and those that it starts use, from the moment of making."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self._wall = perf_counter()
        self._cpu = _cpu_seconds()

    def read(self) -> dict[str, Any]:
        """Costs so far, on this node.

        Returns
        -------
        dict
            Seconds of wall clock; seconds of processors, of this process and of those that it
            started and that have ended; and bytes at the peak of the largest one of all these.
            Processes side by side take more together.
        """
        seconds = perf_counter() - self._wall
        for thread in threading.enumerate():
            if thread.name == OBSERVER:
                thread.join(timeout=60)
        whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        return {
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            "cpu_seconds": round(_cpu_seconds() - self._cpu, 3),
            "peak_rss_bytes": max(resource.getrusage(who).ru_maxrss for who in whose) * 1024,
        }


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def versions() -> dict[str, str]:
    """Versions of Python and of the distributions that this process has imported."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    found: dict[str, str] = {}
    for distribution in distributions():
        if not loaded.isdisjoint(_packages(distribution)):
            text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
            # Below the fields stands the whole README, which would take most of the time.
            fields = message_from_string(text.partition("\n\n")[0])
            found.setdefault(fields["Name"], fields["Version"])
    return {"python": platform.python_version(), **dict(sorted(found.items()))}


def _packages(distribution: Distribution) -> set[str]:
    """Names by which the modules of a distribution are imported.

    ``importlib.metadata.packages_distributions`` tells the same, but makes an object of every
    installed file, which takes most of the time of a small job.
    """
    if declared := distribution.read_text("top_level.txt"):
        return set(declared.split())
    if record := distribution.read_text("RECORD"):
        files = [line.partition(",")[0] for line in record.splitlines()]
    else:
        files = [str(path) for path in distribution.files or []]
    return {file.partition("/")[0].removesuffix(".py") for file in files if file.endswith(".py")}


def hardware() -> dict[str, Any]:
    """Processor, cores, memory and, when torch is loaded, the GPUs of this machine."""
    torch = sys.modules.get("torch")
    gpus = torch.cuda.device_count() if torch and torch.cuda.is_available() else 0
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "gpus": [torch.cuda.get_device_name(index) for index in range(gpus)] if torch else [],
    }


def workers(nodes: int) -> dict[str, Any]:
    """Count what worked together: nodes, processes that trained together, and GPUs in use.

    Parameters
    ----------
    nodes
        Nodes that the job has asked for.

    Returns
    -------
    dict
        ``nodes``; ``processes``, one if none trained together; ``gpus``, those on which torch had
        memory, not those that a machine has; and ``slurm``, the job there if there is one.
    """
    # Each of them uses as many GPUs as this one.
    processes = int(os.environ.get(TOGETHER, 1))
    slurm = {name: os.environ[key] for name, key in SLURM.items() if os.environ.get(key)}
    return {
        "nodes": nodes,
        "processes": processes,
        "gpus": _gpus_in_use() * processes,
        **({"slurm": slurm} if slurm else {}),
    }


def _gpus_in_use() -> int:
    """Count the GPUs on which this process has had memory."""
    torch = sys.modules.get("torch")
    if not torch or not torch.cuda.is_initialized():
        return 0
    indices = range(torch.cuda.device_count())
    return sum(torch.cuda.max_memory_allocated(index) > 0 for index in indices)


@cache
def _processor() -> str:
    table = Path("/proc/cpuinfo")
    lines = table.read_text().splitlines() if table.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


@cache
def git_state(folder: Path) -> dict[str, Any]:
    """Commit of the checkout that holds ``folder``, and whether files differ from it.

    Profiles tell where jobs run, which changes no result: each cluster has its own.
    """

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *words], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        return done.stdout.strip()

    commit = git("rev-parse", "HEAD")
    changed = git("status", "--short", "--", ":(top)", ":(top,exclude)profiles")
    return {} if commit is None else {"commit": commit, "dirty": bool(changed)}


def identity(path: Path) -> dict[str, Any]:
    """Size of a file with its sha256 when it is small, its time of change otherwise.

    A folder is known by the number and size of its files, and by one sha256 of their names and
    contents, or by the time of the latest change among them and, where files were downloaded, the
    sha256 of each when it was ``received``.
    """
    status = path.stat()
    if path.is_dir():
        return _identity_of_folder(path)
    if status.st_size > SMALL:
        return {"bytes": status.st_size, "modified": status.st_mtime}
    return {"bytes": status.st_size, "sha256": sha256(path)}


def _identity_of_folder(folder: Path) -> dict[str, Any]:
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != SNAKEMAKES_OWN
    )
    states = [path.stat() for path in files]
    known: dict[str, Any] = {"files": len(files), "bytes": sum(state.st_size for state in states)}
    if known["bytes"] > SMALL:
        known |= {"modified": max(state.st_mtime for state in states)}
        received = {path.stem: _received(path) for path in files if path.parent.name == RECEIPTS}
        return known | ({"received": received} if received else {})
    lines = (f"{path.relative_to(folder).as_posix()} {sha256(path)}\n" for path in files)
    return known | {"sha256": hashlib.sha256("".join(lines).encode()).hexdigest()}


def _received(receipt: Path) -> str:
    return str(json.loads(receipt.read_text(encoding="utf-8"))["sha256"])


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def identities(paths: Iterable[Path], project: Path | None = None) -> dict[str, Any]:
    """:func:`identity` of each path; what lies below the project is named from there."""
    return {portable(path, project): identity(path) for path in paths}


def portable(path: Path, project: Path | None) -> str:
    """Name a path; one below the project without the project's own place, which may change."""
    if project is not None and path.is_absolute() and path.is_relative_to(project):
        return PROJECT + path.relative_to(project).as_posix()
    return str(path)


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record as JSON, whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(json.dumps(record, indent=1, default=str) + "\n", encoding="utf-8")
    draft.replace(path)
