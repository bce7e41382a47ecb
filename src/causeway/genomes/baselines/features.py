"""Counts of words in sequences."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.sequence import UNKNOWN

Codes = NDArray[np.uint8]

_BATCH = 1 << 22
"""Bases of which words are numbered at once, so that temporary arrays stay below 100 MB."""


def word_counts(windows: Codes, k: int, bins: int = 1) -> NDArray[np.float32]:
    """Count the words of length k that overlap in each window.

    Parameters
    ----------
    windows
        Codes, shape (n, W). Words with an unknown base are not counted.
    k
        Length of words.
    bins
        Equal parts of a window that are counted apart; a word belongs where it starts.

    Returns
    -------
    (n, bins 4^k) array
        Bins first, then words in the order of their letters.
    """
    n, length = windows.shape
    starts = length - k + 1
    if starts < 1:
        raise ValueError(f"windows of {length} bases hold no word of {k}")
    size = bins * 4**k
    place = np.arange(starts, dtype=np.int64) * bins // starts * 4**k
    counts = np.empty((n, size), dtype=np.float32)
    step = max(1, _BATCH // max(length, size))
    for first in range(0, n, step):
        part = windows[first : first + step]
        rows = np.arange(len(part))[:, None] * size
        numbers, known = _words(part, k)
        flat = (numbers + place + rows)[known]
        counts[first : first + step] = np.bincount(flat, minlength=len(part) * size).reshape(
            -1, size
        )
    return counts


def collapsed(counts: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Add the counts of words that are each other's reverse complement.

    Parameters
    ----------
    counts
        Shape (n, 4^k), see :func:`word_counts`.
    k
        Length of words.

    Returns
    -------
    (n, words) array
        Columns are the words that stand first in their pair, in the order of their letters.
    """
    words = np.arange(4**k)
    digits = words[:, None] // 4 ** np.arange(k) % 4  # last letter first
    mirrored = (3 - digits) @ 4 ** np.arange(k)[::-1]
    first = words[words <= mirrored]
    other = mirrored[first]
    return counts[:, first] + np.where(other == first, 0, counts[:, other]).astype(np.float32)


def codon_shares(coding: Sequence[Codes]) -> NDArray[np.float64]:
    """Share of each codon in coding sequences.

    Parameters
    ----------
    coding
        Codes of each sequence from its start codon on; bases after the last whole codon and codons
        with an unknown base do not count.

    Returns
    -------
    (n, 64) array
        Zero for a sequence without a codon.
    """
    lengths = np.array([len(one) // 3 for one in coding])
    counts = np.zeros((len(coding), 64), dtype=np.int64)
    if lengths.sum():
        joined = np.concatenate(
            [np.asarray(one)[: 3 * length] for one, length in zip(coding, lengths, strict=True)]
        ).reshape(-1, 3)
        known = (joined < UNKNOWN).all(axis=1)
        gene = np.repeat(np.arange(len(coding)), lengths)
        number = 64 * gene + joined.astype(np.int64) @ [16, 4, 1]
        counts = np.bincount(number[known], minlength=counts.size).reshape(counts.shape)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def composition(windows: Codes) -> NDArray[np.float64]:
    """Share of G and C, and observed over expected CpG, of windows (n, W): shape (n, 2).

    The expected number is that of independent neighbours, C times G over the length (Gardiner-
    Garden and Frommer, J. Mol. Biol. 196:261, 1987). Without any C or G it is left at zero.
    """
    c, g, known = ((windows == 1).sum(1), (windows == 2).sum(1), (windows < UNKNOWN).sum(1))
    pairs = ((windows[:, :-1] == 1) & (windows[:, 1:] == 2)).sum(axis=1)
    share = (c + g) / np.maximum(known, 1)
    return np.stack([share, pairs * known / np.maximum(c * g, 1)], axis=1)


def _words(windows: Codes, k: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the number of the word at each start, and whether all its bases are known."""
    starts = windows.shape[1] - k + 1
    numbers = np.zeros((len(windows), starts), dtype=np.int32 if k < 16 else np.int64)
    known = np.ones((len(windows), starts), dtype=bool)
    for place in range(k):
        letter = windows[:, place : place + starts]
        numbers *= 4
        numbers += letter
        known &= letter < UNKNOWN
    return numbers, known
