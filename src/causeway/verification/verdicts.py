"""Verdicts judged again from the metrics that a run recorded."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from causeway.claims import table
from causeway.claims.claims import claims
from causeway.errors import InputError
from causeway.report.records import Record
from causeway.verification.problem import Problem

KEY = ["claim", "dataset"]
NEEDS = ["scale", "system", "synthetic", "redrawn"]
"""Parameters of the step that judges."""
TOLERANCE = 1e-9
"""Relative difference that another machine's arithmetic may make."""

_REMEDY = "Remove it and run snakemake again"


def judges(record: Record) -> bool:
    """Whether a record is of a job that judged the claims of a system."""
    return set(NEEDS) <= record["params"].keys()


def changed_verdicts(record: Record, where: Mapping[str, Path]) -> Iterator[Problem]:
    """Judge a system's claims by the present code, and compare with the table that stands.

    Parameters
    ----------
    record
        Record of the job that judged; its inputs must be unchanged.
    where
        Where each recorded file lies now.
    """
    [judged] = record["outputs"]
    metrics = [where[path] for path in record["inputs"] if path.endswith(".parquet")]
    [definitions] = [where[path] for path in record["inputs"] if path.endswith(".yaml")]
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "claims.tsv"
        try:
            claims(
                metrics=metrics,
                claims=definitions,
                judged=fresh,
                **{name: record["params"][name] for name in NEEDS},
            )
            again, stands = table.read(fresh), table.read(where[judged])
        except InputError as error:
            yield Problem(judged, f"its claims cannot be judged again ({error})", _REMEDY)
            return
    for what in differences(again, stands):
        yield Problem(judged, what, _REMEDY)


def differences(again: pd.DataFrame, stands: pd.DataFrame) -> Iterator[str]:
    """Say in which claims two tables of judged claims differ.

    Parameters
    ----------
    again, stands
        Tables as of :func:`causeway.claims.table.read`: judged again, and as found.
    """
    fresh, found = (frame.set_index(KEY).sort_index() for frame in (again, stands))
    for name, place in found.index.difference(fresh.index):
        yield f"claim {name}{_on(place)} stands there, but follows from no metrics"
    for name, place in fresh.index.difference(found.index):
        yield f"claim {name}{_on(place)} is missing"
    for key in fresh.index.intersection(found.index):
        (name, place), new, old = key, fresh.loc[key], found.loc[key]
        if new["verdict"] != old["verdict"]:
            yield (
                f"claim {name}{_on(place)} stands as {old['verdict']!r}, but is "
                f"{new['verdict']!r} by the recorded metrics"
            )
        elif columns := _columns(new, old):
            yield f"claim {name}{_on(place)} has other values in {', '.join(columns)}"


def _columns(new: pd.Series, old: pd.Series) -> list[str]:
    numbers = [
        name
        for name in table.NUMBERS
        if not np.isclose(new[name], old[name], rtol=TOLERANCE, atol=0, equal_nan=True)
    ]
    words = [name for name in new.index if name not in table.NUMBERS and new[name] != old[name]]
    return numbers + words


def _on(place: str) -> str:
    return f" on {place}" if place else ""
