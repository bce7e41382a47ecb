"""How well laws predict the losses of a budget that they have not seen."""

import pandas as pd

from causeway.language.gidd.unknowns import Number, Numbers, Unknown, attempted
from causeway.language.scaling.approach3 import METHODS
from causeway.language.scaling.held_out import optimum_errors, surface_errors
from causeway.statistics import bootstrap_interval


def left_out(points: pd.DataFrame, near: pd.DataFrame, seed: int) -> Numbers:
    """Mean absolute log ratio of predicted to measured loss, by method and budget.

    Surfaces predict all runs of a budget, with intervals over these. Parabolas (``parabola``)
    predict the optimal loss alone, a single number. ``largest`` is that of the largest budget.

    Parameters
    ----------
    points
        Readings of one type of noise at budgets, which surfaces go through.
    near
        Those of sizes near the best one, which parabolas go through.
    seed
        Of the bootstrap.
    """
    errors: dict[str, pd.DataFrame | Unknown] = {
        method: attempted(surface_errors, points, method) for method in METHODS
    }
    errors["parabola"] = attempted(optimum_errors, near)
    numbers: Numbers = {}
    for method, found in errors.items():
        name = f"held-out/{method}"
        numbers[f"{name}/largest"] = Unknown("there is no budget")
        for budget in sorted(points["budget"].unique()):
            number = found if isinstance(found, Unknown) else _error(found, budget, seed)
            numbers[f"{name}/{budget:g}"] = numbers[f"{name}/largest"] = number
    return numbers


def _error(errors: pd.DataFrame, budget: float, seed: int) -> Number:
    missed = errors.loc[errors["budget"] == budget, "error"].abs()
    if missed.empty:
        return Unknown("the optimum of the budget is not bracketed")
    if missed.isna().any():
        return Unknown("the other budgets determine no law")
    return bootstrap_interval(missed, seed=seed)
