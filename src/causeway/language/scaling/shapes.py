"""Whether the loss at equal compute is shaped like a U over sizes."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.language.scaling.bootstrap import failed, percentiles, resample
from causeway.language.scaling.parabolas import grouped, vertices
from causeway.language.scaling.runs import usable, with_budget
from causeway.statistics import Interval


class UShape(NamedTuple):
    """How much of a U there is at the budget where it is least of one."""

    rise: Interval
    """Log ratio of the fitted loss at the nearer end of the sizes to that at the optimum; 0 where
    the parabola opens downwards or its vertex lies beyond the sizes: a curve that only falls may
    well be convex, and is no U."""
    failed: float
    """Share of resamples in which a budget has fewer than three sizes."""


def u_shape(runs: pd.DataFrame, resamples: int = 1000, seed: int = 0) -> UShape:
    """Measure how far losses rise from the optimum to both ends of the sizes, at all budgets.

    Parameters
    ----------
    runs
        Converged runs of one noise type; budgets with three sizes or more are used.
    resamples, seed
        Of the bootstrap over runs. Ends of the sizes are those of the table in all resamples.

    Raises
    ------
    InputError
        If no budget has three sizes, a run diverged, or there are several noise types.
    """
    table = usable(with_budget(runs))
    sizes = table.groupby("budget")["parameters"].transform("nunique")
    table = table[sizes >= 3].reset_index(drop=True)
    if table.empty:
        raise InputError("runs", "no budget has three sizes", "Train more sizes")
    names = table["run"].to_numpy()
    group, _ = grouped(table, ["budget"])
    x, y = (np.log(table[name].to_numpy(float)) for name in ("parameters", "loss"))
    found = vertices(x, y, group, resample(names, resamples, seed))
    low, high = (pd.Series(x).groupby(group).agg(end).to_numpy() for end in ("min", "max"))
    nearer = np.maximum(np.minimum(found.x - low, high - found.x), 0.0)
    rises = np.maximum(found.curvature, 0.0) / 2 * nearer**2
    # NaN of any budget stays, as that one might be the least.
    least = rises.min(axis=-1)
    return UShape(percentiles(least, len(np.unique(names))), failed(least))
