"""Which runs may be compared over batch sizes: those at learning rates that all batches share.

A batch that was tried at more rates has more luck, and would seem the best one for that alone.
"""

import pandas as pd

LEAST = 3
"""Batches that a parabola takes."""


def at_shared_rates(runs: pd.DataFrame) -> pd.DataFrame:
    """Keep runs of batches that share a learning rate, at all rates that these batches share.

    This is done for each noise type and size. Of several sets of batches the largest counts, and
    of equal ones that at the lowest rate; a size without three batches at one rate has none.

    Parameters
    ----------
    runs
        Table with the columns ``noise``, ``parameters``, ``batch`` and ``learning_rate``.
    """
    groups = runs.reset_index(drop=True).groupby(["noise", "parameters"])
    return runs.iloc[sorted(row for _, mine in groups for row in _shared(mine))]


def _shared(runs: pd.DataFrame) -> pd.Index:
    tried = runs.groupby("learning_rate")["batch"].agg(frozenset)
    best = max(tried, key=len)
    if len(best) < LEAST:
        return runs.index[:0]
    rates = [rate for rate, batches in tried.items() if best <= batches]
    return runs.index[runs["batch"].isin(best) & runs["learning_rate"].isin(rates)]
