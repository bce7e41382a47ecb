"""The loss surface of a table of runs, with intervals over runs."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from causeway.language.scaling.bootstrap import percentiles, resample
from causeway.language.scaling.huber import fit_huber
from causeway.language.scaling.isoflop import with_axis
from causeway.language.scaling.runs import Counting, usable
from causeway.language.scaling.surface import Surface
from causeway.language.scaling.varpro import fit_varpro
from causeway.statistics import Interval

Method = Literal["varpro", "huber"]
Size = Literal["parameters", "flops_per_token"]
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
    """
    columns = surface_columns(usable(runs), size, counting)
    surface = METHODS[method](*columns)
    names = runs["run"].to_numpy()
    weights = resample(names, resamples, seed)[1:]
    drawn = METHODS[method](*columns, weights, surface)
    n = len(np.unique(names))
    return Approach3(
        surface,
        {
            name: percentiles(np.append(getattr(surface, name), getattr(drawn, name)), n)
            for name in (*Surface._fields, "size_exponent")
        },
    )


def surface_columns(
    runs: pd.DataFrame, size: Size, counting: Counting
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Size, tokens and loss of a table, shape (n,) each."""
    table = with_axis(runs, size, counting)
    chosen = (table[name].to_numpy(float) for name in (size, "tokens", "loss"))
    return tuple(chosen)  # type: ignore[return-value]
