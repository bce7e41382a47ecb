"""A training step of linear drifts, value and gradient of all replicates, in one compiled call.

For small systems a step is bound by the number of calls, of which autograd makes some forty per
replicate. The formulas are those of :mod:`causeway.cells.stadion.kds` for the linear estimator,
of :mod:`causeway.cells.stadion.pairs` and of :func:`causeway.cells.stadion.drifts.group_lasso`.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

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


class Weights(NamedTuple):
    """Weights of R replicates with d genes and K environments, or derivatives by them.

    ``effects``: shape (R, d, d), the diagonal being of no use; ``bias``, ``log_noise``: (R, d);
    ``shift``, ``log_scale``: (R, K, d).
    """

    effects: np.ndarray
    bias: np.ndarray
    log_noise: np.ndarray
    shift: np.ndarray
    log_scale: np.ndarray


@njit(fastmath=True, error_model="numpy", cache=True)
def step(
    states: np.ndarray,
    starts: np.ndarray,
    environments: np.ndarray,
    targets: np.ndarray,
    weights: Weights,
    gradients: Weights,
    bandwidth: np.float32,
    penalty: np.float32,
) -> np.ndarray:
    """Value and gradient of all replicates: deviation of one environment each, and group lasso.

    Parameters
    ----------
    states
        Samples of all replicates one after another, shape (N, d).
    starts
        Row at which each replicate begins, and N; shape (R + 1,).
    environments
        Environment of each replicate's samples, shape (R,).
    targets
        Genes that environments may act on, shape (R, K, d).
    weights
        See :class:`causeway.cells.stadion.diffusion.StationaryDiffusion`.
    gradients
        Written over.
    bandwidth
        Width of the kernel.
    penalty
        Weight of the group lasso, divided by d here.

    Returns
    -------
    ndarray
        Deviations and penalties, shape (2, R).
    """
    replicates, d = weights.bias.shape
    values = np.empty((2, replicates), np.float32)
    # The mean over genes of both parts of the lasso brings one d, the weight the other.
    share = penalty / np.float32(d * d)
    constant, variance = np.empty(d, np.float32), np.empty(d, np.float32)
    norms = np.empty(d, np.float32)
    for r in range(replicates):
        k = environments[r]
        mask, weight = targets[r, k], weights.effects[r].copy()
        for i in range(d):
            weight[i, i] = np.float32(-1)
            constant[i] = weights.bias[r, i] + weights.shift[r, k, i] * mask[i]
            log_scale = weights.log_noise[r, i] + weights.log_scale[r, k, i] * mask[i]
            variance[i] = math.exp(np.float32(2) * log_scale)
        found, by_weight, by_constant, by_variance = deviation(
            states[starts[r] : starts[r + 1]], weight, constant, variance, bandwidth
        )
        norms[:] = 0
        lasso = np.float32(0)
        for i in range(d):
            weight[i, i] = by_weight[i, i] = 0
            for j in range(d):
                lasso += abs(weight[i, j])
                norms[j] += weight[i, j] * weight[i, j]
        for j in range(d):
            norms[j] = math.sqrt(norms[j])
            lasso += norms[j]
            norms[j] = share / norms[j] if norms[j] > 0 else np.float32(0)
        for i in range(d):
            for j in range(d):
                pull = share * np.sign(weight[i, j]) + norms[j] * weight[i, j]
                gradients.effects[r, i, j] = by_weight[i, j] + pull
        gradients.shift[r] = 0
        gradients.log_scale[r] = 0
        for i in range(d):
            by_log = np.float32(2) * by_variance[i] * variance[i]
            gradients.bias[r, i] = by_constant[i]
            gradients.log_noise[r, i] = by_log
            gradients.shift[r, k, i] = by_constant[i] * mask[i]
            gradients.log_scale[r, k, i] = by_log * mask[i]
        values[0, r], values[1, r] = found, share * lasso
    return values
