"""Linear Gaussian pairs: moments, parameters, and what a codebook member costs.

In the direction cause → effect there are three slots: the variance v of the cause, the variance w
of the noise, and the coefficient b, with effect = b · cause + noise and zero means. Both the
divergence and the code length are a part for (v) plus a part for (w, b), by the chain rule, and
so is their search.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from causeway.errors import InputError

SMALLEST = 1e-12
"""Share of an effect's variance below which its noise counts as none."""


class Moments(NamedTuple):
    """What the code needs to know of the samples, per environment.

    ``counts`` (N,), ``covariance`` (N, 2, 2) about the mean with n - 1, ``second`` (N, 2, 2)
    about zero with n; the cause first.
    """

    counts: np.ndarray
    covariance: np.ndarray
    second: np.ndarray

    def swapped(self) -> "Moments":
        """Let the columns change roles."""
        return Moments(self.counts, self.covariance[:, ::-1, ::-1], self.second[:, ::-1, ::-1])


class Parameters(NamedTuple):
    """Variance of the cause, variance of the noise, coefficient; each of shape (N,)."""

    cause: np.ndarray
    noise: np.ndarray
    coefficient: np.ndarray


def moments(samples: Sequence[np.ndarray]) -> Moments:
    """Summarise the samples of all environments.

    Parameters
    ----------
    samples
        One array of shape (n, 2) per environment; n may differ.

    Raises
    ------
    InputError
        If there are fewer than two environments, one of them has fewer than three samples, a
        value is not finite, or a column is constant or a multiple of the other.
    """
    if len(samples) < 2:
        raise InputError(
            "environments",
            f"{len(samples)} given, and one environment alone cannot share a mechanism",
            "Give samples of two environments or more",
        )
    for number, sample in enumerate(samples):
        _check(f"environment {number}", np.asarray(sample, dtype=float))
    arrays = [np.asarray(sample, dtype=float) for sample in samples]
    return Moments(
        np.array([len(array) for array in arrays]),
        np.stack([np.cov(array, rowvar=False) for array in arrays]),
        np.stack([array.T @ array / len(array) for array in arrays]),
    )


def parameters(covariance: np.ndarray) -> Parameters:
    """Read the parameters off covariances.

    Parameters
    ----------
    covariance
        Shape (N, 2, 2), the cause first.
    """
    cause, cross, effect = covariance[:, 0, 0], covariance[:, 0, 1], covariance[:, 1, 1]
    coefficient = cross / cause
    return Parameters(cause, effect - coefficient * cross, coefficient)


def covariance(found: Parameters) -> np.ndarray:
    """Covariances of given parameters, shape (N, 2, 2), the cause first."""
    cause, noise, coefficient = map(np.asarray, found)
    cross = coefficient * cause
    rows = [np.stack([cause, cross], -1), np.stack([cross, coefficient * cross + noise], -1)]
    return np.stack(rows, axis=-2)


def cause_divergence(given: Moments, variances: np.ndarray) -> np.ndarray:
    """Kullback–Leibler divergence of the cause from each codebook member, in nats.

    Parameters
    ----------
    given
        Moments of N environments.
    variances
        Shape (M,), not negative; a variance of zero is infinitely far.

    Returns
    -------
    ndarray
        Shape (N, M).
    """
    seen = given.covariance[:, :1, 0]
    return (_surprise(seen, variances) - np.log(seen) - 1) / 2


def effect_divergence(given: Moments, noises: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Divergence of the effect given the cause from each pair of members, in nats.

    It is averaged over the cause; added to :func:`cause_divergence` it is the divergence of the
    joint distributions. Shape (N, M, M').
    """
    residual = parameters(given.covariance).noise[:, None, None]
    errors = _errors(given.covariance, coefficients)
    return (_surprise(errors, noises[:, None]) - np.log(residual) - 1) / 2


def cause_bits(given: Moments, variances: np.ndarray) -> np.ndarray:
    """Bits of all samples of the cause under each member, shape (N, M)."""
    surprise = _surprise(given.second[:, :1, 0], variances)
    return given.counts[:, None] * (np.log(2 * np.pi) + surprise) / np.log(4)


def effect_bits(given: Moments, noises: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Bits of all samples of the effect given the cause, shape (N, M, M')."""
    surprise = _surprise(_errors(given.second, coefficients), noises[:, None])
    return given.counts[:, None, None] * (np.log(2 * np.pi) + surprise) / np.log(4)


def _surprise(mean_square: np.ndarray, variances: np.ndarray) -> np.ndarray:
    safe = np.where(variances > 0, variances, 1.0)
    return np.where(variances > 0, np.log(safe) + mean_square / safe, np.inf)


def _errors(second: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Mean squares of effect − b · cause, shape (N, 1, M')."""
    cause, cross, effect = (second[:, i, j, None, None] for i, j in ((0, 0), (0, 1), (1, 1)))
    return effect - 2 * coefficients * cross + coefficients**2 * cause


def _check(where: str, sample: np.ndarray) -> None:
    if sample.ndim != 2 or sample.shape[1] != 2:
        raise InputError(where, f"samples of shape {sample.shape}", "Give two columns")
    if len(sample) < 3:
        raise InputError(
            where,
            f"{len(sample)} samples do not show a covariance",
            "Give three samples or more, or leave the environment out",
        )
    if not np.isfinite(sample).all():
        raise InputError(where, "a value is not finite", "Remove or fill missing values")
    spread = np.cov(sample, rowvar=False)
    scale = spread[0, 0] * spread[1, 1]
    if scale <= 0 or np.linalg.det(spread) <= SMALLEST * scale:
        raise InputError(
            where,
            "a column is constant or a multiple of the other",
            "Two noisy columns are needed; leave the environment out",
        )
