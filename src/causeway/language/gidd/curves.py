"""Learning curves of runs as the table that scaling laws are fitted to."""

import pandas as pd

from causeway.language.gidd.settings import Plan
from causeway.language.scaling.flops import flops_per_token, parameters
from causeway.language.scaling.runs import COLUMNS

MEASURED = "valid/nats"


def curve(
    history: pd.DataFrame, plan: Plan, *, length: int, vocabulary: int, kind: str
) -> pd.DataFrame:
    """Validation bound of a run by what it has cost so far.

    Parameters
    ----------
    history
        Logged values: step, epoch, metric, value.
    plan
        The run.
    length
        Tokens of a sequence.
    vocabulary
        Number N of tokens, the rows of the head.
    kind
        Name of its noise, or of what stands for it.

    Returns
    -------
    DataFrame
        Columns of :data:`causeway.language.scaling.runs.COLUMNS`, one row per measurement, in no
        budget.
    """
    rows = history[history["metric"] == MEASURED].sort_values("step")
    tokens = rows["step"].to_numpy(float) * plan.batch * length
    size = plan.size
    per_token = flops_per_token(size.layers, size.width, length, vocabulary)
    table = {
        "run": plan.name,
        "noise": kind,
        "parameters": parameters(size.layers, size.width),
        "tokens": tokens,
        "budget": float("nan"),
        "loss": rows["value"].to_numpy(float),
        "batch": plan.batch * length,
        "learning_rate": plan.rate,
        "seed": plan.seed,
    }
    work = {counting: tokens * flops for counting, flops in per_token.items()}
    return pd.DataFrame(table | work)[list(COLUMNS)]
