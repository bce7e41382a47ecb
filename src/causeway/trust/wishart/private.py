"""Differentially private softmax regression: plain, and through random projections."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from causeway.trust.wishart.mechanism import projection
from causeway.trust.wishart.softmax import residuals

Method = Literal["plain", "fresh", "frozen"]


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Parameters
    ----------
    method
        ``plain``: DP-SGD; ``fresh``: noise first, then a fresh projection in every step (M2);
        ``frozen``: LoRA-FA, one public factor A for all steps, noise on the gradient of B.
    rank
        Rank of projections; unused by ``plain``.
    noise
        Standard deviation of the noise over ``clip``; zero trains without noise.
    clip
        Largest Frobenius norm of an example's gradient.
    rate
        Learning rate.
    steps, sampling
        Number of steps, and Poisson rate of examples in each.
    """

    method: Method
    rank: int
    noise: float
    clip: float
    rate: float
    steps: int
    sampling: float


def fit(
    features: np.ndarray,
    labels: np.ndarray,
    classes: int,
    recipe: Recipe,
    generator: np.random.Generator,
) -> np.ndarray:
    """Train and return the weights, shape (d, classes).

    An example's gradient is the outer product of its features and its residual, a matrix of rank
    one, as the account of ``fresh`` needs; its norm is the product of theirs.

    Parameters
    ----------
    features, labels
        Training data, shapes (n, d) and (n,).
    classes
        Number of classes.
    recipe
        Method and settings.
    generator
        Source of randomness.
    """
    number, dimension = features.shape
    weights = np.zeros((dimension, classes))
    frozen = projection(dimension, recipe.rank, generator) if recipe.method == "frozen" else None
    inside = features if frozen is None else features @ frozen.T
    lengths = np.linalg.norm(inside, axis=1)
    for _ in range(recipe.steps):
        taken = generator.random(number) < recipe.sampling
        errors = residuals(features[taken], labels[taken], weights)
        norms = lengths[taken] * np.linalg.norm(errors, axis=1)
        errors *= np.minimum(1, recipe.clip / np.maximum(norms, 1e-12))[:, None]
        gradient = inside[taken].T @ errors
        gradient += recipe.noise * recipe.clip * generator.normal(size=gradient.shape)
        if recipe.method == "fresh":
            factor = projection(dimension, recipe.rank, generator)
            gradient = factor.T @ (factor @ gradient)
        if frozen is not None:
            gradient = frozen.T @ gradient
        weights -= recipe.rate / (recipe.sampling * number) * gradient
    return weights
