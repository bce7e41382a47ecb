"""Kernel deviation from stationarity in closed form (arXiv:2310.17405).

``KDS(P; f, sigma) = E_{x,y~P} A_x A_y k(x, y)`` with the generator
``(A h)(x) = f(x) · grad h(x) + 1/2 tr(sigma sigma^T Hess h(x))``. It is zero if ``P`` is the
stationary distribution of ``dx = f(x) dt + sigma dW``.

For ``k(x, y) = exp(-|x - y|² / (2 h²))`` and ``sigma sigma^T = diag(D)`` both generators can be
applied by hand. With ``delta = x - y``, ``a = f(x)``, ``b = f(y)`` and

    q   = 1/2 sum_i D_i (delta_i² / h⁴ - 1 / h²)
    g_x = -a · delta / h² + q          (A_x k = k g_x)
    g_y =  b · delta / h² + q          (A_y k = k g_y)

the term of a pair is [derived]

    k ( a · b / h² + (a - b) · D delta / h⁴ + |D|² / (2 h⁴) - |D delta|² / h⁶ + g_x g_y ).

No derivative of the drift enters: its values at the states suffice, and gradients flow through
them. All functions take any number of leading axes, e.g. one of environments.
"""

from typing import Literal

import torch
from torch import Tensor

from causeway.cells.stadion.pairs import PairTerms

Estimator = Literal["linear", "u-statistic", "v-statistic"]


def kernel_deviation(
    states: Tensor,
    drift: Tensor,
    variance: Tensor,
    *,
    bandwidth: float = 5.0,
    estimator: Estimator = "linear",
) -> Tensor:
    """Estimate the deviation of samples from stationarity under a drift and a diffusion.

    Parameters
    ----------
    states
        Samples, shape (..., n, d); no gradient flows into them.
    drift
        The drift at each of them, shape (..., n, d), per unit of time.
    variance
        Diagonal ``D`` of ``sigma sigma^T``, shape (..., d), per unit of time.
    bandwidth
        Width ``h`` of the kernel, in units of the states.
    estimator
        ``linear`` pairs the first half of the samples with the second, and drops the last one of
        an odd number; ``u-statistic`` averages over all pairs of different samples, and
        ``v-statistic`` over all pairs, which is biased upwards but never negative.

    Returns
    -------
    Tensor
        Shape (...).
    """
    n = states.shape[-2]
    if n < 2:
        raise ValueError("a pair needs two samples")
    if estimator == "linear":
        half = n // 2
        return pair_terms(
            states[..., :half, :],
            states[..., half : 2 * half, :],
            drift[..., :half, :],
            drift[..., half : 2 * half, :],
            variance,
            bandwidth,
        ).mean(-1)
    terms = all_pairs(states, drift, variance, bandwidth)
    total = terms.sum((-2, -1))
    if estimator == "v-statistic":
        return total / n**2
    return (total - terms.diagonal(dim1=-2, dim2=-1).sum(-1)) / (n * (n - 1))


def pair_terms(
    x: Tensor, y: Tensor, a: Tensor, b: Tensor, variance: Tensor, bandwidth: float
) -> Tensor:
    """Both generators applied to the kernel, for pairs of samples.

    Parameters
    ----------
    x, y
        The samples of each pair, shape (..., n, d).
    a, b
        The drift at them, the same shape.
    variance
        Diagonal of ``sigma sigma^T``, shape (..., d).
    bandwidth
        Width ``h`` of the kernel.

    Returns
    -------
    Tensor
        Shape (..., n).
    """
    return PairTerms.apply(x, y, a, b, variance, bandwidth)


def all_pairs(states: Tensor, drift: Tensor, variance: Tensor, bandwidth: float) -> Tensor:
    """Both generators applied to the kernel, for all pairs of samples by matrix products.

    The parameters are those of :func:`kernel_deviation`; entry (i, j) of the result, shape
    (..., n, n), has sample i as ``x`` and sample j as ``y``.
    """
    narrow = 1 / bandwidth**2
    # The terms depend on differences alone: centring keeps the products below from cancelling.
    centred = (states - states.mean(-2, keepdim=True)).detach()
    across = centred.mT
    variance = variance[..., None, :]
    spread = variance * centred
    kernel = torch.exp(-narrow / 2 * _squared(centred, centred))
    curvature = narrow / 2 * (narrow * _squared(spread, centred) - variance.sum(-1, keepdim=True))
    projected = drift @ across
    own = projected.diagonal(dim1=-2, dim2=-1)
    g_x = curvature - narrow * (own[..., :, None] - projected)
    g_y = curvature + narrow * (projected.mT - own[..., None, :])
    dragged = drift @ spread.mT
    dragged_own = dragged.diagonal(dim1=-2, dim2=-1)
    drag = dragged_own[..., :, None] - dragged - dragged.mT + dragged_own[..., None, :]
    square = variance.square().sum(-1, keepdim=True) / 2 - narrow * _squared(spread, spread)
    return kernel * (narrow * (drift @ drift.mT) + narrow**2 * (drag + square) + g_x * g_y)


def _squared(left: Tensor, right: Tensor) -> Tensor:
    """``sum_l w_l (x_il - x_jl)²`` for all i, j, where ``left * right = w x²``, (..., n, n)."""
    norms = (left * right).sum(-1)
    return norms[..., :, None] + norms[..., None, :] - 2 * left @ right.mT
