"""How much of the held-out chains the training set already holds."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from causeway.proteins.alignment import Pairs, banded, overlap
from causeway.proteins.kmers import Sequences, Words, sampled, word_length, words
from causeway.proteins.splits import TRAIN

COLUMNS = ("id", "split", "nearest", "kmer_identity", "identity", "coverage")
"""Columns of the report, one row per held-out chain: of the ten training chains that share most
words with it, the one that aligns best; the share of its words found there; identity and coverage
(of the shorter chain) of the two in a band around the diagonal of most shared words."""

_CANDIDATES = 10
_SMALL = 2_000_000
_MOST_WORDS = 50_000_000
_BLOCK = 2_000


def leakage(ids: Sequence[str], texts: Sequence[str], splits: Sequence[str]) -> pd.DataFrame:
    """Compare each held-out chain with the training chain nearest to it.

    Parameters
    ----------
    ids, texts, splits
        Name, one-letter codes and split of every chain.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`, the highest identity first. Where no word is shared, `nearest`
        is empty, `kmer_identity` 0 and the other two NaN.
    """
    split = np.asarray(splits)
    held, train = np.flatnonzero(split != TRAIN), np.flatnonzero(split == TRAIN)
    sequences = Sequences.of(texts)
    residues = len(sequences.residues)
    # Short words see distant relatives, but are too many to compare in large sets.
    k = 3 if residues <= _SMALL else word_length(min(residues, _MOST_WORDS))
    found = words(sequences, k)
    if len(found.code) > _MOST_WORDS:
        # The largest sets are compared by the words that a fixed hash picks in all chains alike.
        found = sampled(found, max(_MOST_WORDS // len(sequences), 1))
    query, nearest, share = _candidates(found, held, train, len(sequences))
    pairs = Pairs(
        nearest,
        held[query],
        np.array([_diagonal(found, a, held[b]) for a, b in zip(nearest, query, strict=True)], int),
    )
    score, opposite = banded(sequences, pairs), overlap(sequences, pairs)
    # The best candidate of each held-out chain, and no row where there is none.
    order = np.lexsort((nearest, -share, -score, query))
    best = order[np.unique(query[order], return_index=True)[1]]
    lengths = sequences.lengths
    shorter = np.minimum(lengths[pairs.first], lengths[pairs.second])
    columns = np.zeros((4, len(held)))
    columns[0], columns[2:] = -1, np.nan
    columns[:, query[best]] = (
        nearest[best],
        share[best],
        (score / np.maximum(opposite, 1)).clip(max=1)[best],
        (opposite / np.maximum(shorter, 1))[best],
    )
    partner, words_shared, identity, coverage = columns
    table = pd.DataFrame(
        {
            "id": [ids[row] for row in held.tolist()],
            "split": split[held],
            "nearest": [ids[row] if row >= 0 else "" for row in partner.astype(int)],
            "kmer_identity": words_shared,
            "identity": identity,
            "coverage": coverage,
        }
    )
    return table.sort_values(["identity", "id"], ascending=[False, True], ignore_index=True)


def summary(table: pd.DataFrame, *, identity: float, coverage: float) -> list[str]:
    """Sentences for a reader of the report, one per held-out split."""
    lines = []
    for split, part in table.groupby("split"):
        leaks = (part["identity"] >= identity) & (part["coverage"] >= coverage)
        highest = part.loc[part["coverage"] >= coverage, "identity"].max()
        shown = "none" if np.isnan(highest) else f"{highest:.2f}"
        lines.append(
            f"{split}: {len(part)} chains; {int(leaks.sum())} with a training chain at "
            f"identity >= {identity:g} over >= {coverage:g} of the shorter; highest identity "
            f"there {shown}; mean share of words in the nearest training chain "
            f"{part['kmer_identity'].mean():.3f}"
        )
    return lines


def _candidates(
    found: Words, held: np.ndarray, train: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of `held`, training chains with most of their words, and the share of words."""
    alphabet, code = np.unique(found.code, return_inverse=True)
    table = csr_array(
        (np.ones(len(code), np.int32), (found.owner, code)), shape=(count, len(alphabet))
    )
    table.sum_duplicates()
    table.data[:] = 1
    reference = table[train].T.tocsr()
    parts = [np.zeros((3, 0))]
    for begin in range(0, len(held), _BLOCK):
        block = table[held[begin : begin + _BLOCK]]
        shared = (block @ reference).tocsr()
        for row, (left, right) in enumerate(pairwise(shared.indptr)):
            number, column = shared.data[left:right], shared.indices[left:right]
            best = np.lexsort((column, -number))[:_CANDIDATES]
            share = number[best] / np.diff(block.indptr[row : row + 2])
            parts.append(np.stack((np.full(len(best), begin + row), train[column[best]], share)))
    query, nearest, share = np.concatenate(parts, axis=1)
    return query.astype(int), nearest.astype(int), share


def _diagonal(found: Words, first: int, second: int) -> int:
    """Diagonal on which most of the words shared by two sequences lie."""
    a, b = (
        found[np.arange(*np.searchsorted(found.owner, (which, which + 1)))]
        for which in (first, second)
    )
    i, j = np.nonzero(a.code[:, None] == b.code)
    diagonals, counts = np.unique(a.place[i] - b.place[j], return_counts=True)
    return int(diagonals[counts.argmax()])
