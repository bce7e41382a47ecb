"""Made-up linear Gaussian worlds in several environments."""

import math
from collections.abc import Sequence

import numpy as np

from causeway.causal.codelength.gaussian import Parameters, covariance


def published(
    environments: Sequence[Sequence[float]], samples: int, seed: int
) -> list[np.ndarray]:
    """Sample the experiment on causal discovery as the released code does.

    Parameters
    ----------
    environments
        Variance of the cause, variance of the noise and coefficient of each environment.
    samples
        Samples per environment.
    seed
        Seed of numpy's legacy generator, so that the same samples are drawn.

    Returns
    -------
    list of ndarray
        Shape (samples, 2) each, the cause first.
    """
    generator = np.random.RandomState(seed)
    true = Parameters(*np.asarray(environments, dtype=float).T)
    return [
        generator.multivariate_normal([0, 0], spread, size=samples) for spread in covariance(true)
    ]


def random_world(
    generator: np.random.Generator,
    environments: int,
    variance: tuple[float, float],
    coefficient: tuple[float, float],
) -> Parameters:
    """Draw a world in which each environment but the first changes one parameter.

    Variances are drawn evenly in their logarithm, the coefficient evenly. Every later
    environment is the first one with one of the three parameters, drawn at random, drawn anew.

    Parameters
    ----------
    generator
        Source of randomness.
    environments
        N.
    variance, coefficient
        Ranges.

    Returns
    -------
    causeway.causal.codelength.gaussian.Parameters
        Shape (N,) each.
    """
    least, most = map(math.log, variance)
    fresh = np.stack(
        [
            np.exp(generator.uniform(least, most, environments)),
            np.exp(generator.uniform(least, most, environments)),
            generator.uniform(*coefficient, environments),
        ]
    )
    world = np.repeat(fresh[:, :1], environments, axis=1)
    later = np.arange(1, environments)
    changed = generator.integers(3, size=environments - 1)
    world[changed, later] = fresh[changed, later]
    return Parameters(*world)


def sample(generator: np.random.Generator, world: Parameters, samples: int) -> list[np.ndarray]:
    """Draw samples of every environment, shape (samples, 2) each, the cause first."""
    cause, noise, coefficient = (values[:, None] for values in world)
    first = np.sqrt(cause) * generator.standard_normal((len(cause), samples))
    second = coefficient * first + np.sqrt(noise) * generator.standard_normal(first.shape)
    return list(np.stack([first, second], axis=-1))
