"""The loss surface of a table of runs, with intervals over runs."""

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.language.scaling.bootstrap import MOST_FAILED, failed, percentiles, resample
from causeway.language.scaling.huber import fit_huber
from causeway.language.scaling.isoflop import with_axis
from causeway.language.scaling.runs import Counting, usable
from causeway.language.scaling.surface import Surface
from causeway.language.scaling.varpro import GRID, fit_varpro
from causeway.statistics import Interval

Method = Literal["varpro", "huber"]
Size = Literal["parameters", "flops_per_token"]
Columns = tuple[np.ndarray, np.ndarray, np.ndarray]
METHODS: dict[Method, Callable[..., Surface]] = {"varpro": fit_varpro, "huber": fit_huber}
LEAST = len(Surface._fields) + 1
"""Runs, and different points, that a surface takes: more than it has unknowns."""
AT_BOUND = 1e-3
"""Relative distance to a bound at which an exponent lies on it [ours]."""


class Approach3(NamedTuple):
    """A surface and what is read off it."""

    surface: Surface
    intervals: dict[str, Interval]
    """Of E, A, B, alpha, beta and ``size_exponent``, that of compute in the optimal size;
    resamples at a bound widen them."""
    failed: float
    """Share of resamples that determine no surface, or one at a bound."""


def fit_surface(
    runs: pd.DataFrame,
    method: Method = "varpro",
    size: Size = "parameters",
    counting: Counting = "flops",
    resamples: int = 1000,
    seed: int = 0,
) -> Approach3:
    """Fit ``L = E + A / N**alpha + B / D**beta`` to runs of one noise type.

    Resamples draw runs, and each is fitted anew from the surface of the whole table, all in
    lockstep. E is poorly known unless runs come near it: look at its interval.

    Parameters
    ----------
    runs
        Converged runs of one noise type.
    method
        ``varpro`` (squared relative errors) or ``huber`` (few outliers do little harm).
    size
        What stands for N; FLOPs per token in the counting as in arXiv:2512.10858.
    counting
        Column of FLOPs, of use to ``flops_per_token`` alone.
    resamples, seed
        Of the bootstrap.

    Raises
    ------
    InputError
        If a run diverged, there are several noise types, too few sizes or runs, or the best
        surface is no estimate, see :func:`sound`.
    """
    columns = surface_columns(usable(runs), size, counting)
    names = runs["run"].to_numpy()
    n = len(np.unique(names))
    if n < LEAST or not determined(columns, np.ones((1, len(runs))))[0]:
        raise InputError(
            "runs",
            f"{n} of them do not determine the {len(Surface._fields)} unknowns of a surface",
            f"Give {LEAST} or more, of several sizes and budgets",
        )
    surface = METHODS[method](*columns)
    if not sound(surface):
        raise InputError(
            "runs",
            "they do not determine a surface: the best one has "
            f"alpha = {float(surface.alpha):.3g}, beta = {float(surface.beta):.3g}, "
            f"A = {float(surface.A):.3g} and B = {float(surface.B):.3g}",
            "Add sizes and budgets",
        )
    drawn = fit_each(method, columns, resample(names, resamples, seed)[1:], surface)
    lost = failed(np.append(1.0, np.where(sound(drawn), 1.0, np.nan)))
    intervals = {
        name: percentiles(np.append(getattr(surface, name), getattr(drawn, name)), n)
        for name in (*Surface._fields, "size_exponent")
    }
    if lost > MOST_FAILED:
        intervals = {
            name: found._replace(low=math.nan, high=math.nan) for name, found in intervals.items()
        }
    return Approach3(surface, intervals, lost)


def fit_each(
    method: Method, columns: Columns, weights: np.ndarray, start: Surface | None = None
) -> Surface:
    """Fit resamples, with NaN for those that do not determine a surface.

    Parameters
    ----------
    method
        As in :func:`fit_surface`.
    columns
        Of :func:`surface_columns`.
    weights
        Shape (R, n).
    start
        Where to begin; a grid if not given.
    """
    enough = determined(columns, weights)
    fields = np.full((len(Surface._fields), len(weights)), np.nan)
    if enough.any():
        fields[:, enough] = METHODS[method](*columns, weights[enough], start)
    return Surface(*fields)


def sound(surface: Surface) -> np.ndarray:
    """Which surfaces are estimates: both terms are there, with exponents inside their bounds.

    Bounds are those of :mod:`causeway.language.scaling.varpro`, for Huber's loss too, of which
    the search has none. E may be 0: no floor was seen then.
    """
    low, high = GRID[[0, -1]] * [1 + AT_BOUND, 1 - AT_BOUND]
    inside = [(low < exponent) & (exponent < high) for exponent in (surface.alpha, surface.beta)]
    return inside[0] & inside[1] & (surface.A > 0) & (surface.B > 0)


def determined(columns: Columns, weights: np.ndarray) -> np.ndarray:
    """Which resamples have more different points than unknowns, of three sizes and of as many D.

    Parameters
    ----------
    columns
        Of :func:`surface_columns`.
    weights
        Shape (R, n).
    """
    size, tokens, _ = columns
    there = weights > 0
    points = np.stack([size, tokens], axis=-1)
    return (
        (_different(points, there) >= LEAST)
        & (_different(size, there) >= 3)
        & (_different(tokens, there) >= 3)
    )


def _different(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    found, place = np.unique(values, axis=0, return_inverse=True)
    return (there.astype(float) @ np.eye(len(found))[place.ravel()] > 0).sum(-1)


def surface_columns(runs: pd.DataFrame, size: Size, counting: Counting) -> Columns:
    """Size, tokens and loss of a table, shape (n,) each."""
    table = with_axis(runs, size, counting)
    return (
        table[size].to_numpy(float),
        table["tokens"].to_numpy(float),
        table["loss"].to_numpy(float),
    )
