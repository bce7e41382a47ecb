"""The numbers of a run as a table of metrics."""

from collections.abc import Mapping
from pathlib import Path

from causeway import metrics
from causeway.statistics import Interval


def write_numbers(
    numbers: Mapping[str, Interval], path: Path, *, dataset: str, variant: str, seed: int
) -> None:
    """Write numbers by name.

    Parameters
    ----------
    numbers
        Estimates with their intervals.
    path
        Table to write, see :mod:`causeway.metrics`.
    dataset, variant, seed
        The run.
    """
    rows = metrics.rows(
        numbers.items(), system="phenformer", dataset=dataset, variant=variant, seed=seed
    )
    metrics.write(rows, path)
