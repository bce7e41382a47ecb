"""Whether the best learning rate stays when the model grows (muP, arXiv:2203.03466)."""

import numpy as np
import pandas as pd


def transfer(runs: pd.DataFrame) -> pd.DataFrame:
    """Best learning rate of each size on the common grid, against that of the smallest size.

    Under a parametrisation that transfers, the difference is within one step of the grid.

    Parameters
    ----------
    runs
        Runs of one noise type at the same tokens and batch size, of several sizes and base
        learning rates. Losses are averaged over seeds; a learning rate with which any seed
        diverged is not the best one.

    Returns
    -------
    table
        One row per size: ``parameters``, ``learning_rate`` (the best), ``loss``, ``step`` (its
        place on the grid of all learning rates), ``difference`` from the smallest size in steps,
        and ``edge``, whether it is the last or first rate tried with this size, so that the best
        one may lie beyond. Sizes of which every rate diverged have NaN.
    """
    grid = np.sort(runs["learning_rate"].unique())
    losses = (
        runs.assign(loss=runs["loss"].where(np.isfinite(runs["loss"])))
        .groupby(["parameters", "learning_rate"])["loss"]
        .agg(lambda seeds: seeds.mean(skipna=False))
    )
    rows = []
    for size, curve in losses.groupby(level="parameters"):
        rates = curve.index.get_level_values("learning_rate")
        row = {"parameters": size, "learning_rate": np.nan, "loss": np.nan, "edge": True}
        if curve.notna().any():
            best = rates[int(np.nanargmin(curve.to_numpy()))]
            edge = bool(best in (rates.min(), rates.max()))
            row |= {"learning_rate": best, "loss": float(curve.min()), "edge": edge}
        rows.append(row)
    table = pd.DataFrame(rows)
    step = pd.Series(np.searchsorted(grid, table["learning_rate"])).where(table["loss"].notna())
    return table.assign(step=step, difference=step - step.iloc[0])[
        ["parameters", "learning_rate", "loss", "step", "difference", "edge"]
    ]
