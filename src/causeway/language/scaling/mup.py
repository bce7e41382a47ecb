"""Whether the best learning rate stays when the model grows (muP, arXiv:2203.03466)."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.language.scaling.bootstrap import failed, percentiles, resample
from causeway.language.scaling.parabolas import REASONS, grouped, vertices
from causeway.statistics import Interval


class Transfer(NamedTuple):
    """Best learning rates by size."""

    table: pd.DataFrame
    """One row per size: ``parameters``, ``learning_rate`` and ``loss`` at the vertex, ``step``
    (its place on the grid of all learning rates, from 0, with fractions), ``difference`` from the
    smallest size in steps with the ends ``low`` and ``high``, and ``reason``, empty where the
    vertex is bracketed; ``step`` and ``difference`` are NaN where it is not."""
    most: Interval
    """Largest absolute difference in steps; NaN if a size is not bracketed."""
    failed: float
    """Share of resamples in which a size is not bracketed."""

    @property
    def reason(self) -> str:
        """Why the largest difference is not known; empty if it is."""
        lost = self.table[self.table["reason"] != ""]
        return "; ".join(
            f"{row['parameters']:g} parameters: {row['reason']}" for _, row in lost.iterrows()
        )


def transfer(runs: pd.DataFrame, resamples: int = 1000, seed: int = 0) -> Transfer:
    """Compare the best learning rates of sizes, each the vertex of a parabola.

    For each size log loss is a parabola of log learning rate. Under a parametrisation that
    transfers, differences are within one step of the grid.

    Parameters
    ----------
    runs
        Runs of one noise type at the same tokens and batch size, of several sizes and base
        learning rates. A learning rate with which any seed diverged is left out with all seeds,
        so that an optimum next to it is not bracketed.
    resamples, seed
        Of the bootstrap over the runs of each size.
    """
    finite = pd.Series(np.isfinite(runs["loss"].to_numpy(float)), index=runs.index)
    tried = [runs["parameters"], runs["learning_rate"]]
    stays = finite.groupby(tried).transform("all").to_numpy()
    names, size = runs["run"].to_numpy(), runs["parameters"].to_numpy(float)
    rates = np.log(runs["learning_rate"].to_numpy(float))
    losses = np.log(runs["loss"].where(stays, 1.0).to_numpy(float))
    group, keys = grouped(runs, ["parameters"])
    found = vertices(rates, losses, group, resample(names, resamples, seed, strata=size) * stays)
    grid = np.unique(rates)
    places = np.interp(found.x, grid, np.arange(len(grid)))
    steps = np.where(found.bracketed, places, np.nan)
    difference = steps - steps[:, :1]
    most, n = np.abs(difference).max(-1), len(np.unique(names))
    ends = [percentiles(column, n) for column in difference.T]
    table = keys.assign(
        learning_rate=np.exp(found.x[0]),
        loss=np.exp(found.y[0]),
        step=steps[0],
        difference=difference[0],
        low=[one.low for one in ends],
        high=[one.high for one in ends],
        reason=[REASONS[code] for code in found.code[0]],
    )
    return Transfer(table, percentiles(most, n), failed(most))
