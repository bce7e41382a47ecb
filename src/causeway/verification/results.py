"""Go through all results of one scale."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from causeway.errors import InputError
from causeway.provenance import PROJECT
from causeway.report.records import Record, Records, read
from causeway.verification.chain import broken_links
from causeway.verification.code import outdated
from causeway.verification.files import Identity, difference, how, present
from causeway.verification.listing import departures, listing
from causeway.verification.problem import Problem
from causeway.verification.strays import strays
from causeway.verification.verdicts import changed_verdicts, judges

_AGAIN = "Run snakemake again"


@dataclass
class Examination:
    """What was looked at, and what was found."""

    jobs: int = 0
    files: Counter[str] = field(default_factory=Counter)
    """Number of files by what they were compared."""
    listed: int = 0
    """Files and folders that the run's crate lists; none where a run left no crate."""
    judged: int = 0
    """Systems whose claims were judged again."""
    systems: int = 0
    """Systems whose claims a run has judged; again only where all that they rest on is there."""
    problems: list[Problem] = field(default_factory=list)
    outdated: Counter[str] = field(default_factory=Counter)
    """Jobs by step whose code has changed since."""


def examine(results: Path, directory: Path, root: Path) -> Examination:
    """Compare results with their records, and with the list of their crate where there is one.

    Parameters
    ----------
    results
        Results of one scale.
    directory
        Folder in which Snakemake ran: recorded paths are relative to it.
    root
        Folder of the Snakefile, by which records name files that came with it.

    Raises
    ------
    InputError
        If there is no record, so that nothing can be compared, or one is broken.
    """
    entries = read(results)
    ledger = Records.join(entries.values())
    current = {
        path: record
        for path, record in entries.items()
        if any(ledger.makers[file] is record for file in record["outputs"])
    }
    if not current:
        raise InputError(
            results,
            "no job left a record here (*/logs/*.json), so that nothing can be compared",
            "Run snakemake, or name where it ran by --directory; what has lost its record must be "
            "removed first",
        )
    records = list(current.values())
    listed = listing(results, directory)
    made = {file for record in records for file in record["outputs"]}
    sources = {file for record in records for file in record["inputs"]}
    where = {file: locate(file, directory, root) for file in made | sources | listed.keys()}
    now = present(where, where)
    found = Examination(jobs=len(records), listed=len(listed), outdated=outdated(records))
    for place, record in current.items():
        found.problems += _results(record, place, ledger, now, found.files)
    found.problems += _sources(records, ledger, now, found.files)
    found.problems += broken_links(records, ledger)
    broken = {problem.path for problem in found.problems}
    for record in filter(judges, records):
        [judged] = record["outputs"]
        found.systems += 1
        if now[judged] is not None and not broken & record["inputs"].keys():
            found.judged += 1
            found.problems += changed_verdicts(record, where)
    found.problems += [
        problem for problem in departures(listed, now) if problem.path not in broken
    ]
    found.problems += strays(results, (where[file] for file in made), directory)
    return found


def locate(file: str, directory: Path, root: Path) -> Path:
    """Where a recorded file lies."""
    if file.startswith(PROJECT):
        return root / file.removeprefix(PROJECT)
    return directory / file


def _results(
    record: Record,
    place: Path,
    ledger: Records,
    now: dict[str, Identity | None],
    files: Counter[str],
) -> list[Problem]:
    """What differs from the record of the job that made it."""
    problems = []
    for file, recorded in record["outputs"].items():
        if ledger.makers[file] is not record:
            continue
        files[how(recorded)] += 1
        if what := difference(recorded, now[file], touched=True):
            # Snakemake makes a lost file anew, but takes a changed one for a result.
            remedy = "Remove it and run snakemake again"
            if now[file] is None:
                remedy = f"{_AGAIN}; if it was given up, remove {place.name} beside its log too"
            problems.append(Problem(file, f"{what} (made by {record['rule']})", remedy))
    return problems


def _sources(
    records: list[Record],
    ledger: Records,
    now: dict[str, Identity | None],
    files: Counter[str],
) -> list[Problem]:
    """What differs from what jobs read and none of them made: raw data, definitions of claims."""
    problems: dict[str, Problem] = {}
    seen = set()
    for record in records:
        for file, recorded in record["inputs"].items():
            if file in ledger.makers:
                continue
            if file not in seen:
                files[how(recorded)] += 1
                seen.add(file)
            if what := difference(recorded, now[file], touched=False):
                problems.setdefault(
                    file, Problem(file, f"{what} (read by {record['rule']})", _AGAIN)
                )
    return list(problems.values())
