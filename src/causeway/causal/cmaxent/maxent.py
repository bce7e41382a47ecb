"""Conditional maximum entropy on finite supports: a generic solver, for any moments.

The effect takes one of E values e for each of C values c of the cause, whose distribution p(c) is
fixed. The largest H(effect | cause) under E f(c, e) = m has the form exp(l . f(c, e)) / Z_c(l); l
minimises the convex dual

    sum_c p(c) log Z_c(l) - l . m,

with the residuals of the moments as gradient and their covariance as Hessian. A plain maximum
entropy is the case C = 1. Base method: CMAXENT (Garrido Mejia, Kirschbaum, Janzing, AISTATS 2022).
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import logsumexp

from causeway.errors import InputError

STEPS = 100


class Solution(NamedTuple):
    """A conditional distribution of the exponential family."""

    multipliers: np.ndarray
    """Shape (K,)."""
    probability: np.ndarray
    """Shape (C, E): p(e | c)."""
    residual: float
    """Largest error of a matched moment."""
    steps: int
    """Newton steps taken."""


def moments_at(
    multipliers: np.ndarray, base: np.ndarray, features: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Log partition, E f, its covariance given the cause, and p(e | c) at some multipliers."""
    c, e, k = features.shape
    exponent = features @ multipliers
    partition = logsumexp(exponent, axis=1)
    probability = np.exp(exponent - partition[:, None])
    flat = features.reshape(c * e, k)
    joint = (base[:, None] * probability).reshape(c * e)
    means = np.einsum("ce,cek->ck", probability, features)
    covariance = flat.T @ (joint[:, None] * flat) - means.T @ (base[:, None] * means)
    return float(base @ partition), base @ means, covariance, probability


def conditional_maxent(
    base: np.ndarray, features: np.ndarray, targets: np.ndarray, tolerance: float = 1e-10
) -> Solution:
    """Find the conditional distribution of the largest entropy with given moments.

    Parameters
    ----------
    base
        Shape (C,): p(c).
    features
        Shape (C, E, K): f(c, e), linearly independent given the cause.
    targets
        Shape (K,): the moments E f.
    tolerance
        Largest error of a matched moment.

    Raises
    ------
    InputError
        If shapes disagree, or no distribution on this support has the moments.
    """
    base, features, targets = (np.asarray(part, dtype=float) for part in (base, features, targets))
    shapes = base.shape, features.shape, targets.shape
    if features.ndim != 3 or shapes != ((len(features),), features.shape, features.shape[2:]):
        raise InputError("maxent", f"shapes {shapes}", "Give (C,), (C, E, K) and (K,)")
    if not all(np.isfinite(part).all() for part in (base, features, targets)):
        raise InputError("maxent", "some numbers are not finite", "Give finite numbers")
    point = np.zeros(len(targets))
    partition, mean, covariance, probability = moments_at(point, base, features)
    for taken in range(STEPS):
        gradient = mean - targets
        if np.abs(gradient).max() <= tolerance:
            return Solution(point, probability, float(np.abs(gradient).max()), taken)
        try:
            step = cho_solve(cho_factor(covariance), gradient)
        except LinAlgError:
            break
        value, share = partition - point @ targets, 1.0
        while share > 1e-10:
            trial = point - share * step
            partition, mean, covariance, probability = moments_at(trial, base, features)
            if partition - trial @ targets <= value - 1e-4 * share * (gradient @ step) + 1e-15:
                break
            share /= 2
        point = trial
    raise InputError(
        "moments",
        "no distribution on this support was found to have them",
        "Widen the support, drop features that depend on others, or check the moments",
    )
