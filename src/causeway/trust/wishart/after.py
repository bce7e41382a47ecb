"""Noise after the projection of a unit vector: ``M v + E`` with a secret projection.

Given the strength ``s ~ chi2_r / r`` the release is Gaussian with mean ``s v`` and covariance
``(s/r) (I - v v^T) + sigma^2 I`` (derived here), so that its density is a one-dimensional mixture
in ``<y, v>`` and ``|y|^2``. The outer expectation over y is randomised quasi-Monte-Carlo over four
numbers: the strength, two products, and the length of the rest.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from causeway.errors import InputError
from causeway.statistics import Interval, t_interval
from causeway.trust.wishart import inputs
from causeway.trust.wishart.quadrature import ORDER, chi_square

LEAST_NODES, MOST_NODES = 256, 4096
BLOCK = 2_000_000


@dataclass(frozen=True)
class NoiseAfter:
    """Release of ``M v + E`` against neighbours of one alignment.

    Parameters
    ----------
    dimension, rank, alignment
        As in :class:`causeway.trust.wishart.vector.VectorRelease`; ``dimension`` is at least 3.
    noise
        Standard deviation of each entry of E, for unit v.

    Raises
    ------
    InputError
        If a parameter is out of range, or the noise is so small that the account without noise
        should be used.
    """

    dimension: int
    rank: int
    alignment: float
    noise: float

    def __post_init__(self) -> None:
        inputs.count("dimension", self.dimension, least=3)
        inputs.count("rank", self.rank)
        inputs.cosine("alignment", self.alignment)
        inputs.positive("noise", self.noise)
        if self._nodes() > MOST_NODES:
            raise InputError(
                "wishart: noise",
                f"{self.noise} is too small for the mixture to be resolved",
                "Use VectorRelease, the account without noise",
            )

    def _nodes(self) -> int:
        """Enough nodes for the narrowest factor of the density, of width ``noise`` in s."""
        law = stats.chi2(self.rank)
        span = (law.isf(1e-24) - law.ppf(1e-24)) / self.rank
        return max(LEAST_NODES, int(4 * span / self.noise) // ORDER * ORDER)

    def gaussian(self, epsilon: float) -> float:
        """Return delta of the noise alone, without a projection: sensitivity sqrt(2 - 2 rho)."""
        epsilon = inputs.not_negative("epsilon", epsilon)
        s = float(np.sqrt(2 - 2 * self.alignment)) / self.noise
        if s == 0:
            return 0.0
        below = np.exp(epsilon + special.log_ndtr(-s / 2 - epsilon / s))
        return float(special.ndtr(s / 2 - epsilon / s) - below)

    def delta(
        self, epsilon: float, *, draws: int = 4096, replicates: int = 8, seed: int = 0
    ) -> Interval:
        """Estimate delta at ``epsilon`` >= 0.

        Parameters
        ----------
        epsilon
            Privacy loss.
        draws
            Points of one scrambled Sobol sequence, a power of two.
        replicates
            Independent scramblings, over which the interval is Student's t.
        seed
            Makes the estimate repeatable.

        Raises
        ------
        InputError
            If an argument is out of range.
        """
        epsilon = inputs.not_negative("epsilon", epsilon)
        inputs.count("replicates", replicates, least=2)
        if inputs.count("draws", draws) & (draws - 1):
            raise InputError("wishart: draws", f"{draws} is no power of two", "Give e.g. 4096")
        excess = [
            float(np.mean(np.maximum(-np.expm1(epsilon - self._losses(draws, generator)), 0)))
            for generator in np.random.default_rng(seed).spawn(replicates)
        ]
        return t_interval(excess)

    def _losses(self, draws: int, generator: np.random.Generator) -> np.ndarray:
        """Privacy losses of releases of v, one per point of a Sobol sequence."""
        points = stats.qmc.Sobol(4, rng=generator).random(draws)
        points = np.clip(points, 2.0**-40, 1 - 2.0**-40)
        strength = stats.chi2.ppf(points[:, 0], self.rank) / self.rank
        width = strength / self.rank + self.noise**2
        along = strength + self.noise * special.ndtri(points[:, 1])
        beside = np.sqrt(width) * special.ndtri(points[:, 2])
        rest = width * stats.chi2.ppf(points[:, 3], self.dimension - 2)
        turned = self.alignment * along + np.sqrt(1 - self.alignment**2) * beside
        square = along**2 + beside**2 + rest
        return self._log_density(along, square) - self._log_density(turned, square)

    def _log_density(self, product: np.ndarray, square: np.ndarray) -> np.ndarray:
        """Log-density of releases up to a constant, given products with v and squared lengths."""
        strength, weights = chi_square(self.rank, self._nodes())
        strength = strength / self.rank
        width = strength / self.rank + self.noise**2
        offset = np.log(weights) - (self.dimension - 1) / 2 * np.log(width)
        result = np.empty_like(product)
        size = max(1, BLOCK // len(strength))
        for start in range(0, len(product), size):
            part = slice(start, start + size)
            p, rest = product[part, None], (square - product**2)[part, None]
            exponent = offset - (p - strength) ** 2 / (2 * self.noise**2) - rest / (2 * width)
            peak = exponent.max(axis=1)
            exponent -= peak[:, None]
            result[part] = peak + np.log(np.exp(exponent, out=exponent).sum(axis=1))
        return result
