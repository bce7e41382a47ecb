"""The lower envelope of loss against compute (Hoffmann et al., arXiv:2203.15556, approach 1)."""

import pandas as pd

from causeway.language.scaling.runs import Counting


def envelope(runs: pd.DataFrame, counting: Counting = "flops") -> pd.DataFrame:
    """Readings that no other reading beats at the same or less compute, per noise type.

    Parameters
    ----------
    runs
        Table of converged runs, or of their curves.
    counting
        Column of FLOPs.

    Returns
    -------
    frontier
        Rows of ``runs``, sorted by noise type and compute; losses fall strictly along each.
    """
    ordered = runs.sort_values(["noise", counting, "loss"])
    best_before = ordered.groupby("noise")["loss"].transform(lambda loss: loss.cummin().shift())
    better = best_before.isna() | (ordered["loss"] < best_before)
    return ordered[better].reset_index(drop=True)
