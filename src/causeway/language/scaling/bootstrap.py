"""Bootstrap over runs, as weights of rows.

Resampling the vertices of a handful of budgets gives intervals that are too narrow, and
resampling readings takes those of one run for independent. So runs are drawn, each with all its
readings, and a resample is told to a fit by how often each row was drawn.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from causeway.statistics import Interval

MOST_FAILED = 0.5
"""Share of resamples without a value above which the ends of an interval are unknown [ours]."""


def resample(
    clusters: ArrayLike, resamples: int, seed: int, strata: ArrayLike | None = None
) -> np.ndarray:
    """Draw clusters with replacement and count how often each row was drawn.

    Parameters
    ----------
    clusters
        Shape (n,), name of the run of each row.
    resamples
        Number R of resamples.
    seed
        Makes them repeatable.
    strata
        Shape (n,), groups of runs of which the numbers stay the same, e.g. noise types.

    Returns
    -------
    weights
        Shape (1 + R, n); row 0 is the table itself, all ones.
    """
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    _, stratum = np.unique(
        np.zeros(len(cluster)) if strata is None else np.asarray(strata), return_inverse=True
    )
    rng = np.random.default_rng(seed)
    weights = np.ones((1 + resamples, len(cluster)))
    for number in range(stratum.max() + 1):
        rows = np.flatnonzero(stratum == number)
        drawn, place = np.unique(cluster[rows], return_inverse=True)
        share = np.full(len(drawn), 1 / len(drawn))
        weights[1:, rows] = rng.multinomial(len(drawn), share, size=resamples)[:, place]
    return weights


def percentiles(samples: np.ndarray, n: int, confidence: float = 0.95) -> Interval:
    """Estimate with its percentile interval (Efron, Canadian Journal of Statistics 9:139, 1981).

    Parameters
    ----------
    samples
        Shape (1 + R,): the estimate, then its values in resamples; NaN where there was none.
    n
        Number of independent runs.
    confidence
        Coverage of the interval.
    """
    estimate, drawn = float(samples[0]), samples[1:]
    if not drawn.size or not math.isfinite(estimate) or failed(samples) > MOST_FAILED:
        return Interval(estimate, math.nan, math.nan, n)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(drawn[np.isfinite(drawn)], tails)
    return Interval(estimate, float(low), float(high), n)


def failed(samples: np.ndarray) -> float:
    """Share of resamples that have no value."""
    return float(np.mean(~np.isfinite(samples[1:]))) if len(samples) > 1 else 0.0
