"""Learning curves by compute: what scaling laws are fitted to."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from causeway.language.gidd.costs import cost, hidden_parameters
from causeway.language.gidd.settings import Plan

MEASURED = "valid/nats"


def curve(history: pd.DataFrame, plan: Plan, *, length: int, vocabulary: int) -> pd.DataFrame:
    """Bound of a run by its steps, with what they cost.

    Parameters
    ----------
    history
        Logged values: step, epoch, metric, value.
    plan
        The run.
    length
        Tokens of a sequence.
    vocabulary
        Number N of tokens; embeddings have one row more, for the mask.

    Returns
    -------
    DataFrame
        ``run``, ``step``, ``tokens`` seen, ``nats`` per token on validation text, ``parameters``
        without embedding and head, and operations by each count of
        :class:`causeway.language.gidd.costs.Cost` as ``flops_<count>``.
    """
    rows = history[history["metric"] == MEASURED].sort_values("step")
    tokens = rows["step"].to_numpy() * plan.batch * length
    per_token = cost(plan.size, length, vocabulary + 1)._asdict()
    table = {
        "run": plan.name,
        "step": rows["step"].to_numpy(),
        "tokens": tokens,
        "nats": rows["value"].to_numpy(),
        "parameters": hidden_parameters(plan.size),
    }
    work = {f"flops_{name}": tokens * float(value) for name, value in per_token.items()}
    return pd.DataFrame(table | work)


def at_budgets(curve: pd.DataFrame, budgets: Mapping[str, float], count: str) -> pd.DataFrame:
    """Read a curve at some budgets, by straight lines in the logarithm of compute.

    Parameters
    ----------
    curve
        Of one run, see :func:`curve`.
    budgets
        Operations by name.
    count
        Column of the curve that holds operations.

    Returns
    -------
    DataFrame
        ``run``, ``budget``, ``flops``, ``tokens``, ``parameters`` and ``nats``, for the budgets
        within the curve; none is read beyond it.
    """
    work = curve[count].to_numpy()
    place = np.log(work)
    rows = [
        {
            "run": curve["run"].iloc[0],
            "budget": name,
            "flops": flops,
            "tokens": flops / work[-1] * float(curve["tokens"].iloc[-1]),
            "parameters": curve["parameters"].iloc[0],
            "nats": float(np.interp(np.log(flops), place, curve["nats"])),
        }
        for name, flops in budgets.items()
        if len(work) and work[0] <= flops <= work[-1]
    ]
    columns = ["run", "budget", "flops", "tokens", "parameters", "nats"]
    return pd.DataFrame(rows, columns=columns)
