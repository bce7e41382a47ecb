"""Queries with and without one member: made up, or the first LoRA-FA step of a linear model."""

import numpy as np

from causeway.errors import InputError
from causeway.trust.wishart.attacks import Pair
from causeway.trust.wishart.softmax import residuals


def made_up(
    dimension: int, columns: int, generator: np.random.Generator, *, last: bool = False
) -> Pair:
    """Gaussian query with entries N(0, 1/d), plus a member of rank one and unit norm.

    Parameters
    ----------
    dimension, columns
        Shape of the query.
    generator
        Source of randomness.
    last
        Whether the member changes the last column only.
    """
    query = generator.normal(size=(dimension, columns)) / np.sqrt(dimension)
    left, right = generator.normal(size=dimension), generator.normal(size=columns)
    if last:
        right = np.eye(columns)[-1]
    member = np.outer(left / np.linalg.norm(left), right / np.linalg.norm(right))
    return Pair(query, query + member, 1.0)


def first_step(
    features: np.ndarray, labels: np.ndarray, batch: int, generator: np.random.Generator
) -> Pair:
    """Gradient of softmax regression at zero weights, on a batch without and with one example.

    With a frozen factor A and ``B = 0`` this gradient, times ``A^T A``, is what the first LoRA-FA
    step publishes.

    Parameters
    ----------
    features, labels
        The data, shapes (n, d) and (n,).
    batch
        Known examples in the batch; the member comes on top.
    generator
        Source of randomness.

    Raises
    ------
    InputError
        If there are not more examples than the batch takes.
    """
    if batch >= len(labels):
        raise InputError(
            "wishart: batch", f"{batch} of {len(labels)} examples", "Take a smaller batch"
        )
    chosen = generator.choice(len(labels), batch + 1, replace=False)
    x, y = features[chosen], labels[chosen]
    errors = residuals(x, y, np.zeros((features.shape[1], int(labels.max()) + 1)))
    without = x[:-1].T @ errors[:-1]
    member = np.outer(x[-1], errors[-1])
    return Pair(without, without + member, float(np.linalg.norm(member)))
