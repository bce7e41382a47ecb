"""Laws of the batch size and the learning rate (arXiv:2512.10858)."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.language.scaling.bootstrap import resample
from causeway.language.scaling.lines import Law, law
from causeway.language.scaling.parabolas import Vertices, grouped, parabolas, vertices
from causeway.language.scaling.runs import usable, with_budget
from causeway.language.scaling.shared_rates import LEAST, at_shared_rates


class Tuning(NamedTuple):
    """A law of optimal settings, and the parabolas whose vertices it goes through."""

    parabolas: pd.DataFrame
    law: Law


def batch_law(reached: pd.DataFrame, resamples: int = 1000, seed: int = 0) -> Tuning:
    """Optimal batch size against tokens, ``B = A * D**p``, both in tokens.

    For each noise type, size and target of the loss, log tokens to the target is a parabola of
    log batch size. Its vertex, if bracketed, is the batch that needs fewest tokens D.

    Parameters
    ----------
    reached
        Of :func:`causeway.language.scaling.curves.tokens_at_loss`. Of the learning rates that all
        batches share, see :func:`causeway.language.scaling.at_shared_rates`, the one that needs
        fewest tokens counts for each batch size and seed.
    resamples, seed
        Of the bootstrap over runs.

    Raises
    ------
    InputError
        If no learning rate was tried with three batches of one size.
    """
    by = ["noise", "parameters", "target"]
    shared = at_shared_rates(usable(reached, several=True).reset_index(drop=True))
    if shared.empty:
        raise InputError(
            "runs",
            f"no learning rate is shared by {LEAST} batches of one size",
            "Vary the batch at a fixed rate",
        )
    best = shared.groupby([*by, "batch", "seed"])["tokens"].idxmin()
    table = shared.loc[best].reset_index(drop=True)
    found, n = _tuned(table, "batch", "tokens", by, resamples, seed)
    return Tuning(
        parabolas(table, "batch", "tokens", by),
        law(found.y, found.x, found.bracketed, n),
    )


def learning_rate_law(runs: pd.DataFrame, resamples: int = 1000, seed: int = 0) -> Tuning:
    """Optimal learning rate against batch size, ``eta = A * B**p`` with B in tokens.

    For each noise type, size, budget and batch size, log loss is a parabola of log learning
    rate; vertices that are bracketed count.

    Parameters
    ----------
    runs
        Converged runs with budgets, three learning rates or more per group.
    resamples, seed
        Of the bootstrap over runs.
    """
    by = ["noise", "parameters", "budget", "batch"]
    known = with_budget(runs).dropna(subset=["batch", "learning_rate"])
    table = usable(known.reset_index(drop=True), several=True)
    found, n = _tuned(table, "learning_rate", "loss", by, resamples, seed)
    batch = np.log(grouped(table, by)[1]["batch"].to_numpy(float))
    return Tuning(
        parabolas(table, "learning_rate", "loss", by),
        law(batch, found.x, found.bracketed, n),
    )


def _tuned(
    table: pd.DataFrame, x: str, y: str, by: list[str], resamples: int, seed: int
) -> tuple[Vertices, int]:
    """Vertices (1 + R, groups) and the number of runs."""
    names = table["run"].to_numpy()
    group, _ = grouped(table, by)
    log_x, log_y = (np.log(table[name].to_numpy(float)) for name in (x, y))
    found = vertices(log_x, log_y, group, resample(names, resamples, seed))
    return found, len(np.unique(names))
