"""What an attack proves: the area under its curve, and a lower bound on epsilon."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from causeway.errors import InputError
from causeway.statistics import Interval
from causeway.trust.wishart import inputs

THRESHOLDS = 200
"""Thresholds that are tried on the first half of the trials."""


def area(members: ArrayLike, others: ArrayLike, confidence: float = 0.95) -> Interval:
    """Area under the ROC curve with its interval; ties count half.

    The interval solves for the areas from which the estimate is not too far by the variance of
    Hanley and McNeil (Radiology 143:29, 1982), as Newcombe (Statistics in Medicine 25:559, 2006)
    advises: unlike most, it does not collapse at an area of one.

    Parameters
    ----------
    members, others
        Scores, shape (n,) each, greater for members.
    confidence
        Coverage of the interval, inside (0, 1).

    Raises
    ------
    InputError
        If there are no scores, one is NaN, or the confidence is out of range.
    """
    inputs.fraction("confidence", confidence)
    a, b = _scores(members), _scores(others)
    below = np.searchsorted(np.sort(b), a, side="left") + np.searchsorted(np.sort(b), a, "right")
    estimate = float(below.mean() / (2 * len(b)))
    z = stats.norm.isf((1 - confidence) / 2)

    def miss(value: float) -> float:
        return abs(estimate - value) - z * area_error(value, len(a), len(b))

    low = optimize.brentq(miss, 0, estimate - 1e-12) if miss(0) > 0 > miss(estimate - 1e-12) else 0
    above = min(estimate + 1e-12, 1.0)
    high = optimize.brentq(miss, above, 1) if miss(1) > 0 > miss(above) else 1
    return Interval(estimate, min(low, estimate), max(high, estimate), min(len(a), len(b)))


def area_error(value: float, members: int, others: int) -> float:
    """Standard error of an estimated area whose true value is ``value`` (Hanley and McNeil)."""
    spare = (members + others) / 2 - 1
    bracket = 1 + spare * ((1 - value) / (2 - value) + value / (1 + value))
    return float(np.sqrt(max(value * (1 - value) * bracket, 0) / (members * others)))


def epsilon_at_least(
    members: ArrayLike, others: ArrayLike, *, delta: float, confidence: float = 0.95
) -> float:
    """Lower bound on epsilon that an attack proves at ``delta``.

    Every test of an (epsilon, delta)-private release has ``TPR <= e^epsilon FPR + delta``, and
    the same for the opposite decision. The threshold is chosen on the first half of the trials
    and judged on the second, by Clopper and Pearson's bounds on both rates.

    Parameters
    ----------
    members, others
        Scores of independent trials, shape (n,) each with n >= 4, greater for members.
    delta
        In [0, 1).
    confidence
        Probability with which the bound holds.

    Returns
    -------
    float
        Zero if the attack proves nothing.

    Raises
    ------
    InputError
        If there are too few scores, or one is NaN, or a parameter is out of range.
    """
    if not 0 <= delta < 1:
        raise InputError("wishart: delta", f"{delta} is not in [0, 1)", "Give such a number")
    inputs.fraction("confidence", confidence)
    a, b = _scores(members), _scores(others)
    if min(len(a), len(b)) < 4:
        raise InputError("wishart: scores", "fewer than four", "Attack more releases")
    (first_a, second_a), (first_b, second_b) = (np.array_split(x, 2) for x in (a, b))
    pooled = np.concatenate([first_a, first_b])
    thresholds = np.quantile(pooled, np.linspace(0, 1, THRESHOLDS), method="nearest")
    found = []
    for sign in (1, -1):
        hits, false = (first_a, first_b) if sign > 0 else (first_b, first_a)
        tried = _bounds(sign * hits, sign * false, sign * thresholds, delta, confidence)
        best = sign * thresholds[[int(np.argmax(tried))]]
        hits, false = (second_a, second_b) if sign > 0 else (second_b, second_a)
        level = 1 - (1 - confidence) / 2
        found.append(float(_bounds(sign * hits, sign * false, best, delta, level)[0]))
    return max(0.0, *found)


def _bounds(
    hits: np.ndarray, false: np.ndarray, thresholds: np.ndarray, delta: float, confidence: float
) -> np.ndarray:
    """Bound epsilon from below at each threshold of one decision."""
    level = (1 - confidence) / 2
    right = len(hits) - np.searchsorted(np.sort(hits), thresholds, side="left")
    wrong = len(false) - np.searchsorted(np.sort(false), thresholds, side="left")
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.nan_to_num(stats.beta.ppf(level, right, len(hits) - right + 1))
        high = np.nan_to_num(stats.beta.isf(level, wrong + 1, len(false) - wrong), nan=1.0)
        return np.where(low > delta, np.log(np.maximum(low - delta, 1e-300) / high), -np.inf)


def _scores(values: ArrayLike) -> np.ndarray:
    scores = np.asarray(values, float)
    if scores.ndim != 1 or not len(scores) or np.isnan(scores).any():
        raise InputError(
            "wishart: scores", "empty, NaN or not in a row", "Give one number per trial"
        )
    return scores
