"""Which values the mechanisms may take."""

import numpy as np

from causeway.causal.codelength.gaussian import Parameters
from causeway.causal.codelength.inputs import whole
from causeway.errors import InputError

MARGIN = 0.1
"""Share of the range that the published grid adds at each end [C]."""
WIDENING = 0.5
"""Share of its value by which a parameter that never changes is given a range of its own."""


def with_true_values(true: Parameters, size: int) -> Parameters:
    """Codebooks of the published experiment: true values, filled up by an even grid.

    The grid spans the range of the true values, widened at both ends; variances do not fall
    below zero. Such a codebook is an oracle: it knows the truth of either direction.

    Parameters
    ----------
    true
        Parameters of the environments, shape (N,) each.
    size
        Members per slot.

    Raises
    ------
    InputError
        If a slot has more true values than members.
    """
    _check(size)
    cause, noise, coefficient = map(np.asarray, true)
    return Parameters(
        _filled(cause, size, low=0.0),
        _filled(noise, size, low=0.0),
        _filled(coefficient, size, low=-np.inf),
    )


def from_estimates(estimates: Parameters, size: int) -> Parameters:
    """Codebooks without any knowledge of the truth: even grids over the range of estimates.

    Variances are spaced evenly in their logarithm, coefficients as they are. The two ends of
    each grid would have to be sent as well: six numbers for either direction, which cancel.

    Parameters
    ----------
    estimates
        Parameters estimated per environment, shape (N,) each.
    size
        Members per slot, two at least.
    """
    _check(size)
    cause, noise, coefficient = estimates
    return Parameters(
        np.geomspace(*_range(cause), size),
        np.geomspace(*_range(noise), size),
        np.linspace(*_range(coefficient), size),
    )


def _filled(values: np.ndarray, size: int, low: float) -> np.ndarray:
    known = np.unique(values)
    if len(known) > size:
        raise InputError(
            "codebook",
            f"{size} members cannot hold {len(known)} true values",
            "Use a larger codebook",
        )
    least, most = _range(known)
    margin = MARGIN * (most - least)
    ends = max(least - margin, low), most + margin
    # A grid point may fall on a true value: the finest grid that leaves enough is taken.
    for points in range(size - len(known), size + 1):
        book = np.unique(np.concatenate([known, np.linspace(*ends, points)]))
        if len(book) >= size:
            extra = np.setdiff1d(book, known)[: size - len(known)]
            return np.sort(np.concatenate([known, extra]))
    raise AssertionError("a grid of as many points as members leaves enough")


def _range(values: np.ndarray) -> tuple[float, float]:
    least, most = float(np.min(values)), float(np.max(values))
    if most > least:
        return least, most
    half = WIDENING * abs(least) or WIDENING
    return least - half, most + half


def _check(size: int) -> None:
    if whole("codebook", size) < 2:
        raise InputError(
            "codebook", f"{size} members leave nothing to choose", "Use two members or more"
        )
