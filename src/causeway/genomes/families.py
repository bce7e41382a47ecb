"""Families of genes by the words that their promoters share.

Two windows are related if they have many words of k bases in common, in either orientation: by
descent, by repeats, or since they overlap. Genes that are connected so are a family.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

UNKNOWN_WORD = -1
"""Stands for a word with an unknown base."""


def families(
    names: list[str],
    windows: NDArray[np.uint8],
    *,
    k: int = 12,
    shared: float = 0.1,
    commonest: int = 20,
) -> dict[str, str]:
    """Family of each gene, named after its first gene.

    Parameters
    ----------
    names
        Genes.
    windows
        Codes around their starts, shape (genes, W); 4 is an unknown base.
    k
        Bases of a word; at most 15. Words of 12 bases are shared by chance by two random promoters
        of 1 kb with a probability of about 0.1.
    shared
        Least part of the smaller set of words that relatives share.
    commonest
        A word in more genes than this counts only between one of them and the next, not between
        all: large families hang together so, and pairs do not become too many.

    Returns
    -------
    dict
        From gene to family.
    """
    gene, word = distinct_words(windows, k)
    order = np.argsort(word, kind="stable")
    gene, word = gene[order], word[order]
    border = np.concatenate([[True], word[1:] != word[:-1]]) if len(word) else np.zeros(0, bool)
    start = np.flatnonzero(border)
    number = np.diff(np.append(start, len(word)))
    sizes = np.bincount(gene, minlength=len(names))
    one, two = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for count in range(2, min(commonest, int(number.max(initial=0))) + 1):
        groups = gene[start[number == count][:, None] + np.arange(count)]
        left, right = np.triu_indices(count, 1)
        one.append(groups[:, left].reshape(-1))
        two.append(groups[:, right].reshape(-1))
    chained = (word[1:] == word[:-1]) & (np.repeat(number, number)[1:] > commonest)
    one.append(gene[:-1][chained])
    two.append(gene[1:][chained])
    ones, twos = np.concatenate(one), np.concatenate(two)
    pairs = coo_matrix((np.ones(len(ones)), (ones, twos)), shape=(len(names),) * 2).tocsr()
    pairs = pairs + pairs.T
    pairs.sum_duplicates()
    found = pairs.tocoo()
    related = found.data >= shared * np.minimum(sizes[found.row], sizes[found.col])
    graph = coo_matrix(
        (np.ones(int(related.sum())), (found.row[related], found.col[related])), shape=pairs.shape
    )
    label = connected_components(graph, directed=False)[1]
    first: dict[int, str] = {}
    for name, group in zip(names, label.tolist(), strict=True):
        first.setdefault(group, name)
    return {name: first[group] for name, group in zip(names, label.tolist(), strict=True)}


def distinct_words(
    windows: NDArray[np.uint8], k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and words of k bases that occur in them, each once per row and orientation-free."""
    places = windows.shape[1] - k + 1
    forward = np.zeros((len(windows), max(0, places)), dtype=np.int64)
    backward = np.zeros_like(forward)
    known = np.ones(forward.shape, dtype=bool)
    for offset in range(k if places > 0 else 0):
        base = windows[:, offset : offset + places]
        known &= base < 4
        forward = 4 * forward + base
        backward += (3 - base.astype(np.int64)) << (2 * offset)
    words = np.where(known, np.minimum(forward, backward), UNKNOWN_WORD)
    words.sort(axis=1)
    fresh = words != UNKNOWN_WORD
    fresh[:, 1:] &= words[:, 1:] != words[:, :-1]
    row, place = np.nonzero(fresh)
    return row, words[row, place]
