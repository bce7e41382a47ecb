"""Labels exchanged at random, and the p-values that follow."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
