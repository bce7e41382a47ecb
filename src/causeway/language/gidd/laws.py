"""Numbers that are read off the laws of one type of noise, and the tables behind them."""

import pandas as pd

from causeway.language.gidd.settings import Fitting
from causeway.language.gidd.unknowns import (
    Numbers,
    Unknown,
    all_unknown,
    attempted,
    exactly,
    known,
)
from causeway.language.scaling.annealing import annealing_ratio
from causeway.language.scaling.approach3 import METHODS, fit_surface
from causeway.language.scaling.isoflop import Axis, isoflop_laws
from causeway.language.scaling.runs import Counting
from causeway.language.scaling.shapes import u_shape

READ = ("size_exponent", "alpha", "beta", "E")
"""What is read off a surface."""


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
    found = attempted(isoflop_laws, points, axis, counting, resamples=fitting.resamples, seed=seed)
    if isinstance(found, Unknown):
        parts = ("", "/loss", "/bracketed", "/failed")
        return all_unknown([name + part for part in parts], found), None
    kept, count = int((found.parabolas["reason"] == "").sum()), len(found.parabolas)
    numbers: Numbers = {
        name: known(found.size.exponent, found.size.reason),
        f"{name}/loss": known(found.loss.exponent, found.loss.reason),
        f"{name}/bracketed": exactly(kept / count, count),
        f"{name}/failed": exactly(found.size.failed, found.size.exponent.n),
    }
    return numbers, found.parabolas


def shape(points: pd.DataFrame, fitting: Fitting, seed: int) -> Numbers:
    """How much of a U the loss over sizes is, at the budget where it is least of one.

    Arguments as in :func:`optimum`.
    """
    names = ("u-shape/rise", "u-shape/failed")
    found = attempted(u_shape, points, resamples=fitting.resamples, seed=seed)
    if isinstance(found, Unknown):
        return all_unknown(names, found)
    numbers = (found.rise, exactly(found.failed, found.rise.n))
    return dict(zip(names, numbers, strict=True))


def surfaces(points: pd.DataFrame, fitting: Fitting, seed: int) -> Numbers:
    """The loss surface by both methods (approach 3).

    Arguments as in :func:`optimum`; N are parameters.
    """
    numbers: Numbers = {}
    for method in METHODS:
        found = attempted(fit_surface, points, method, resamples=fitting.resamples, seed=seed)
        names = {f"surface/{method}/{field.replace('_', '-').lower()}": field for field in READ}
        lost = f"surface/{method}/failed"
        if isinstance(found, Unknown):
            numbers |= all_unknown([*names, lost], found)
            continue
        numbers |= {name: found.intervals[field] for name, field in names.items()}
        numbers[lost] = exactly(found.failed, found.intervals["E"].n)
    return numbers


def annealing(curves: pd.DataFrame, annealed: pd.DataFrame) -> Numbers:
    """Loss without annealing over loss with it, and the trend of its logarithm with tokens.

    Parameters
    ----------
    curves, annealed
        Of one type of noise, see :class:`causeway.language.gidd.points.Points`.
    """
    names = ("annealing/ratio", "annealing/trend")
    if annealed.empty:
        return all_unknown(names, Unknown("no run has an annealed branch"))
    found = attempted(annealing_ratio, curves, annealed)
    if isinstance(found, Unknown):
        return all_unknown(names, found)
    few = "a trend takes three pairs, of different tokens"
    return dict(zip(names, (found.ratio, known(found.trend, few)), strict=True))
