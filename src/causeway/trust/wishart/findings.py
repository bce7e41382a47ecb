"""Numbers and drawn points that the steps write."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from causeway import metrics as table
from causeway.statistics import Interval


class Point(NamedTuple):
    """A point of a figure, with the interval of what was estimated there."""

    panel: str
    series: str
    x: float
    found: Interval


def exact(value: float) -> Interval:
    """Wrap a number that was computed, not estimated."""
    return Interval(float(value), float(value), float(value), 1)


def largest(values: Iterable[float], n: int) -> Interval:
    """Wrap the largest of several distances, each behind ``n`` random draws."""
    value = float(max(values))
    return Interval(value, value, value, n)


def write(
    found: Mapping[str, Interval], path: Path, *, dataset: str, variant: str, seed: int
) -> None:
    """Write named numbers as a table of metrics."""
    rows = table.rows(found.items(), system="wishart", dataset=dataset, variant=variant, seed=seed)
    table.write(rows, path)


def write_points(points: Iterable[Point], path: Path) -> None:
    """Write points as Parquet, columns ``panel, series, x, value, low, high``."""
    pd.DataFrame(
        [(p.panel, p.series, p.x, p.found.estimate, p.found.low, p.found.high) for p in points],
        columns=["panel", "series", "x", "value", "low", "high"],
    ).to_parquet(path, index=False)
