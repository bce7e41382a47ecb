"""Distributions of counts from 0 to M - 1, the last of which holds all that is larger."""

from typing import Literal

import numpy as np
from scipy import special

Family = Literal["poisson", "geometric", "gaussian"]
SPREAD = 1.0
"""Standard deviation of the rounded Gaussians [C]."""


def trials(values: int) -> int:
    """Factor between theta and the mean of a count: M + 2 [C]."""
    return values + 2


def mass_table(family: Family, theta: np.ndarray, values: int) -> np.ndarray:
    """Probability of each count under each parameter.

    Parameters
    ----------
    family
        ``poisson`` with mean theta (M + 2); ``geometric`` with success probability theta, from
        0; ``gaussian``: rounded, mean theta (M + 2), unit variance.
    theta
        Shape (K,), between 0 and 1.
    values
        M.

    Returns
    -------
    ndarray
        Shape (K, M); rows sum to 1.
    """
    below = np.arange(values - 1)
    success = theta[:, None]
    mean = success * trials(values)
    if family == "gaussian":
        return rounded_gaussian(mean, values)
    if family == "poisson":
        mass = np.exp(special.xlogy(below, mean) - mean - special.gammaln(below + 1))
        rest = special.gammainc(values - 1, mean)
    else:
        mass = success * (1 - success) ** below
        rest = (1 - success) ** (values - 1)
    return np.concatenate([mass, rest], axis=1)


def rounded_gaussian(mean: np.ndarray, values: int) -> np.ndarray:
    """Probability of each count if a Gaussian of unit variance is rounded and cut off.

    Parameters
    ----------
    mean
        Shape (K, 1).
    values
        M.
    """
    edges = np.concatenate([[-np.inf], np.arange(values - 1) + 0.5, [np.inf]])
    return np.diff(special.ndtr((edges - mean) / SPREAD), axis=1)


def estimates(family: Family, tallies: np.ndarray) -> np.ndarray:
    """Estimate theta of each environment from its counts, shape (N,).

    Parameters
    ----------
    family
        Distribution of the counts.
    tallies
        Shape (N, M): how often each count occurs.
    """
    values = tallies.shape[1]
    mean = tallies @ np.arange(values) / tallies.sum(axis=1)
    if family == "geometric":
        # The mean number of failures is 1 / theta - 1; the released code leaves out the 1.
        return np.clip(1 / (mean + 1), 0.01, 0.99)
    return mean / trials(values)


def draw(
    generator: np.random.RandomState, family: Family, theta: np.ndarray, values: int
) -> np.ndarray:
    """Draw one count per entry of ``theta``; the last value takes all that is larger."""
    if family == "poisson":
        counts = generator.poisson(theta * trials(values))
    elif family == "geometric":
        counts = generator.geometric(theta) - 1
    else:
        counts = np.round(generator.normal(theta * trials(values), SPREAD)).astype(int)
    return np.clip(counts, 0, values - 1)
