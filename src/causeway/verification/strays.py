"""Files among the results that no job recorded."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from causeway.verification.problem import Problem

BESIDE = {"logs", "benchmarks"}
"""Folders of each module that hold what is about jobs, not what they made."""
PAGE = "report.html"
"""What ``snakemake --report`` writes at the top of the results."""


def strays(results: Path, made: Iterable[Path], directory: Path) -> Iterator[Problem]:
    """Find files that no record names as a result; a folder of nothing else is told as one.

    Left out are logs, benchmarks, Snakemake's own report and all that is hidden: unfinished work,
    drafts and locks.

    Parameters
    ----------
    results
        Results of one scale.
    made
        Where the recorded results lie.
    directory
        Folder from which problems name files.
    """
    known = set(made)
    above = {folder for path in known for folder in path.parents} | {results}
    found = Counter(
        next(place for place in [*reversed(path.parents), path] if place not in above)
        for path in _unknown(results, known)
    )
    for place, count in sorted(found.items()):
        what = f"its {count} files" if place.is_dir() else "it"
        yield Problem(
            place.relative_to(directory).as_posix(),
            f"no record tells of a job that made {what}",
            "Remove it and run snakemake again; keep what is not of the run elsewhere",
        )


def _unknown(results: Path, known: set[Path]) -> Iterator[Path]:
    for folder, folders, names in os.walk(results, followlinks=True):
        here = Path(folder)
        folders[:] = [name for name in folders if _counts(here / name, results, known)]
        yield from (here / name for name in names if _counts(here / name, results, known))


def _counts(path: Path, results: Path, known: set[Path]) -> bool:
    below = path.relative_to(results)
    beside = len(below.parts) == 2 and path.name in BESIDE
    return not (path in known or path.name.startswith(".") or beside or below == Path(PAGE))
