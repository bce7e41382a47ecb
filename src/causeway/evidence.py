"""What the runs of several seeds say together, for claims and figures alike.

A sample is the rows of one metric of one variant in the table of :mod:`causeway.metrics`, indexed
by seed.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from causeway import statistics
from causeway.numerals import contrast
from causeway.statistics import Interval


class Evidence(NamedTuple):
    """An estimate, what its ``n`` counts, and how it was made."""

    interval: Interval
    unit: str = ""
    how: str = ""


def mean(sample: pd.DataFrame) -> Evidence:
    """Interval over seeds and, within them, test units.

    Of one seed, or where the seed decides nothing, it is the interval over units.
    """
    if _repeats(sample):
        row = sample.iloc[0]
        interval = Interval(row["value"], row["low"], row["high"], int(row["n"]))
        how = f"seed {sample.index[0]} alone" if len(sample) == 1 else "the same for all seeds"
        return Evidence(interval, "units", how)
    interval = _widened(statistics.t_interval(sample["value"]), sample)
    return Evidence(interval, "seeds", "mean over seeds")


def difference(greater: pd.DataFrame, less: pd.DataFrame) -> Evidence:
    """Difference of two samples: paired by seed, else Welch, else from their own intervals."""
    a, b = greater["value"], less["value"]
    sides = contrast(a.mean(), b.mean())
    if (_repeats(greater) and _repeats(less)) or min(len(a), len(b)) == 1:
        interval = statistics.difference_of_intervals(mean(greater).interval, mean(less).interval)
        return Evidence(interval, "units", f"{sides}, from the intervals of both")
    if a.index.equals(b.index):
        interval = _widened(statistics.paired_difference(a, b), greater, less)
        return Evidence(interval, "seeds", f"{sides}, paired by seed")
    interval = _widened(statistics.unpaired_difference(a, b), greater, less)
    return Evidence(interval, "seeds", f"{sides}, unpaired: {len(a)} and {len(b)} seeds")


def replicated(metrics: pd.DataFrame, redrawn: Iterable[str]) -> pd.DataFrame:
    """Let the intervals within runs go where every seed draws its own data.

    Seeds then share no test units: each is a replicate of everything, and how much
    they differ holds the choice of units already. A result that is the same for all seeds, or of
    one seed, keeps its interval.

    Parameters
    ----------
    metrics
        Table of :mod:`causeway.metrics`.
    redrawn
        What is drawn anew with each seed: names of datasets, or, where only some of a dataset is,
        ``<dataset>/<first part of the metric>``.
    """
    found = metrics.copy()
    names, starts = found["dataset"], found["metric"].str.partition("/")[0]
    drawn = found[names.isin(wanted := set(redrawn)) | (names + "/" + starts).isin(wanted)]
    for _, rows in drawn.groupby(["system", "dataset", "variant", "metric"]):
        if not _repeats(rows):
            found.loc[rows.index, ["low", "high"]] = math.nan
    return found


def _repeats(sample: pd.DataFrame) -> bool:
    """Whether all seeds give one result: repeating what does not vary is no replication."""
    return len(sample[["value", "low", "high", "n"]].drop_duplicates()) == 1


def _widened(interval: Interval, *samples: pd.DataFrame) -> Interval:
    """Add the spread within seeds to an interval over seeds.

    Where seeds share their test units, an interval over seeds leaves out how the result depends
    on the choice of units. Half-widths add as the root of the sum of squares, which is
    wider than need be where two sides of a difference share their units too.
    """
    within = [(sample["high"] - sample["low"]).mean() / 2 for sample in samples]
    known = [half for half in within if math.isfinite(half)]
    half = math.hypot((interval.high - interval.low) / 2, *known)
    return interval._replace(low=interval.estimate - half, high=interval.estimate + half)
