"""Units drawn anew, and the intervals that follow; the draws serve many statistics at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causeway.statistics import Interval


def draw_counts(
    strata: ArrayLike, resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """How often each unit is drawn, with replacement and within strata.

    Cases and controls as strata keep both kinds in every resample, and the area under the curve
    defined.

    Parameters
    ----------
    strata
        Stratum of each unit, e.g. person, shape (n,).
    resamples
        Number of draws.
    rng
        Source of randomness.

    Returns
    -------
    ndarray
        Shape (resamples, n); the counts of a stratum add up to its size.
    """
    strata = np.asarray(strata)
    counts = np.empty((resamples, len(strata)))
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        even = np.full(len(members), 1 / len(members))
        counts[:, members] = rng.multinomial(len(members), even, size=resamples)
    return counts


def percentile_interval(
    estimate: float, resampled: ArrayLike, n: int, confidence: float = 0.95
) -> Interval:
    """Interval between percentiles of a resampled statistic (Efron, Ann. Statist. 7:1, 1979).

    Parameters
    ----------
    estimate
        The statistic of the sample itself.
    resampled
        Of each resample, shape (resamples,); undefined ones (NaN) are left out.
    n
        Independent units in the sample.
    confidence
        Coverage of the interval.
    """
    resampled = np.asarray(resampled, dtype=np.float64)
    defined = resampled[~np.isnan(resampled)]
    if not len(defined) or np.isnan(estimate):
        return Interval(float(estimate), float("nan"), float("nan"), n)
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(estimate), float(low), float(high), n)
