"""Bipartite networks at random, in which each node keeps its number of edges."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

TRADES = 5
"""Trades per row between two networks; five are enough to forget the start (ibid.)."""


def shuffled_networks(
    edges: ArrayLike, number: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Networks of the same degrees on both sides, by the Curveball algorithm.

    Two rows at a time trade what only one of them has (Strona et al., Nat. Commun. 5:4114, 2014).
    Successive networks are steps of one chain.

    Parameters
    ----------
    edges
        Mask, shape (rows, columns).
    number
        Networks to draw.
    rng
        Source of randomness.

    Returns
    -------
    ndarray
        Shape (number, rows, columns).
    """
    state = np.array(edges, dtype=bool)
    found = np.empty((number, *state.shape), dtype=bool)
    traders = np.flatnonzero(state.any(axis=1) & ~state.all(axis=1))
    if len(traders) < 2:
        found[:] = state
        return found
    for place in range(number):
        for _ in range(TRADES * len(traders)):
            first, second = rng.choice(traders, 2, replace=False)
            own = np.flatnonzero(state[first] & ~state[second])
            others = np.flatnonzero(state[second] & ~state[first])
            if len(own) and len(others):
                pool = rng.permutation(np.concatenate([own, others]))
                state[first, pool], state[second, pool] = False, False
                state[first, pool[: len(own)]] = True
                state[second, pool[len(own) :]] = True
        found[place] = state
    return found
