"""Made-up tables of training runs that follow known laws."""

import numpy as np
import pandas as pd

from causeway.language.scaling import Surface

TRUTH = Surface(*(np.float64(value) for value in (1.69, 406.4, 410.7, 0.34, 0.28)))
"""The law of Hoffmann et al. (arXiv:2203.15556, approach 3)."""
BUDGETS = np.geomspace(1e18, 1e20, 5)


def table(size, tokens, loss, *, noise="masked", budget=np.nan, seed=0, batch=2.0**16, rate=0.3):
    """A whole table from its main columns; attention and head add made-up shares to 6P."""
    runs = pd.DataFrame({"parameters": size, "tokens": tokens, "loss": loss})
    plain = 6 * runs["parameters"] * runs["tokens"]
    return runs.assign(
        run=[f"{noise}-{seed}-{place}" for place in range(len(runs))],
        noise=noise,
        budget=budget,
        flops=plain * (1 + 50 / np.sqrt(runs["parameters"])),
        flops_6p=plain,
        flops_with_head=plain * (1 + 200 / np.sqrt(runs["parameters"])),
        batch=batch,
        learning_rate=rate,
        seed=seed,
    )


def parabolic(exponent, *, sizes=7, reach=8.0, bend=0.02, shift=0.0, level=20.0, fall=-0.05):
    """Size, budget and loss of IsoFLOP curves that are exact parabolas in logarithms.

    The optimum is at ``0.1 * C**exponent`` and has the loss ``level * C**fall``; sizes spread
    ``reach``-fold about the optimum moved by ``exp(shift)``.
    """
    budget = np.repeat(BUDGETS, sizes)
    away = np.tile(np.linspace(-np.log(reach), np.log(reach), sizes), len(BUDGETS)) + shift
    return (
        0.1 * budget**exponent * np.exp(away),
        budget,
        level * budget**fall * np.exp(bend * away**2),
    )


def parabolic_runs(exponent=0.5, *, spread=0.0, rng=None, noise="masked", **world):
    """Table of runs of a parabolic world; ``spread`` is the standard deviation of log loss."""
    size, budget, loss = parabolic(exponent, **world)
    if spread:
        loss = loss * np.exp(spread * rng.normal(size=len(loss)))
    return table(size, budget / (6 * size), loss, noise=noise, budget=budget)


def surface_runs(spread=0.0, rng=None, sizes=16, reach=8.0, truth=TRUTH):
    """Table of runs on a loss surface, in IsoFLOP groups around its optimum."""
    optimum = truth.optimum(BUDGETS)[0]
    size = np.outer(optimum, np.geomspace(1 / reach, reach, sizes)).ravel()
    budget = np.repeat(BUDGETS, sizes)
    tokens = budget / (6 * size)
    loss = truth.loss(size, tokens)
    if spread:
        loss = loss * np.exp(spread * rng.normal(size=len(loss)))
    return table(size, tokens, loss, budget=budget)
