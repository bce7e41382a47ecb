"""How varied sequences of tokens are, and how much of them was seen before."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray


def distinct(rows: NDArray[np.integer], n: int) -> float:
    """Share of n-grams that are different (distinct-n, arXiv:1510.03055).

    Parameters
    ----------
    rows
        Sequences, shape (count, length); n-grams do not reach from one into the next.
    n
        Tokens of an n-gram, at most ``length``.
    """
    grams = _grams(rows, n)
    return len(np.unique(grams)) / len(grams)


def variety(rows: NDArray[np.integer], n: int) -> NDArray[np.float64]:
    """Share of n-grams that are different within each sequence, shape (count,).

    It is 1 minus seq-rep-n of arXiv:1908.04319. Arguments as in :func:`distinct`.
    """
    return np.array([distinct(row[None], n) for row in rows])


def overlap(rows: NDArray[np.integer], reference: NDArray[np.integer], n: int) -> float:
    """Share of the n-grams of sequences that a reference has too.

    Parameters
    ----------
    rows
        Sequences, shape (count, length).
    reference
        Tokens of the reference, shape (tokens,), at least n.
    n
        Tokens of an n-gram.
    """
    known = np.unique(_grams(reference[None], n))
    return float(np.isin(_grams(rows, n), known).mean())


def _grams(rows: NDArray[np.integer], n: int) -> NDArray[np.void]:
    """All n-grams, each as one opaque value."""
    grams = sliding_window_view(rows.astype(np.uint32), n, axis=1).reshape(-1, n)
    return np.ascontiguousarray(grams).view(np.dtype((np.void, 4 * n)))[:, 0]
