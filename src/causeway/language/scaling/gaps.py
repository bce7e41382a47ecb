"""The gap of loss between two noise types at the optimum, and whether compute closes it."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.language.scaling.bootstrap import failed, percentiles, resample
from causeway.language.scaling.isoflop import Axis, budget_vertices, with_axis
from causeway.language.scaling.lines import lines
from causeway.language.scaling.runs import Counting, usable, with_budget
from causeway.statistics import Interval


class Gap(NamedTuple):
    """Log of the ratio of losses, so that 0.01 is about one percent."""

    budgets: pd.DataFrame
    """One row per budget that both have bracketed: ``budget, gap, low, high``."""
    slope: Interval
    """Change of the gap per decade of compute; negative if a positive gap closes. It takes three
    budgets."""
    failed: float
    """Share of resamples without a slope."""


def gap(
    runs: pd.DataFrame,
    noise: str,
    reference: str,
    axis: Axis = "parameters",
    counting: Counting = "flops",
    resamples: int = 1000,
    seed: int = 0,
) -> Gap:
    """How much higher the compute-optimal loss of one noise type is than that of another.

    Losses at the optimum are those of the IsoFLOP parabolas. Resamples draw the runs of each
    noise type separately.

    Parameters
    ----------
    runs
        Converged runs of both noise types with budgets.
    noise, reference
        Names in the column ``noise``.
    axis, counting, resamples, seed
        As in :func:`causeway.language.scaling.isoflop.isoflop_laws`.
    """
    both = [usable(with_budget(runs[runs["noise"] == name])) for name in (noise, reference)]
    table = with_axis(pd.concat(both, ignore_index=True), axis, counting)
    names = table["run"].to_numpy()
    weights = resample(names, resamples, seed, strata=table["noise"])
    keys, found = budget_vertices(table, axis, weights, ["noise", "budget"])
    losses = np.where(found.bracketed, found.y, np.nan)
    budgets = np.unique(keys["budget"].to_numpy(float))
    gaps = _at(losses, keys, noise, budgets) - _at(losses, keys, reference, budgets)
    n = len(np.unique(names))
    rows = [
        {"budget": budget, "gap": found.estimate, "low": found.low, "high": found.high}
        for budget, found in ((b, percentiles(gaps[:, k], n)) for k, b in enumerate(budgets))
        if np.isfinite(found.estimate)
    ]
    decades = np.broadcast_to(np.log10(budgets), gaps.shape)
    slope = lines(decades, gaps, np.isfinite(gaps).astype(float)).slope
    table = pd.DataFrame(rows, columns=["budget", "gap", "low", "high"])
    return Gap(table, percentiles(slope, n), failed(slope))


def shared_budgets(
    runs: pd.DataFrame, axis: Axis = "parameters", counting: Counting = "flops"
) -> list[float]:
    """Budgets at which the optimum of every noise type of a table is bracketed, in order.

    Gaps of several noise types compare at these alone: elsewhere some are not known.

    Parameters
    ----------
    runs
        Converged runs with budgets.
    axis, counting
        As in :func:`causeway.language.scaling.isoflop.isoflop_laws`.
    """
    table = with_axis(usable(with_budget(runs), several=True), axis, counting)
    keys, found = budget_vertices(table, axis, np.ones(len(table)), ["noise", "budget"])
    known = keys[found.bracketed].groupby("budget")["noise"].nunique()
    return sorted(known.index[known == runs["noise"].nunique()].astype(float))


def _at(losses: np.ndarray, keys: pd.DataFrame, noise: str, budgets: np.ndarray) -> np.ndarray:
    """Columns of one noise type, shape (1 + R, budgets); NaN where it has no such budget."""
    found = np.full((len(losses), len(budgets)), np.nan)
    mine = np.flatnonzero(keys["noise"] == noise)
    found[:, np.searchsorted(budgets, keys["budget"].to_numpy(float)[mine])] = losses[:, mine]
    return found
