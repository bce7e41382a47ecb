"""What finished jobs have cost, from the records beside their logs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from causeway.errors import InputError


@dataclass(frozen=True)
class Recorded:
    """Jobs of one rule: how many, their processor seconds in all, and the most bytes of one."""

    jobs: int
    cpu_seconds: float
    peak_bytes: int


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
        By rule, with the system's name before it.

    Raises
    ------
    InputError
        If there is no such folder, or a record is not one.
    """
    if not results.is_dir():
        raise InputError(results, "there is no such run", "Run the scale first")
    found: dict[str, Recorded] = {}
    for system in systems:
        for path in sorted((results / system / "logs").glob("*.json")):
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                rule = str(record["rule"])
                before = found.get(rule, Recorded(0, 0.0, 0))
                found[rule] = Recorded(
                    before.jobs + 1,
                    before.cpu_seconds + float(record["cpu_seconds"]),
                    max(before.peak_bytes, int(record["peak_rss_bytes"])),
                )
            except (ValueError, LookupError, TypeError) as error:
                raise InputError(
                    path, f"is no record of a job ({error!r})", "Run its job again"
                ) from None
    return found
