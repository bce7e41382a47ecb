"""Where unfinished work waits: a folder that Snakemake does not own."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def folder(beside: Path, rule: str, wildcards: Any, work: Any) -> Path:
    """Name the folder of unfinished work, ``<rule>-<digest of wildcards>-<digest of work>``.

    Parameters
    ----------
    beside
        Folder of the results.
    rule, wildcards
        What tells the job from others.
    work
        What determines its result.
    """
    return beside / ".resume" / f"{rule}-{_digest(wildcards)}-{_digest(work)}"


@contextmanager
def kept(place: Path | None) -> Iterator[None]:
    """Make the resume folder of a step that has one, and remove it on success.

    Success also removes what the same job left behind under other settings. Nobody else works
    there: the job holds its outputs alone.
    """
    if place is None:
        yield
        return
    place.mkdir(parents=True, exist_ok=True)
    yield
    for done in place.parent.glob(f"{place.name.rpartition('-')[0]}-*/"):
        # What resists must not fail a job that is done.
        shutil.rmtree(done, ignore_errors=True)


def _digest(content: Any) -> str:
    text = json.dumps(content, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
