"""Intervals for the estimates that claims are judged by.

All intervals are two-sided with 95 % confidence unless told otherwise. ``n`` always counts
independent units: seeds, chains, patients; never correlated ones such as residues of one chain.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class Interval(NamedTuple):
    """An estimate with its confidence interval; ``low`` and ``high`` are NaN where unknown."""

    estimate: float
    low: float
    high: float
    n: int


def t_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Mean of independent values with Student's t interval ("Student", Biometrika 6:1, 1908).

    Parameters
    ----------
    values
        Shape (n,). A single value gives an interval with unknown ends.
    confidence
        Coverage of the interval.

    Raises
    ------
    ValueError
        If there are no values.
    """
    values = _vector(values)
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean, math.nan, math.nan, len(values))
    error = float(stats.sem(values))
    half = error * float(stats.t.ppf((1 + confidence) / 2, len(values) - 1))
    return Interval(mean, mean - half, mean + half, len(values))


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval:
    """Mean of ``a - b`` with Student's t interval over the pairs.

    Parameters
    ----------
    a, b
        Shape (n,) each; entry i of both comes from the same unit, e.g. the same seed.
    confidence
        Coverage of the interval.
    """
    a, b = _vector(a), _vector(b)
    if len(a) != len(b):
        raise ValueError(f"{len(a)} values cannot be paired with {len(b)}")
    return t_interval(a - b, confidence)


def unpaired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> Interval:
    """Difference of the means of two independent groups with unequal variances.

    Interval of B. L. Welch (Biometrika 34:28, 1947) with Satterthwaite's degrees of freedom;
    ``n`` is the size of the smaller group.
    """
    a, b = _vector(a), _vector(b)
    difference, n = float(a.mean() - b.mean()), min(len(a), len(b))
    if n < 2:
        return Interval(difference, math.nan, math.nan, n)
    if np.ptp(a) == 0 and np.ptp(b) == 0:
        return Interval(difference, difference, difference, n)
    found = stats.ttest_ind(a, b, equal_var=False).confidence_interval(confidence)
    return Interval(difference, float(found.low), float(found.high), n)


def difference_of_intervals(a: Interval, b: Interval) -> Interval:
    """Difference of two estimates of which only the intervals are known ("square and add").

    Exact coverage is not promised; it is the method of variance estimates recovery of Zou and
    Donner (Statistics in Medicine 27:1693, 2008), eq. 5, for independent estimates. For
    positively correlated ones (the same test units) the interval is too wide, never too narrow.
    """
    difference = a.estimate - b.estimate
    below = math.hypot(a.estimate - a.low, b.high - b.estimate)
    above = math.hypot(a.high - a.estimate, b.estimate - b.low)
    return Interval(difference, difference - below, difference + above, min(a.n, b.n))


def bootstrap_interval(
    *samples: ArrayLike,
    seed: int,
    statistic: Callable[..., Any] = np.mean,
    confidence: float = 0.95,
    resamples: int = 9999,
) -> Interval:
    """Any statistic of independent units with its bias-corrected accelerated bootstrap interval.

    Efron (JASA 82:171, 1987), as ``scipy.stats.bootstrap``.

    Parameters
    ----------
    samples
        Shape (n,) each; entry i of all comes from the same unit, and units are resampled whole.
        What was measured many times in a unit has to be averaged first.
    seed
        Makes the interval repeatable.
    statistic
        Function of the samples and the keyword ``axis``, on which the units lie.
    confidence
        Coverage of the interval.
    resamples
        Bootstrap samples.
    """
    vectors = [_vector(sample) for sample in samples]
    n = len(vectors[0])
    if any(len(vector) != n for vector in vectors):
        raise ValueError("all samples need one value per unit")
    estimate = float(statistic(*vectors, axis=0))
    if n < 2:
        return Interval(estimate, math.nan, math.nan, n)
    if all(np.ptp(vector) == 0 for vector in vectors):
        return Interval(estimate, estimate, estimate, n)
    found = stats.bootstrap(
        vectors,
        statistic,
        paired=True,
        vectorized=True,
        confidence_level=confidence,
        n_resamples=resamples,
        rng=np.random.default_rng(seed),
        batch=max(1, 10**7 // n),
    ).confidence_interval
    return Interval(estimate, float(found.low), float(found.high), n)


def share_interval(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Share of independent units with its exact interval.

    Clopper and Pearson (Biometrika 26:404, 1934), which never promises too much; NaN of no units.
    """
    if not n:
        return Interval(math.nan, math.nan, math.nan, 0)
    found = stats.binomtest(hits, n).proportion_ci(confidence, method="exact")
    return Interval(hits / n, float(found.low), float(found.high), n)


def slope_interval(x: ArrayLike, y: ArrayLike, confidence: float = 0.95) -> Interval:
    """Slope of the least-squares line through points, with its t interval on n - 2 degrees.

    Parameters
    ----------
    x, y
        Shape (n,) each; two points give a slope without an interval.
    confidence
        Coverage of the interval.
    """
    x, y = _vector(x), _vector(y)
    n = len(x)
    if n < 2 or len(y) != n or np.ptp(x) == 0:
        raise ValueError("a slope needs two points with different x")
    line = stats.linregress(x, y)
    if n == 2:
        return Interval(float(line.slope), math.nan, math.nan, n)
    half = float(line.stderr * stats.t.ppf((1 + confidence) / 2, n - 2))
    return Interval(float(line.slope), line.slope - half, line.slope + half, n)


def _vector(values: ArrayLike) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"one or more values in a row are needed, not shape {values.shape}")
    return values
