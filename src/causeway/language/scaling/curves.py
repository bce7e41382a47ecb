"""What training curves say between their readings.

One run at a constant learning rate serves every budget below its end. Values are interpolated
along straight lines of log loss against log tokens and never extrapolated.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from causeway.language.scaling.runs import SETTINGS, Counting

_GROWING = ["tokens", "flops", "flops_6p", "flops_with_head"]
"""Columns in proportion to the steps of a run."""


def at_budgets(
    curves: pd.DataFrame, budgets: Sequence[float], counting: Counting | Literal["tokens"]
) -> pd.DataFrame:
    """Read the loss of every run where its compute, or its tokens, reach each budget.

    Parameters
    ----------
    curves
        Table of converged runs, many readings each.
    budgets
        FLOPs in the counting, or tokens.
    counting
        Column of FLOPs, or that of tokens.

    Returns
    -------
    runs
        Table of runs, one row per run and budget that the run's readings enclose.
    """
    rows = []
    for _, curve in curves.sort_values("tokens").groupby("run"):
        for budget in budgets:
            if not curve[counting].iloc[0] <= budget <= curve[counting].iloc[-1]:
                continue
            loss = np.exp(
                np.interp(np.log(budget), np.log(curve[counting]), np.log(curve["loss"]))
            )
            row = curve.iloc[-1].to_dict()
            scale = budget / row[counting]
            rows.append(
                row
                | {name: row[name] * scale for name in _GROWING}
                | {"budget": float(budget), "loss": float(loss)}
            )
    return pd.DataFrame(rows, columns=curves.columns)


def tokens_at_loss(curves: pd.DataFrame, targets: Iterable[float]) -> pd.DataFrame:
    """Tokens after which each run first reaches each target of the loss.

    Parameters
    ----------
    curves
        Table of converged runs, many readings each.
    targets
        Losses, nats per token.

    Returns
    -------
    reached
        ``run``, its settings, ``target`` and ``tokens``; without runs that never reach the
        target, or had it at their first reading.
    """
    rows = []
    targets = list(targets)
    for run, curve in curves.sort_values("tokens").groupby("run"):
        loss, tokens = (np.log(curve[name].to_numpy(float)) for name in ("loss", "tokens"))
        for target in targets:
            below = np.flatnonzero(loss <= np.log(target))
            if not below.size or below[0] == 0:
                continue
            ends = [below[0], below[0] - 1]
            reached = np.exp(np.interp(np.log(target), loss[ends], tokens[ends]))
            settings = curve[SETTINGS].iloc[0].to_dict()
            rows.append({"run": run, **settings, "target": target, "tokens": float(reached)})
    return pd.DataFrame(rows, columns=["run", *SETTINGS, "target", "tokens"])
