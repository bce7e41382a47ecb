"""Counts of latent states: softplus link, unit scales, zero-inflated Poisson.

The measurement model of LCD's first stage (arXiv:2601.15341, released code).
"""

import numpy as np
from numpy.typing import NDArray


def softplus(states: NDArray) -> NDArray:
    """Return log(1 + exp(s)), without overflow."""
    return np.logaddexp(states, states.dtype.type(0))


def draw_counts(
    states: NDArray[np.floating],
    unit_scale: NDArray[np.floating],
    dropout: NDArray[np.floating],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Draw counts x ~ (1 - pi) Poisson(c softplus(s)) + pi delta_0.

    Parameters
    ----------
    states
        s, shape (n, d).
    unit_scale
        c, shape (d,): counts of a gene at softplus(s) = 1.
    dropout
        pi, shape (d,): probabilities of excess zeros.
    rng
        Source of randomness.

    Returns
    -------
    ndarray
        Shape (n, d), whole numbers.
    """
    counts = rng.poisson(unit_scale * softplus(states)).astype(np.float32)
    counts[rng.random(counts.shape, dtype=np.float32) < dropout] = 0.0
    return counts
