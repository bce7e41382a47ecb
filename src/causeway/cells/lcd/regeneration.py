"""Whether cells that a model makes differ from observed ones by more than the latter do.

The unbiased energy distance of two samples of one population is 0 in the mean, so that a ratio to
that of two halves means nothing. What halves can reach by chance does: the distance of made to
observed cells is divided by the upper end of the distances between random halves.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

HALVINGS = 200
"""Random halvings of the cells."""
UPPER = 0.95
"""Quantile of the distances between halves that counts as their upper end."""


class Regeneration(NamedTuple):
    """Energy distances: of made to observed cells, and the upper end of those of halves."""

    distance: float
    chance: float

    @property
    def ratio(self) -> float:
        """At most 1 if made cells are as near to observed ones as halves of those may be."""
        return self.distance / self.chance


def regeneration(
    observed: NDArray[np.floating], made: NDArray[np.floating], seed: int
) -> Regeneration:
    """Compare made with observed cells, and random halves of the observed cells with each other.

    All comparisons are of as many cells, half of those observed: the distance is a mean over
    halvings of both samples.

    Parameters
    ----------
    observed, made
        Shape (n, d) each, with n at least 4.
    seed
        Of the halvings.
    """
    if observed.shape != made.shape or len(observed) < 4:
        raise ValueError(f"two times four or more cells, not {len(observed)} and {len(made)}")
    even = len(observed) // 2 * 2
    observed, made = observed[:even], made[:even]
    rng = np.random.default_rng(seed)
    first, ours = _halves(even, rng), _halves(even, rng)
    second = 1 - first
    near = cdist(observed, observed)
    inside = _within(near, first)
    chance = 2 * _across(near, first, second) - inside - _within(near, second)
    away = 2 * _across(cdist(observed, made), first, ours) - inside
    away -= _within(cdist(made, made), ours)
    return Regeneration(float(away.mean()), float(np.quantile(chance, UPPER)))


def _halves(cells: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Which cells are in a random half, shape (halvings, cells)."""
    order = rng.random((HALVINGS, cells)).argsort(axis=1)
    return (order < cells // 2).astype(np.float64)


def _across(
    distances: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean distance of cells of one half to those of another, shape (halvings,)."""
    sums = (rows @ distances * columns).sum(axis=1)
    return np.asarray(sums / (rows.sum(axis=1) * columns.sum(axis=1)))


def _within(distances: NDArray[np.float64], half: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean distance between different cells of a half, shape (halvings,)."""
    size = half.sum(axis=1)
    return _across(distances, half, half) * size / (size - 1)
