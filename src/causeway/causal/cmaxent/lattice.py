"""CMAXENT on a lattice of feature values: both directions by the generic solver.

Slow and bound to few features, but it knows neither Gaussians nor Stein's lemma: the reference
that the closed forms are judged against.
"""

from typing import NamedTuple

import numpy as np

from causeway.causal.cmaxent.maxent import Solution, conditional_maxent
from causeway.causal.cmaxent.moments import Moments

REACH = 8.0
"""Half the width of the lattice in standard deviations."""


class Problem(NamedTuple):
    """What :func:`~causeway.causal.cmaxent.maxent.conditional_maxent` solves."""

    base: np.ndarray
    """Shape (C,): distribution of the cause."""
    features: np.ndarray
    """Shape (C, E, K)."""
    targets: np.ndarray
    """Shape (K,): their moments."""


def lattice(moments: Moments, nodes: int) -> np.ndarray:
    """Points of a product grid about the means; shape (nodes ** d, d)."""
    deviation = np.sqrt(np.diagonal(moments.covariance))
    axis = np.linspace(-REACH, REACH, nodes)
    axes = [centre + scale * axis for centre, scale in zip(moments.mean, deviation, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(deviation))


def cause_problem(points: np.ndarray, moments: Moments) -> Problem:
    """First problem of the causal direction, for P(X): base, features and targets."""
    features, targets = _alone(points, moments)
    return Problem(np.ones(1), features[None], targets)


def effect_problem(points: np.ndarray, distribution: np.ndarray, moments: Moments) -> Problem:
    """Second problem of the causal direction, for P(Y | X) with P(X) fixed."""
    features, targets = _with_target(points, moments)
    features = np.column_stack([np.ones(len(points)), features])
    both = np.stack([np.zeros_like(features), features], axis=1)
    return Problem(distribution, both, np.array([moments.pi, *targets]))


def anticausal_problem(points: np.ndarray, moments: Moments) -> Problem:
    """The anticausal direction's problem, for P(X | Y) with P(Y) fixed."""
    alone, known = _alone(points, moments)
    crossed, expected = _with_target(points, moments)
    features = [np.hstack([alone, y * crossed]) for y in (0, 1)]
    prior = np.array([1 - moments.pi, moments.pi])
    return Problem(prior, np.stack(features), np.r_[known, expected])


def causal_logit(points: np.ndarray, moments: Moments) -> np.ndarray:
    """Logit of the causal solution as multipliers ``(intercept, weights)``; shape (d + 1,)."""
    causes = conditional_maxent(*cause_problem(points, moments))
    effects = conditional_maxent(*effect_problem(points, causes.probability[0], moments))
    return _spread(effects.multipliers[0], effects.multipliers[1:], moments)


def anticausal_logit(points: np.ndarray, moments: Moments) -> np.ndarray:
    """Logit of the anticausal solution as multipliers ``(intercept, weights)``."""
    found = conditional_maxent(*anticausal_problem(points, moments))
    crossed = int(np.isfinite(moments.cross).sum())
    weights = found.multipliers[len(found.multipliers) - crossed :]
    spread = _spread(0.0, weights, moments)
    return spread + _intercept(found, points, spread[1:], moments.pi) * np.eye(len(spread))[0]


def _intercept(found: Solution, points: np.ndarray, weights: np.ndarray, pi: float) -> float:
    """What Bayes' rule leaves besides the weights, read off where both densities are known."""
    place = int(found.probability.min(axis=0).argmax())
    odds = np.log(found.probability[1, place] / found.probability[0, place])
    return float(np.log(pi / (1 - pi)) + odds - weights @ points[place])


def _alone(points: np.ndarray, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Means and known second moments of the features alone."""
    rows, columns = np.nonzero(np.triu(np.isfinite(moments.covariance)))
    second = moments.covariance + np.outer(moments.mean, moments.mean)
    features = np.hstack([points, points[:, rows] * points[:, columns]])
    return features, np.r_[moments.mean, second[rows, columns]]


def _with_target(points: np.ndarray, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Known second moments of features with the target; the target itself is left out."""
    seen = np.isfinite(moments.cross)
    return points[:, seen], (moments.cross + moments.pi * moments.mean)[seen]


def _spread(intercept: float, weights: np.ndarray, moments: Moments) -> np.ndarray:
    full = np.zeros(len(moments.mean) + 1)
    full[0] = intercept
    full[1:][np.isfinite(moments.cross)] = weights
    return full
