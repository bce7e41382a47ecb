"""The loss surface of a table of runs, with intervals over runs."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.language.scaling.bootstrap import percentiles, resample
from causeway.language.scaling.huber import fit_huber
from causeway.language.scaling.isoflop import with_axis
from causeway.language.scaling.runs import Counting, usable
from causeway.language.scaling.surface import Surface
from causeway.language.scaling.varpro import fit_varpro
from causeway.statistics import Interval

Method = Literal["varpro", "huber"]
Size = Literal["parameters", "flops_per_token"]
Columns = tuple[np.ndarray, np.ndarray, np.ndarray]
METHODS = {"varpro": fit_varpro, "huber": fit_huber}


class Approach3(NamedTuple):
    """A surface and what is read off it."""

    surface: Surface
    intervals: dict[str, Interval]
    """Of E, A, B, alpha, beta and ``size_exponent``, that of compute in the optimal size."""


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
        If a run diverged, there are several noise types, or too few sizes or runs.
    """
    columns = surface_columns(usable(runs), size, counting)
    if not determined(columns, np.ones((1, len(runs))))[0]:
        raise InputError(
            "runs", "they do not determine the five unknowns of a surface", "Add sizes and budgets"
        )
    surface = METHODS[method](*columns)
    names = runs["run"].to_numpy()
    drawn = fit_each(method, columns, resample(names, resamples, seed)[1:], surface)
    n = len(np.unique(names))
    return Approach3(
        surface,
        {
            name: percentiles(np.append(getattr(surface, name), getattr(drawn, name)), n)
            for name in (*Surface._fields, "size_exponent")
        },
    )


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


def determined(columns: Columns, weights: np.ndarray) -> np.ndarray:
    """Which resamples have five different points, of three sizes and three numbers of tokens.

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
        (_different(points, there) >= len(Surface._fields))
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
