"""Numbers that are read off the laws of one type of noise.

Each function gives intervals by name, and the tables behind them. A law that a sweep does not
determine is NaN, which stays visible; why is in the log.
"""

import logging
import math
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.language.gidd.settings import Fitting
from causeway.language.scaling.annealing import annealing_ratio
from causeway.language.scaling.approach3 import Method, fit_surface
from causeway.language.scaling.bootstrap import percentiles, resample
from causeway.language.scaling.gaps import gap
from causeway.language.scaling.held_out import surface_errors
from causeway.language.scaling.isoflop import Axis, budget_vertices, isoflop_laws
from causeway.language.scaling.runs import Counting
from causeway.statistics import Interval, bootstrap_interval

log = logging.getLogger(__name__)

UNKNOWN = Interval(math.nan, math.nan, math.nan, 1)
METHODS: tuple[Method, ...] = ("varpro", "huber")
READ = ("size_exponent", "alpha", "beta", "E")
"""What is read off a surface."""

Numbers = dict[str, Interval]
Given = ParamSpec("Given")
Found = TypeVar("Found")


def attempted(
    what: str, function: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs
) -> Found | None:
    """Result of a fit, or None where the runs do not allow it, with the reason in the log."""
    try:
        return function(*args, **kwargs)
    except InputError as error:
        log.warning("%s: %s", what, error)
        return None


def optimum(
    points: pd.DataFrame, axis: Axis, counting: Counting, fitting: Fitting, seed: int
) -> tuple[Numbers, pd.DataFrame | None]:
    """Exponents of the optimal size and of its loss, and the parabolas (approach 2).

    Parameters
    ----------
    points
        Readings of one type of noise at budgets.
    axis, counting
        What the parabolas are of, and the column of operations.
    fitting
        Section of the configuration.
    seed
        Of the bootstrap.
    """
    name = f"optimum/{axis.replace('_', '-')}/{counting.replace('_', '-')}"
    found = attempted(
        name, isoflop_laws, points, axis, counting, resamples=fitting.resamples, seed=seed
    )
    if found is None:
        return {name: UNKNOWN, f"{name}/loss": UNKNOWN, f"{name}/bracketed": UNKNOWN}, None
    kept, count = int((found.parabolas["reason"] == "").sum()), len(found.parabolas)
    numbers = {
        name: found.size.exponent,
        f"{name}/loss": found.loss.exponent,
        f"{name}/bracketed": Interval(kept / count, kept / count, kept / count, count),
    }
    return numbers, found.parabolas


def curvature(points: pd.DataFrame, fitting: Fitting, seed: int) -> Numbers:
    """Second derivative of log loss by log size at equal compute, mean over budgets.

    It is positive where curves are shaped like a U. Arguments as in :func:`optimum`.
    """
    name = "u-shape/curvature"
    sizes = points.groupby("budget")["parameters"].transform("nunique")
    table = points[sizes >= 3].reset_index(drop=True)
    if table.empty:
        return {name: UNKNOWN}
    names = table["run"].to_numpy()
    weights = resample(names, fitting.resamples, seed)
    bends = budget_vertices(table, "parameters", weights, ["budget"])[1].curvature
    known = np.isfinite(bends)
    with np.errstate(invalid="ignore"):
        means = np.where(known, bends, 0).sum(1) / known.sum(1)
    return {name: percentiles(means, len(np.unique(names)))}


def surfaces(points: pd.DataFrame, fitting: Fitting, seed: int) -> Numbers:
    """The loss surface by both methods (approach 3), and how it predicts the largest budget.

    Arguments as in :func:`optimum`; N are parameters.
    """
    numbers: Numbers = {}
    for method in METHODS:
        name = f"surface/{method}"
        found = attempted(
            name, fit_surface, points, method, resamples=fitting.resamples, seed=seed
        )
        for field in READ:
            interval = UNKNOWN if found is None else found.intervals[field]
            numbers[f"{name}/{field.replace('_', '-').lower()}"] = interval
    errors = attempted("held-out", surface_errors, points)
    numbers["held-out/error"] = UNKNOWN
    if errors is not None:
        missed = errors.loc[errors["budget"] == points["budget"].max(), "error"].abs()
        if len(missed) > 1 and np.isfinite(missed).all():
            numbers["held-out/error"] = bootstrap_interval(missed, seed=seed)
    return numbers


def gaps(
    points: pd.DataFrame, noise: str, fitting: Fitting, seed: int
) -> tuple[Numbers, pd.DataFrame | None]:
    """How far the optimal loss lies above that of the reference, at both ends of compute.

    Parameters
    ----------
    points
        Readings of all types of noise at budgets.
    noise
        Which one.
    fitting, seed
        As in :func:`optimum`.
    """
    names = ("gap/first", "gap/last", "gap/slope")
    reference = fitting.reference
    found = attempted(
        f"gap of {noise}", gap, points, noise, reference, resamples=fitting.resamples, seed=seed
    )
    if found is None:
        return dict.fromkeys(names, UNKNOWN), None
    n = max(1, found.slope.n)
    ends = (
        [
            Interval(row["gap"], row["low"], row["high"], n)
            for _, row in found.budgets.iloc[[0, -1]].iterrows()
        ]
        if len(found.budgets)
        else [UNKNOWN, UNKNOWN]
    )
    return dict(zip(names, [*ends, found.slope], strict=True)), found.budgets


def annealing(curves: pd.DataFrame, annealed: pd.DataFrame) -> Numbers:
    """Loss without annealing over loss with it, and the trend of its logarithm with tokens.

    Parameters
    ----------
    curves, annealed
        Of one type of noise, see :class:`causeway.language.gidd.points.Points`.
    """
    found = attempted("annealing", annealing_ratio, curves, annealed) if len(annealed) else None
    return {
        "annealing/ratio": UNKNOWN if found is None else found.ratio,
        "annealing/trend": UNKNOWN if found is None else found.trend,
    }
