"""Exact privacy of the projected unit vector without noise.

Derived here from the law of ``y = M v`` for unit ``v``: with ``s ~ chi2_r / r`` and ``z`` a
standard normal vector orthogonal to ``v``, ``y = s v + sqrt(s / r) z``. Against a neighbour ``w``
with ``<v, w> = rho`` the privacy loss is ::

    L = (d + 1 - r) / 2 * ln T + W / 2 * (1 / T - 1),
    T = rho + sqrt((1 - rho^2) / r) t_r,   W ~ chi2_{d+r-1} independent of T,

and L is infinite where T <= 0.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from causeway.errors import InputError
from causeway.trust.wishart import inputs
from causeway.trust.wishart.gamma import log_lower, log_upper
from causeway.trust.wishart.inversion import smallest_epsilon
from causeway.trust.wishart.quadrature import panels, student

NODES = 512
"""Quadrature nodes over T, below and above half its centre."""
DEEP = 40.0
"""Powers of e that the nodes below reach down."""


@dataclass(frozen=True)
class VectorRelease:
    """Release of ``M v`` for a unit vector, against neighbours of the least alignment.

    Parameters
    ----------
    dimension
        Length d of the vector, at least 2.
    rank
        Rows r of the projection; may exceed ``dimension``.
    alignment
        Least inner product rho of neighbouring unit vectors, -1 to 1. It has to hold for *all*
        neighbours; an alignment that was measured on data is no guarantee.

    Raises
    ------
    InputError
        If a parameter is outside its range.
    """

    dimension: int
    rank: int
    alignment: float

    def __post_init__(self) -> None:
        inputs.count("dimension", self.dimension, least=2)
        inputs.count("rank", self.rank)
        inputs.cosine("alignment", self.alignment)

    @property
    def spread(self) -> float:
        """Scale of Student's t in T."""
        return float(np.sqrt((1 - self.alignment**2) / self.rank))

    @cached_property
    def singular(self) -> float:
        """Probability of an infinite loss: delta never falls below it."""
        if self.spread == 0:
            return float(self.alignment < 0)
        return float(stats.t.cdf(-self.alignment / self.spread, self.rank))

    @cached_property
    def _ratios(self) -> tuple[np.ndarray, np.ndarray]:
        """Places and weights of the values T > 0.

        The loss grows like 1 / T, so that values near zero are resolved on a logarithmic scale.
        """
        split = max(self.alignment, self.spread) / 2
        small, portion = panels(np.log(split) - DEEP, np.log(split), NODES)
        small = np.exp(small)
        density = stats.t.pdf((small - self.alignment) / self.spread, self.rank) / self.spread
        t, weights = student(self.rank, (split - self.alignment) / self.spread, NODES)
        ratios = np.concatenate([small, self.alignment + self.spread * t])
        return ratios, np.concatenate([portion * small * density, weights])

    def delta(self, epsilon: float) -> float:
        """Smallest delta at a privacy loss of ``epsilon`` (>= 0), to about six digits.

        The integral over W is in closed form, that over T a quadrature.

        Raises
        ------
        InputError
            If ``epsilon`` is negative or not finite.
        """
        epsilon = inputs.not_negative("epsilon", epsilon)
        if self.spread == 0:
            return self.singular
        ratio, weights = self._ratios
        freedom = self.dimension + self.rank - 1
        log_ratio = np.log(ratio)
        shift = (self.dimension + 1 - self.rank) / 2 * log_ratio
        slope = (1 / ratio - 1) / 2
        with np.errstate(divide="ignore", over="ignore"):
            edge = np.maximum((epsilon - shift) / slope, 0) / 2
            moved = edge / ratio
        under, over = np.empty_like(ratio), np.empty_like(ratio)
        rising = slope > 0
        for side, log_mass in ((rising, log_upper), (~rising, log_lower)):
            under[side] = log_mass(freedom / 2, edge[side])
            over[side] = log_mass(freedom / 2, moved[side])
        other = epsilon - shift + freedom / 2 * log_ratio + over
        return float(self.singular + weights @ np.maximum(np.exp(under) - np.exp(other), 0))

    def epsilon(self, delta: float) -> float:
        """Smallest epsilon at ``delta`` in (0, 1); infinite at or below :attr:`singular`.

        Raises
        ------
        InputError
            If ``delta`` is not inside (0, 1).
        """
        return smallest_epsilon(self.delta, inputs.fraction("delta", delta), self.singular)

    def loss(self, along: ArrayLike, across: ArrayLike, square: ArrayLike) -> np.ndarray:
        """Log-likelihood ratio of releases, which is also the best attack's score.

        Parameters
        ----------
        along, across
            Inner products of the releases with ``v`` and with its neighbour, shape (n,);
            ``along`` is positive.
        square
            Squared lengths of the releases, shape (n,).
        """
        along, across, square = map(np.asarray, (along, across, square))
        power = (self.rank - self.dimension - 1) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            finite = special.xlogy(power, along) - special.xlogy(power, across)
            finite = finite - self.rank / 2 * square * (1 / along - 1 / across)
        return np.where(across > 0, finite, np.inf)


def alignment(query: ArrayLike, neighbour: ArrayLike) -> float:
    """Inner product of two queries after scaling both to unit length.

    Parameters
    ----------
    query, neighbour
        Shape (d,) each, finite and not zero. A release must scale its query in the same way:
        lengths that differ between neighbours are not covered by the account.

    Raises
    ------
    InputError
        If the shapes differ, or a vector is zero or not finite.
    """
    a, b = np.asarray(query, float), np.asarray(neighbour, float)
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(
            "wishart: query", f"shapes {a.shape} and {b.shape}", "Give two vectors of one length"
        )
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if not all(np.isfinite(length) and length > 0 for length in lengths):
        raise InputError(
            "wishart: query", "a vector is zero or not finite", "Give vectors with a direction"
        )
    return float(np.clip(a / lengths[0] @ (b / lengths[1]), -1, 1))
