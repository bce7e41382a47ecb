"""What annealing the learning rate at the end gains (arXiv:2512.10858).

If the ratio of losses is the same everywhere, laws may be fitted to runs at a constant learning
rate and divided by it. Branches of one run share its luck, so that runs are what is independent.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from causeway.errors import InputError
from causeway.language.scaling.lines import lines
from causeway.language.scaling.runs import SETTINGS
from causeway.statistics import Interval, t_interval


class Annealing(NamedTuple):
    """Ratio of the loss without annealing to the loss with it."""

    pairs: pd.DataFrame
    """One row per pair: settings, ``tokens``, both losses and their ``ratio``."""
    ratio: Interval
    """Geometric mean over runs, each the mean of its pairs, with Student's t interval."""
    trend: Interval
    """Slope of log ratio against log tokens over all pairs, with a jackknife over runs; around 0
    if the ratio is constant."""
    unmatched: list[str]
    """Runs without a partner."""


def annealing_ratio(
    constant: pd.DataFrame, annealed: pd.DataFrame, confidence: float = 0.95
) -> Annealing:
    """Compare pairs of readings that differ in annealing only.

    Parameters
    ----------
    constant
        Readings of converged runs at a constant learning rate.
    annealed
        The last readings of annealed branches, one row each. Partners have the same settings and
        tokens.
    confidence
        Coverage of the intervals; the paper gives 99 %.

    Raises
    ------
    InputError
        If there is no pair, or a run has several partners.
    """
    keys = [*SETTINGS, "tokens"]
    for name, table in (("constant", constant), ("annealed", annealed)):
        twice = table[table.duplicated(keys)]
        if len(twice):
            run = twice["run"].iloc[0]
            raise InputError(f"{name} runs", f"run {run!r} is there twice", "Keep one row of each")
    pairs = constant[["run", *keys, "loss"]].merge(
        annealed[["run", *keys, "loss"]], on=keys, suffixes=("_constant", "_annealed")
    )
    if pairs.empty:
        raise InputError("annealed runs", "none has a partner", f"Let {', '.join(keys)} agree")
    pairs["ratio"] = pairs["loss_constant"] / pairs["loss_annealed"]
    logs = np.log(pairs["ratio"].to_numpy())
    names, run = np.unique(pairs["run_constant"].to_numpy(str), return_inverse=True)
    mean = t_interval(np.bincount(run, logs) / np.bincount(run), confidence)
    # Without each run in turn; first, with all of them.
    kept = np.vstack([np.ones(len(run)), run != np.arange(len(names))[:, None]])
    tokens = np.log(pairs["tokens"].to_numpy(float))
    slopes = lines(*np.broadcast_arrays(tokens, logs, kept)).slope
    paired = {*pairs["run_constant"], *pairs["run_annealed"]}
    return Annealing(
        pairs,
        Interval(math.exp(mean.estimate), math.exp(mean.low), math.exp(mean.high), mean.n),
        _jackknifed(slopes, confidence),
        sorted({*constant["run"], *annealed["run"]} - paired),
    )


def _jackknifed(slopes: np.ndarray, confidence: float) -> Interval:
    """Interval of ``slopes[0]`` from those without each run (Tukey's jackknife)."""
    estimate, without = float(slopes[0]), slopes[1:]
    n = len(without)
    if n < 2 or not np.isfinite(slopes).all():
        return Interval(estimate, math.nan, math.nan, n)
    error = math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    half = error * float(stats.t.ppf((1 + confidence) / 2, n - 1))
    return Interval(estimate, estimate - half, estimate + half, n)
