"""The law of the coverage that one calibration set delivers."""

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from causeway.errors import InputError
from causeway.trust.conformal.ranks import check_points, level, rank

ROUNDING = 1e-9
"""Shares of held-out points this near to a whole number of points are that number."""


@dataclass(frozen=True)
class CoverageLaw:
    """Distribution of the coverage given the calibration set, for scores without ties.

    With the k-th of m scores as threshold, coverage is Beta(k, m + 1 - k) (Vovk,
    "Conditional validity of inductive conformal predictors", 2012; derived here). Seen on n
    held-out points it is BetaBinomial(n, k, m + 1 - k) / n. Ties make coverage larger.

    Parameters
    ----------
    points
        Size m of the calibration set.
    rank
        Rank k of the threshold, from 1 to m + 1, where coverage is 1.
    heldout
        Number n of held-out points; None for coverage of the whole population.

    Raises
    ------
    InputError
        If a number is not whole, a set is empty, or the rank is not between 1 and m + 1. The
        methods raise it for a coverage or a probability that is no number.

    Examples
    --------
    >>> law = CoverageLaw.of(10, 0.1)
    >>> f"{law.mean:.4f} on average, below 0.85 with probability {law.below(0.85):.4f}"
    '0.9091 on average, below 0.85 with probability 0.1969'
    """

    points: int
    rank: int
    heldout: int | None = None

    def __post_init__(self) -> None:
        check_points(self.points)
        if not isinstance(self.rank, Integral) or not 1 <= self.rank <= self.points + 1:
            raise InputError(
                "rank",
                f"is {self.rank} of {self.points} calibration points",
                f"Give a whole number from 1 to {self.points + 1}",
            )
        if self.heldout is not None:
            check_points(self.heldout, "held-out set")

    @classmethod
    def of(cls, points: int, alpha: float, heldout: int | None = None) -> Self:
        """Law of plain split conformal prediction at level ``alpha``."""
        return cls(points, rank(points, alpha), heldout)

    @property
    def mean(self) -> float:
        """Coverage on average over calibration sets."""
        return self.rank / (self.points + 1)

    @property
    def spread(self) -> float:
        """Standard deviation of the coverage between calibration sets."""
        total = self.points + 1
        variance = self.rank * (total - self.rank) / (total**2 * (total + 1))
        if self.heldout is not None:
            variance *= 1 + total / self.heldout
        return float(np.sqrt(variance))

    def below(self, coverage: ArrayLike) -> np.ndarray:
        """Probability of a coverage smaller than ``coverage``, of any shape."""
        coverage = _numbers(coverage)
        if self.heldout is not None:
            return self._fewer(np.ceil(coverage * self.heldout - ROUNDING))
        if self.rank > self.points:
            return (coverage > 1).astype(float)
        shares = np.clip(coverage, 0, 1)
        return special.betainc(self.rank, self.points + 1 - self.rank, shares)

    def at_most(self, coverage: ArrayLike) -> np.ndarray:
        """Probability of a coverage of ``coverage`` or smaller, of any shape."""
        coverage = _numbers(coverage)
        if self.heldout is not None:
            return self._fewer(np.floor(coverage * self.heldout + ROUNDING) + 1)
        return np.where(coverage >= 1, 1.0, self.below(coverage))

    def quantile(self, probability: float) -> float:
        """Smallest coverage that is not exceeded with at least this probability."""
        if not 0 <= probability <= 1:
            raise InputError("probability", f"is {probability}", "Give a number from 0 to 1")
        if self.rank > self.points:
            return 1.0
        if self.heldout is not None:
            return float(np.searchsorted(self._cumulated[1:], probability) / self.heldout)
        return float(special.betaincinv(self.rank, self.points + 1 - self.rank, probability))

    def _fewer(self, covered: np.ndarray) -> np.ndarray:
        """Probability of fewer than this many covered points, whole numbers of any size."""
        last = len(self._cumulated) - 1
        return self._cumulated[np.clip(covered, 0, last).astype(int)]

    @cached_property
    def _cumulated(self) -> np.ndarray:
        """Probability of fewer than 0, 1, ..., n + 1 covered points of n; shape (n + 2,)."""
        n = self.heldout or 0
        if self.rank > self.points:
            masses = np.eye(1, n + 1, n)[0]
        else:
            rest = self.points + 1 - self.rank
            masses = stats.betabinom.pmf(np.arange(n + 1), n, self.rank, rest)
        return np.concatenate([[0.0], np.minimum(np.cumsum(masses), 1)])


def _numbers(coverage: ArrayLike) -> np.ndarray:
    array = np.asarray(coverage, dtype=float)
    if np.isnan(array).any():
        raise InputError("coverage", "is no number", "Give a share from 0 to 1")
    return array


def vovk_delta(points: int, alpha: float, slack: float) -> float:
    """Smallest delta with which Vovk's bound promises a coverage of 1 - alpha - slack.

    BinomialCDF(floor(alpha (m + 1) - 1); m, alpha + slack) (Vovk 2012, as quoted by a note on
    arXiv:2512.14727). It equals ``CoverageLaw.of(m, alpha).below(1 - alpha - slack)``.

    Raises
    ------
    InputError
        If ``points`` is no whole number from 1 on, or ``alpha`` or ``alpha + slack`` is not
        between 0 and 1.
    """
    level(alpha + slack, "alpha + slack")
    return float(stats.binom.cdf(points - rank(points, alpha), points, alpha + slack))
