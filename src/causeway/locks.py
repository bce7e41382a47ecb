"""Locks between processes: a file that one of them holds at a time, even if it is removed then."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)


@contextmanager
def held(path: Path, work: object) -> Iterator[BinaryIO]:
    """Open a file for this process alone; wait while another one has it.

    Whoever holds the file may rename or remove it.

    Parameters
    ----------
    path
        File to open; made if there is none.
    work
        What it stands for, to be told to who waits.

    Yields
    ------
    BinaryIO
        The file, open to read and to append.
    """
    while True:
        with path.open("a+b") as file:
            _lock(file, work)
            if _stands_at(file, path):
                yield file
                return


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """Be the only process that writes a file, by a lock beside it that goes with the work."""
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = _beside(target)
    with held(lock, target):
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def is_forsaken(target: Path) -> bool:
    """Whether a process that was alone with a file ended without letting go, as a killed one does.

    Where the file system has no locks nobody can tell, and the answer is no.
    """
    try:
        with _beside(target).open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:
        return False


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def _stands_at(file: BinaryIO, path: Path) -> bool:
    """Whether a path still leads to an open file, which whoever held it may have moved away."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: BinaryIO, work: object) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.warning("waiting for an earlier process that still works on %s", work)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        log.warning("%s: this file system has no locks (%s)", work, error.strerror)
