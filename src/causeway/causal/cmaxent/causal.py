"""Merging when the features are the causes of the target: a Gaussian and a logistic regression."""

import numpy as np
from scipy.special import ndtri

from causeway.causal.cmaxent.completion import complete
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.normal import logistic
from causeway.causal.cmaxent.predictor import Predictor
from causeway.errors import InputError

ROOM = 1e-6
"""Relative distance that the association must keep from the largest possible one."""
STEPS = 100
CONVERGED = 1e-18
"""Squared Newton decrement after which one more step reaches rounding."""
SHORTEST = 1e-6
"""Shortest share of a Newton step that is tried."""


def merge_causal(moments: Moments) -> Predictor:
    """Merge with the features as causes: the largest H(X) first, then the largest H(Y | X).

    P(X) is Gaussian, with the largest-determinant completion S of Cov X. P(Y = 1 | x) is
    logistic, with weight 0 for features of unknown Cov(X_j, Y). By Stein's lemma the other
    weights are proportional to inverse(S_kk) c_k, which leaves two unknowns in any dimension:
    mean a and standard deviation s of the logit, the minimum of the convex dual

        E softplus(a + s z) - a pi - s r,   r^2 = c_k . inverse(S_kk) c_k,  z standard normal.

    It has one if r is below the density of the normal distribution at its pi-quantile. Derived
    here; the paper (arXiv:2501.08426) states logistic regression for full moments.

    Parameters
    ----------
    moments
        What is known.

    Returns
    -------
    Predictor
        The logistic regression.

    Raises
    ------
    InputError
        If no covariance has the known entries, or features of that Gaussian distribution cannot
        be associated so strongly with the target.
    """
    covariance = complete(moments.covariance)
    seen = np.isfinite(moments.cross)
    direction = np.zeros(len(seen))
    direction[seen] = np.linalg.solve(covariance[np.ix_(seen, seen)], moments.cross[seen])
    r = float(np.sqrt(max(direction[seen] @ moments.cross[seen], 0.0)))
    a, s = _dual(moments.pi, r)
    weights = direction * (s / r if r else 0.0)
    return Predictor(
        direction="causal",
        intercept=a - float(weights @ moments.mean),
        weights=weights,
        covariance=covariance,
        cross=covariance @ direction,
    )


def largest_association(pi: float) -> float:
    """Largest Cov(z, Y) of a standard normal z with a binary Y of mean ``pi``: that of a step."""
    return float(np.exp(-(ndtri(pi) ** 2) / 2) / np.sqrt(2 * np.pi))


def _dual(pi: float, r: float) -> tuple[float, float]:
    """Mean and standard deviation of the logit, by Newton's method with halved steps."""
    limit = largest_association(pi)
    if r > limit * (1 - ROOM):
        raise InputError(
            "moments",
            f"Gaussian causes cannot have an association of {r:.4g} with the target; the limit "
            f"for pi = {pi:.4g} is {limit:.4g}",
            "Merge in the anticausal direction, or check the moments",
        )
    target = np.array([pi, r])
    point = np.array([np.log(pi / (1 - pi)), 0.0])
    for _ in range(STEPS):
        now = logistic(*point)
        gradient = np.array([now.probability, now.moment]) - target
        step = np.linalg.solve(now.curvature, gradient)
        decrement = gradient @ step
        if decrement < CONVERGED:
            point = point - step
            break
        # The quadrature costs in proportion to s, so that no step may more than double it.
        share = min(1.0, (1 + np.abs(point).max()) / np.abs(step).max())
        value = now.softplus - point @ target
        while share > SHORTEST:
            trial = point - share * step
            if logistic(*trial).softplus - trial @ target <= value - 1e-4 * share * decrement:
                break
            share /= 2
        point = trial
    return float(point[0]), float(point[1])
