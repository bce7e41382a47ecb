"""Jobs in the queue whose driver was killed.

A driver holds a file under the folder of the run, by the name that its jobs bear, for as long as
it lives. Jobs of that folder whose driver's file nobody holds are orphans: the next driver would
submit their work a second time, and one that still waits in the queue would start long after and
replace what is finished by then.
"""

import getpass
import logging
import time
from contextlib import AbstractContextManager
from pathlib import Path

from causeway.cluster.commands import ask
from causeway.errors import InputError
from causeway.locks import alone, is_forsaken

log = logging.getLogger(__name__)

PATIENCE = 180.0
"""Seconds to wait until SLURM has ended what was cancelled: more than its usual KillWait."""


def registered(folder: Path, driver: str) -> AbstractContextManager[None]:
    """Tell later drivers of a folder that this one lives, by the name that its jobs bear."""
    return alone(_mark(folder, driver))


def cancel(folder: Path) -> list[str]:
    """Cancel the orphans of a folder and wait until they are gone; a training saves its state.

    Returns
    -------
    list of str
        Their SLURM job ids.

    Raises
    ------
    InputError
        If SLURM does not answer, or has not ended them in time.
    """
    orphans = [job for job, driver in _queue() if is_forsaken(_mark(folder, driver))]
    if orphans:
        log.warning("cancelling jobs that an earlier run left behind: %s", ", ".join(orphans))
        ask("scancel", *orphans)
        _wait_for_the_end_of(set(orphans))
    return orphans


def _wait_for_the_end_of(jobs: set[str]) -> None:
    until = time.monotonic() + PATIENCE
    while left := jobs.intersection(job for job, _ in _queue()):
        if time.monotonic() > until:
            raise InputError(
                f"SLURM jobs {', '.join(sorted(left))}",
                f"were cancelled and are still in the queue {PATIENCE:.0f} s later",
                "See `squeue` for the state of their nodes, and start again once they are gone",
            )
        time.sleep(1)


def _queue() -> list[tuple[str, str]]:
    """Id and name of each of the user's jobs in the queue, elements of arrays one by one."""
    user = f"--user={getpass.getuser()}"
    lines = ask("squeue", "--noheader", "--array", user, "--format=%i|%j")
    return [(job, name) for job, _, name in (line.partition("|") for line in lines)]


def _mark(folder: Path, driver: str) -> Path:
    return folder / ".snakemake" / "drivers" / driver
