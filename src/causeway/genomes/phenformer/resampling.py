"""People drawn anew, and permutations, with what follows from them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causeway.statistics import Interval


def draw_counts(
    strata: ArrayLike, resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """How often each person is drawn, with replacement and within strata.

    Cases and controls as strata keep both kinds in every resample, and the area under the curve
    defined.

    Parameters
    ----------
    strata
        Stratum of each person, shape (n,).
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


def permutation_p(observed: ArrayLike, permuted: ArrayLike) -> NDArray[np.float64]:
    """Share of permutations that reach the observed value, itself counted among them.

    Phipson and Smyth (Stat. Appl. Genet. Mol. Biol. 9:39, 2010): never zero, and valid for any
    number of permutations.

    Parameters
    ----------
    observed
        Shape (...); the larger the more surprising.
    permuted
        Shape (permutations, ...).

    Returns
    -------
    ndarray
        Shape (...); NaN where the observed value is.
    """
    observed, permuted = np.asarray(observed, dtype=float), np.asarray(permuted, dtype=float)
    reached = (permuted >= observed - _rounding(observed)).sum(axis=0)
    return np.where(np.isnan(observed), np.nan, (1 + reached) / (1 + len(permuted)))


def permute_within(
    groups: ArrayLike | None, n: int, permutations: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Orders of ``n`` items in which each place is taken by an item of the same group.

    Parameters
    ----------
    groups
        Group of each item, shape (n,); one group if absent.
    n
        Number of items.
    permutations
        Number of orders.
    rng
        Source of randomness.

    Returns
    -------
    ndarray
        Shape (permutations, n).
    """
    orders = np.empty((permutations, n), dtype=np.intp)
    for members in _members(groups, n):
        shuffled = rng.permuted(np.broadcast_to(members, (permutations, len(members))), axis=1)
        orders[:, members] = shuffled
    return orders


def _members(groups: ArrayLike | None, n: int) -> Sequence[NDArray[np.intp]]:
    if groups is None:
        return [np.arange(n)]
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise ValueError(f"{n} items need as many groups, not shape {groups.shape}")
    return [np.flatnonzero(groups == group) for group in np.unique(groups)]


def _rounding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Room for sums that were added in another order."""
    return np.abs(values) * 1e-12
