"""How well laws predict a budget that they have not seen."""

import numpy as np
import pandas as pd

from causeway.language.scaling.approach3 import Method, Size, fit_each, sound, surface_columns
from causeway.language.scaling.isoflop import Axis, budget_vertices, with_axis
from causeway.language.scaling.lines import lines
from causeway.language.scaling.runs import Counting, usable, with_budget


def surface_errors(
    runs: pd.DataFrame,
    method: Method = "varpro",
    size: Size = "parameters",
    counting: Counting = "flops",
) -> pd.DataFrame:
    """Leave each budget out, fit the surface to the others, predict the losses of its runs.

    Parameters
    ----------
    runs
        Converged runs of one noise type with budgets, three of them or more.
    method, size, counting
        As in :func:`causeway.language.scaling.approach3.fit_surface`.

    Returns
    -------
    errors
        One row per run and budget: ``run, budget, loss, predicted, error`` (log of predicted over
        measured loss; NaN if the others do not determine a surface) and ``beyond``, whether the
        budget is the largest or smallest.
    """
    table = usable(with_budget(runs))
    columns = surface_columns(table, size, counting)
    budgets, place = np.unique(table["budget"].to_numpy(float), return_inverse=True)
    left_out = np.arange(len(budgets))[:, None] == place
    # A fit each from the surface of all would start from what it must not know.
    surfaces = fit_each(method, columns, (~left_out).astype(float))
    predicted = surfaces.loss(*columns[:2])[place, np.arange(len(table))]
    predicted = np.where(sound(surfaces)[place], predicted, np.nan)
    return _errors(table[["run", "budget", "loss"]], predicted)


def optimum_errors(
    runs: pd.DataFrame, axis: Axis = "parameters", counting: Counting = "flops"
) -> pd.DataFrame:
    """Leave each budget out and predict its optimal size and loss by the laws of the others.

    Parameters
    ----------
    runs
        Converged runs of one noise type with budgets.
    axis, counting
        As in :func:`causeway.language.scaling.isoflop.isoflop_laws`.

    Returns
    -------
    errors
        One row per budget whose parabola is bracketed: ``budget, loss, predicted, error,
        beyond`` as in :func:`surface_errors`, and ``size_error``, the log of predicted over
        found size; NaN if fewer than three other budgets are bracketed.
    """
    table = with_axis(usable(with_budget(runs)), axis, counting)
    keys, found = budget_vertices(table, axis, np.ones(len(table)), ["budget"])
    keys, x, y = keys[found.bracketed], found.x[found.bracketed], found.y[found.bracketed]
    compute = np.log(keys["budget"].to_numpy(float))
    others = 1.0 - np.eye(len(compute))
    predicted = {}
    for name, values in (("size", x), ("loss", y)):
        fitted = lines(*np.broadcast_arrays(compute, values, others))
        predicted[name] = fitted.intercept + fitted.slope * compute
    errors = _errors(keys.assign(loss=np.exp(y)), np.exp(predicted["loss"]))
    return errors.assign(size_error=predicted["size"] - x)


def _errors(table: pd.DataFrame, predicted: np.ndarray) -> pd.DataFrame:
    return table.assign(
        predicted=predicted,
        error=np.log(predicted / table["loss"]),
        beyond=table["budget"].isin([table["budget"].min(), table["budget"].max()]),
    ).reset_index(drop=True)
