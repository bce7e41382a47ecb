"""What annealing the learning rate at the end gains (arXiv:2512.10858).

If the ratio of losses is the same everywhere, laws may be fitted to runs at a constant learning
rate and divided by it.
"""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.language.scaling.runs import SETTINGS
from causeway.statistics import Interval, slope_interval, t_interval


class Annealing(NamedTuple):
    """Ratio of the loss without annealing to the loss with it."""

    pairs: pd.DataFrame
    """One row per pair: settings, ``tokens``, both losses and their ``ratio``."""
    ratio: Interval
    """Geometric mean over pairs with Student's t interval."""
    trend: Interval
    """Slope of log ratio against log tokens; around 0 if the ratio is constant."""
    unmatched: list[str]
    """Runs without a partner."""


def annealing_ratio(
    constant: pd.DataFrame, annealed: pd.DataFrame, confidence: float = 0.95
) -> Annealing:
    """Compare pairs of runs that differ in annealing only.

    Parameters
    ----------
    constant, annealed
        Converged runs, one row each: the readings at the end. Partners have the same settings
        and tokens.
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
    mean = t_interval(logs, confidence)
    tokens = np.log(pairs["tokens"].to_numpy(float))
    trend = (
        slope_interval(tokens, logs, confidence)
        if len(np.unique(tokens)) > 1
        else Interval(math.nan, math.nan, math.nan, len(pairs))
    )
    paired = {*pairs["run_constant"], *pairs["run_annealed"]}
    return Annealing(
        pairs,
        Interval(math.exp(mean.estimate), math.exp(mean.low), math.exp(mean.high), mean.n),
        trend,
        sorted({*constant["run"], *annealed["run"]} - paired),
    )
