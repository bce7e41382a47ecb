"""Deviation of a linear drift and its gradient in one compiled call.

For small systems a step is bound by the number of calls: autograd makes some forty, a compiled
loop over pairs one. The formulas are those of :mod:`causeway.cells.stadion.kds` and
:mod:`causeway.cells.stadion.pairs`, for the linear estimator.
"""

import math
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

Gradient = tuple[float, np.ndarray, np.ndarray, np.ndarray]


@njit(fastmath=True, error_model="numpy", cache=True)
def deviation(
    states: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray,
    variance: np.ndarray,
    bandwidth: np.float32,
) -> Gradient:
    """Linear estimate of the deviation under ``f(x) = W x + b``, and its derivatives.

    Parameters
    ----------
    states
        Samples, shape (n, d), contiguous float32 as all arrays; pairs are the halves.
    weight, bias
        W, shape (d, d), and b, shape (d,), with the shift of the environment.
    variance
        Diagonal of ``sigma sigma^T``, shape (d,).
    bandwidth
        Width of the kernel.

    Returns
    -------
    tuple
        The value, and its derivatives by weight, bias and variance.
    """
    d = states.shape[1]
    pairs = states.shape[0] // 2
    c = np.float32(1) / (bandwidth * bandwidth)
    half = np.float32(0.5)
    drift = np.dot(states[: 2 * pairs], weight.T)
    by_variance, by_bias = np.zeros(d, np.float32), np.zeros(d, np.float32)
    u = np.empty(d, np.float32)
    trace = square = np.float32(0)
    for i in range(d):
        trace += variance[i]
        square += variance[i] * variance[i]
    value = 0.0
    for p in range(pairs):
        near = q = s = t = flat = np.float32(0)
        for i in range(d):
            u[i] = (states[p, i] - states[pairs + p, i]) * c
            a, b = drift[p, i] + bias[i], drift[pairs + p, i] + bias[i]
            drift[p, i], drift[pairs + p, i] = a, b
            Du = variance[i] * u[i]
            near += u[i] * u[i]
            q += Du * u[i]
            s += a * u[i]
            t += b * u[i]
            flat += a * b + (a - b - Du) * Du
        q = half * (q - c * trace)
        g_x, g_y = q - s, q + t
        weighted = math.exp(-half * near / c) / pairs
        value += weighted * (c * flat + half * c * c * square + g_x * g_y)
        narrow, curved = weighted * c, half * weighted * (g_x + g_y)
        for i in range(d):
            a, b = drift[p, i], drift[pairs + p, i]
            Du = variance[i] * u[i]
            by_a = narrow * (b + Du) - weighted * g_y * u[i]
            by_b = narrow * (a - Du) + weighted * g_x * u[i]
            by_variance[i] += narrow * (
                (a - b) * u[i] - 2 * Du * u[i] + c * variance[i]
            ) + curved * (u[i] * u[i] - c)
            drift[p, i], drift[pairs + p, i] = by_a, by_b
            by_bias[i] += by_a + by_b
    return value, np.dot(drift.T, states[: 2 * pairs]), by_bias, by_variance


class LinearDeviation(torch.autograd.Function):
    """:func:`deviation` for autograd, on processors and in single precision."""

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        weight: Tensor,
        bias: Tensor,
        variance: Tensor,
        bandwidth: float,
    ) -> Tensor:
        """Return the deviation of samples (n, d)."""
        value, *derivatives = deviation(
            states.numpy(),
            weight.detach().numpy(),
            bias.detach().numpy(),
            variance.detach().numpy(),
            np.float32(bandwidth),
        )
        ctx.save_for_backward(*map(torch.from_numpy, derivatives))
        return torch.tensor(value, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the derivatives by weight, bias and variance."""
        by_weight, by_bias, by_variance = ctx.saved_tensors
        scale = gradients[0]
        return None, scale * by_weight, scale * by_bias, scale * by_variance, None
