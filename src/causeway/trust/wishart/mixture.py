"""Gaussian mechanisms whose sensitivity is random but known to the attacker.

Given the projection, a noisy release is a Gaussian mechanism; only its sensitivity depends on the
projection. The joint release of projection and answer therefore has

    delta(epsilon) = E_s [ Phi(s/2 - epsilon/s) - e^epsilon Phi(-s/2 - epsilon/s) ]

with the law of s, the sensitivity over the noise (derived here). It also bounds the release that
keeps its projection secret. Everything is for queries that change by a matrix of *rank one*, such
as one column, or one example's gradient in a linear model.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from causeway.errors import InputError
from causeway.trust.wishart import inputs
from causeway.trust.wishart.inversion import smallest_epsilon
from causeway.trust.wishart.quadrature import beta, chi_square

NODES = 128
PAIR_NODES = 48


@dataclass(frozen=True, eq=False)
class MixedGaussian:
    """A Gaussian mechanism with sensitivity ``shifts[i]`` over the noise in share ``weights[i]``.

    Parameters
    ----------
    shifts
        Positive, shape (n,).
    weights
        Shape (n,), summing to one.
    noise_enters
        Where the noise of a projected release enters, ``before`` or ``after`` the projection;
        None if the sensitivity has another origin. A projection never lengthens a change that
        the noise went through with it; one before the noise may.

    Raises
    ------
    InputError
        If shifts are not positive, or weights are negative or do not sum to one.
    """

    shifts: np.ndarray
    weights: np.ndarray
    noise_enters: Literal["before", "after"] | None = None

    def __post_init__(self) -> None:
        good = np.shape(self.shifts) == np.shape(self.weights) and np.ndim(self.shifts) == 1
        if not (good and np.all(np.isfinite(self.shifts)) and np.all(np.asarray(self.shifts) > 0)):
            raise InputError(
                "wishart: shifts", "not positive and finite, one per weight", "Give such numbers"
            )
        if not (np.all(np.asarray(self.weights) >= 0) and abs(np.sum(self.weights) - 1) < 1e-9):
            raise InputError("wishart: weights", "they do not sum to one", "Divide by their sum")

    def delta(self, epsilon: float) -> float:
        """Smallest delta at ``epsilon`` >= 0.

        Raises
        ------
        InputError
            If ``epsilon`` is negative or not finite.
        """
        epsilon = inputs.not_negative("epsilon", epsilon)
        s = self.shifts
        above = special.ndtr(s / 2 - epsilon / s)
        below = np.exp(epsilon + special.log_ndtr(-s / 2 - epsilon / s))
        return float(self.weights @ np.maximum(above - below, 0))

    def epsilon(self, delta: float) -> float:
        """Smallest epsilon at ``delta`` in (0, 1).

        Raises
        ------
        InputError
            If ``delta`` is not inside (0, 1).
        """
        return smallest_epsilon(self.delta, inputs.fraction("delta", delta))


def gaussian(noise: float) -> MixedGaussian:
    """Gaussian mechanism without a projection.

    Parameters
    ----------
    noise
        Standard deviation of the noise over the sensitivity.
    """
    return MixedGaussian(np.array([1 / inputs.positive("noise", noise)]), np.ones(1))


def noise_before(dimension: int, rank: int, noise: float) -> MixedGaussian:
    """Account for ``(A, A (V + E))``, hence for ``M (V + E)`` too: noise, then projection.

    A random subspace of rank r keeps the share ``b ~ Beta(r/2, (d-r)/2)`` of the squared length
    of a direction, so that s = sqrt(b) / noise; b = 1 from r = d on, the Gaussian mechanism.

    Parameters
    ----------
    dimension, rank
        Rows d of V and rank r of the projection.
    noise
        Standard deviation of E over the Frobenius norm of the (rank-one) change of V.
    """
    inputs.count("dimension", dimension)
    inputs.count("rank", rank)
    if rank >= dimension:
        return gaussian(noise)
    kept, weights = beta(rank / 2, (dimension - rank) / 2, NODES)
    shifts = np.sqrt(kept) / inputs.positive("noise", noise)
    return MixedGaussian(shifts, weights, noise_enters="before")


def noise_after_matrix(dimension: int, rank: int, noise: float) -> MixedGaussian:
    """Account for ``(A, M V + E)``, hence for ``M V + E`` too: projection, then noise.

    For a change of rank one along the unit vector u the sensitivity is ``|M u|``, whose square
    is ``s^2 + (s/r) chi2_{d-1}`` with ``s ~ chi2_r / r`` (derived here).

    Parameters
    ----------
    dimension, rank, noise
        As in :func:`noise_before`; ``dimension`` is at least 2.
    """
    inputs.count("dimension", dimension, least=2)
    inputs.count("rank", rank)
    strength, share = chi_square(rank, PAIR_NODES)
    strength = strength / rank
    rest, portion = chi_square(dimension - 1, PAIR_NODES)
    square = strength[:, None] ** 2 + strength[:, None] / rank * rest
    weights = np.outer(share, portion).ravel()
    shifts = np.sqrt(square).ravel() / inputs.positive("noise", noise)
    return MixedGaussian(shifts, weights, noise_enters="after")
