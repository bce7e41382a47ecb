"""What finished jobs have cost, from the records beside their logs."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from causeway.errors import InputError
from causeway.report.surroundings import commits, distinct, machine
from causeway.section import Section


class Recorded(Section):
    """Jobs of one rule at one scale."""

    scale: str
    """Where they ran."""
    rule: str = Field(pattern=r"^[a-z0-9]+_[a-z_]+$")
    """Name with the system's before it."""
    jobs: PositiveInt
    """How many."""
    resumed: NonNegativeInt = 0
    """How many of them went on from a checkpoint, and tell of their last start alone."""
    cpu_seconds: NonNegativeFloat
    """Processor seconds of all."""
    longest: NonNegativeFloat
    """Seconds of the longest."""
    peak_bytes: NonNegativeInt
    """Most memory that one held."""
    written: NonNegativeInt | None = None
    """Bytes of all results; None is not known."""
    machine: str = ""
    """What they ran on."""
    commit: str = ""
    """What source they ran from; a plus marks uncommitted changes."""


def read(results: Path, systems: Iterable[str]) -> dict[str, Recorded]:
    """Read the records of a scale.

    Parameters
    ----------
    results
        Folder of a scale, e.g. ``results/demo``.
    systems
        Systems whose records to read.

    Returns
    -------
    dict
        By rule.

    Raises
    ------
    InputError
        If there is no such folder, or a record is not one.
    """
    if not results.is_dir():
        raise InputError(results, "there is no such run", "Run the scale first")
    found: dict[str, list[dict[str, Any]]] = {}
    for system in systems:
        for path in sorted((results / system / "logs").glob("*.json")):
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                _summary(results.name, [record])
                found.setdefault(record["rule"], []).append(record)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise InputError(
                    path, f"is no record of a job ({error!r})", "Run its job again"
                ) from None
    return {rule: _summary(results.name, records) for rule, records in found.items()}


def _summary(scale: str, records: Sequence[dict[str, Any]]) -> Recorded:
    written = [what.get("bytes") for record in records for what in record["outputs"].values()]
    return Recorded(
        scale=scale,
        rule=records[0]["rule"],
        jobs=len(records),
        resumed=sum(bool(record.get("resumed")) for record in records),
        cpu_seconds=round(sum(record["cpu_seconds"] for record in records), 3),
        longest=max(record["seconds"] for record in records),
        peak_bytes=max(record["peak_rss_bytes"] for record in records),
        written=None if None in written else sum(written),
        machine="; ".join(distinct(machine(record["hardware"]) for record in records)),
        commit=", ".join(commits(records)),
    )
