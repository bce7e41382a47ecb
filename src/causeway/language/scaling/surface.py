"""The loss as a function of size and tokens (Hoffmann et al., arXiv:2203.15556, eq. 2)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Surface(NamedTuple):
    """``L(N, D) = E + A / N**alpha + B / D**beta``; fields are numbers or arrays of one shape."""

    E: np.ndarray
    A: np.ndarray
    B: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray

    def loss(self, size: ArrayLike, tokens: ArrayLike) -> np.ndarray:
        """Loss of a size N after D tokens, shape (..., n) for fields of shape (...)."""
        E, A, B, alpha, beta = (np.asarray(field)[..., None] for field in self)
        found = E + A * np.asarray(size) ** -alpha + B * np.asarray(tokens) ** -beta
        return found[..., 0] if np.ndim(size) == np.ndim(tokens) == 0 else found

    @property
    def size_exponent(self) -> np.ndarray:
        """Exponent of compute in the optimal size, ``beta / (alpha + beta)``."""
        return self.beta / (self.alpha + self.beta)

    def optimum(self, compute: ArrayLike, flops: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
        """Compute-optimal size and tokens under ``C = flops * N * D`` (eq. 4).

        Parameters
        ----------
        compute
            FLOPs C, of a shape that goes with the fields.
        flops
            FLOPs per unit of size and token: 6 for parameters, 1 if the size is FLOPs per token.
        """
        total = self.alpha + self.beta
        scale = (self.alpha * self.A / (self.beta * self.B)) ** (1 / total)
        product = np.asarray(compute) / flops
        return (
            scale * product ** (self.beta / total),
            product ** (self.alpha / total) / scale,
        )
