"""What is known of features and a binary target: first and second moments, some unknown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from causeway.errors import InputError


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of d real features X and a target Y of 0 and 1; NaN or None where unknown.

    Parameters
    ----------
    pi
        E Y, between 0 and 1.
    mean
        Shape (d,): E X, all known, in the features' own units.
    covariance
        Shape (d, d): Cov X; the variances are known, other entries may be unknown.
    cross
        Shape (d,): Cov(X, Y), i.e. E XY - E X E Y; entries may be unknown.

    Raises
    ------
    InputError
        If shapes disagree, a number is infinite, a needed one unknown, ``pi`` no probability
        inside (0, 1), a variance not positive or the covariance not symmetric.
    """

    pi: float
    mean: np.ndarray
    covariance: np.ndarray
    cross: np.ndarray

    def __init__(
        self, *, pi: float, mean: ArrayLike, covariance: ArrayLike, cross: ArrayLike
    ) -> None:
        for name, value, dimensions in (
            ("mean", mean, 1),
            ("covariance", covariance, 2),
            ("cross", cross, 1),
        ):
            object.__setattr__(self, name, _numbers(name, value, dimensions))
        object.__setattr__(self, "pi", float(pi))
        self._check()

    def _check(self) -> None:
        d = len(self.mean)
        if not 0 < self.pi < 1:
            raise InputError("pi", f"{self.pi} is not inside (0, 1)", "Give the share of ones")
        if not d or self.covariance.shape != (d, d) or self.cross.shape != (d,):
            raise InputError(
                "moments",
                f"mean {self.mean.shape}, covariance {self.covariance.shape} and cross "
                f"{self.cross.shape} do not belong together",
                "Give shapes (d,), (d, d) and (d,)",
            )
        if not np.isfinite(self.mean).all():
            raise InputError("mean", "not all entries are finite", "All means must be known")
        if not (np.diagonal(self.covariance) > 0).all():
            raise InputError(
                "covariance",
                "a variance is unknown or not positive",
                "Give all variances; leave out features that never vary",
            )
        if not np.allclose(self.covariance, self.covariance.T, rtol=1e-10, equal_nan=True):
            raise InputError(
                "covariance", "it is not symmetric", "Mark both entries of an unknown pair"
            )

    @property
    def all_known(self) -> bool:
        """Whether no entry is unknown."""
        return bool(np.isfinite(self.covariance).all() and np.isfinite(self.cross).all())

    @classmethod
    def of_sample(cls, x: ArrayLike, y: ArrayLike) -> "Moments":
        """Moments of a sample, all of them, with denominator n.

        Parameters
        ----------
        x
            Shape (n, d): features.
        y
            Shape (n,): target, 0 or 1.

        Raises
        ------
        InputError
            If shapes disagree, a value is missing or the target is not of both 0 and 1.
        """
        x, y = _numbers("x", x, 2), _numbers("y", y, 1)
        if len(x) != len(y):
            raise InputError("sample", f"{len(x)} rows and {len(y)} targets", "Give one for each")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise InputError("sample", "it has missing values", "Drop or fill those rows")
        if set(np.unique(y)) != {0.0, 1.0}:
            raise InputError("y", "it does not hold both 0 and 1 and nothing else", "Recode it")
        centred = x - x.mean(axis=0)
        return cls(
            pi=y.mean(),
            mean=x.mean(axis=0),
            covariance=centred.T @ centred / len(x),
            cross=centred.T @ (y - y.mean()) / len(x),
        )

    def forget(
        self, *, covariances: Iterable[tuple[int, int]] = (), cross: Iterable[int] = ()
    ) -> "Moments":
        """Mark covariances of pairs of features, or of features with the target, as unknown."""
        pairs = [(int(i), int(j)) for i, j in covariances]
        lonely = [int(j) for j in cross]
        d = len(self.mean)
        if not {*lonely, *(j for pair in pairs for j in pair)} <= set(range(d)):
            raise InputError("forget", f"there are only {d} features", "Count them from 0")
        if any(i == j for i, j in pairs):
            raise InputError("forget", "variances must stay known", "Name two features")
        covariance, known = self.covariance.copy(), self.cross.copy()
        for i, j in pairs:
            covariance[i, j] = covariance[j, i] = np.nan
        known[lonely] = np.nan
        return replace(self, covariance=covariance, cross=known)

    def as_seen_by(self, experts: Sequence[Sequence[int]]) -> "Moments":
        """Keep only the covariances of features that some expert saw together.

        Parameters
        ----------
        experts
            Features of each expert, counted from 0; experts may share features.
        """
        d = len(self.mean)
        together = {(i, j) for group in experts for i in group for j in group}
        apart = [(i, j) for i in range(d) for j in range(i) if (i, j) not in together]
        return self.forget(covariances=apart)


def _numbers(name: str, values: ArrayLike, dimensions: int) -> np.ndarray:
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(name, f"not an array of numbers ({error})", "Give numbers") from None
    if array.ndim != dimensions:
        raise InputError(
            name, f"{array.ndim} dimensions instead of {dimensions}", "Give the shape documented"
        )
    if np.isinf(array).any():
        raise InputError(name, "it has infinite entries", "Give finite numbers, or NaN if unknown")
    return array
