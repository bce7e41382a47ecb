"""Compute-optimal sizes from IsoFLOP parabolas (Hoffmann et al., arXiv:2203.15556, approach 2)."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from causeway.language.scaling.bootstrap import resample
from causeway.language.scaling.lines import Law, law
from causeway.language.scaling.parabolas import Vertices, grouped, parabolas, vertices
from causeway.language.scaling.runs import Counting, usable, with_budget

Axis = Literal["parameters", "tokens", "flops_per_token"]
"""What is varied within a budget; FLOPs per token in the counting of the fit."""


class Optima(NamedTuple):
    """Optima of one noise type."""

    parabolas: pd.DataFrame
    """One row per budget, dropped vertices with their reason."""
    size: Law
    """Optimum of the axis against compute."""
    loss: Law
    """Loss at the optimum against compute."""


def isoflop_laws(
    runs: pd.DataFrame,
    axis: Axis = "parameters",
    counting: Counting = "flops",
    resamples: int = 1000,
    seed: int = 0,
) -> Optima:
    """Laws of the compute-optimal size and loss, with intervals over runs.

    In each budget log loss is a parabola of log size; the laws go through the vertices that are
    bracketed. Each resample draws runs, and bends, drops and fits anew.

    Parabolas are biased where sizes are spread widely or off the optimum (arXiv:2603.22339);
    compare with :func:`causeway.language.scaling.approach3.fit_surface`.

    Parameters
    ----------
    runs
        Converged runs of one noise type; rows with a budget are used.
    axis
        What the parabolas and the first law are of.
    counting
        Column of FLOPs that the budgets are in.
    resamples, seed
        Of the bootstrap.

    Raises
    ------
    InputError
        If no run has a budget, one diverged, or there are several noise types.
    """
    table = with_axis(usable(with_budget(runs)), axis, counting)
    names = table["run"].to_numpy()
    keys, found = budget_vertices(table, axis, resample(names, resamples, seed), ["budget"])
    compute, n = np.log(keys["budget"].to_numpy(float)), len(np.unique(names))
    return Optima(
        parabolas(table, axis, "loss", ["noise", "budget"]),
        law(compute, found.x, found.bracketed, n),
        law(compute, found.y, found.bracketed, n),
    )


def budget_vertices(
    table: pd.DataFrame, axis: Axis, weights: np.ndarray, by: list[str]
) -> tuple[pd.DataFrame, Vertices]:
    """Parabolas of log loss in log size, in each group and resample.

    Parameters
    ----------
    table
        Of :func:`with_axis`, n rows.
    axis
        Its column.
    weights
        Shape (1 + R, n).
    by
        Columns that make groups, ``budget`` among them.

    Returns
    -------
    keys
        ``by`` of each group.
    found
        Shape (1 + R, groups).
    """
    group, keys = grouped(table, by)
    size, loss = (np.log(table[name].to_numpy(float)) for name in (axis, "loss"))
    return keys, vertices(size, loss, group, weights)


def with_axis(runs: pd.DataFrame, axis: Axis, counting: Counting) -> pd.DataFrame:
    """Add the column ``flops_per_token`` to a table if it is asked for."""
    if axis == "flops_per_token":
        return runs.assign(flops_per_token=runs[counting] / runs["tokens"])
    return runs
