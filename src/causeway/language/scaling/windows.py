"""Sizes near the best one, where log loss is close to a parabola of log size."""

import numpy as np
import pandas as pd

from causeway.language.scaling.runs import with_budget


def near_best(runs: pd.DataFrame, factor: float | None) -> pd.DataFrame:
    """Keep the sizes within a factor of the best one, in each noise type and budget.

    Best is the size with the lowest loss averaged over its runs. A parabola is an expansion to
    second order, so that sizes far from the optimum bend it: of the loss of a law
    ``E + A/N^a + B/D^a`` with a = 0.35, at a fixed product of N and D, it misses 4 % of the rise
    at a factor of 8, and a quarter of it at 200.

    Parameters
    ----------
    runs
        Converged runs; rows with a budget are used.
    factor
        Above 1; None keeps all sizes.
    """
    table = with_budget(runs)
    if factor is None or table.empty:
        return table
    group = ["noise", "budget"]
    means = table.groupby([*group, "parameters"], as_index=False)["loss"].mean()
    best = means.loc[means.groupby(group)["loss"].idxmin(), [*group, "parameters"]]
    centres = table[group].merge(best, on=group, how="left")["parameters"]
    away = np.abs(np.log(table["parameters"] / centres))
    # Rounding must not drop the end of a grid in whole factors.
    return table[away < np.log(factor) + 1e-9].reset_index(drop=True)
