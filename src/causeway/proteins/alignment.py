"""Identity of many pairs of sequences at once, along a diagonal or in a band around it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from causeway.proteins.kmers import GAP, Sequences

_CHUNK = 1 << 22
_BAND = 16
_UNKNOWN = GAP - 1


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of sequences and a diagonal of each: place in first minus place in second, int64."""

    first: np.ndarray
    second: np.ndarray
    diagonal: np.ndarray

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.first)

    def __getitem__(self, rows: np.ndarray | slice) -> "Pairs":
        return Pairs(self.first[rows], self.second[rows], self.diagonal[rows])


def overlap(sequences: Sequences, pairs: Pairs) -> np.ndarray:
    """Residues of both sequences that lie opposite to each other on the diagonal, int64 (n,)."""
    lengths = sequences.lengths
    begin = np.maximum(pairs.diagonal, 0)
    end = np.minimum(lengths[pairs.first], lengths[pairs.second] + pairs.diagonal)
    return np.maximum(end - begin, 0)


def ungapped(sequences: Sequences, pairs: Pairs) -> np.ndarray:
    """Equal residues on the diagonal, int64 (n,); X equals nothing."""
    matches = np.zeros(len(pairs), np.int64)
    length = overlap(sequences, pairs)
    first = sequences.starts[pairs.first] + np.maximum(pairs.diagonal, 0)
    second = sequences.starts[pairs.second] + np.maximum(-pairs.diagonal, 0)
    residues = sequences.residues
    for rows in _chunks(length):
        size = length[rows]
        ends = np.cumsum(size)
        step = np.arange(ends[-1]) - np.repeat(ends - size, size)
        a = residues[np.repeat(first[rows], size) + step]
        b = residues[np.repeat(second[rows], size) + step]
        total = np.concatenate(([0], np.cumsum((a == b) & (a != _UNKNOWN))))
        matches[rows] = total[ends] - total[ends - size]
    return matches


def banded(sequences: Sequences, pairs: Pairs) -> np.ndarray:
    """Best number of equal residues minus gaps, int64 (n,), within 16 places of the diagonal.

    Gaps at the ends are free. All pairs of a chunk advance together by one residue of the second
    sequence; a step within the row of the table is a running maximum.
    """
    score = np.zeros(len(pairs), np.int64)
    lengths = sequences.lengths[pairs.second]
    order = np.argsort(lengths, kind="stable")
    for rows in _chunks(lengths[order] * (2 * _BAND + 1)):
        chosen = order[rows]
        score[chosen] = _banded(sequences, pairs[chosen])
    return score


def _banded(sequences: Sequences, pairs: Pairs) -> np.ndarray:
    longest = int(sequences.lengths[pairs.second].max(initial=0))
    places = np.arange(longest + 2 * _BAND)
    window = _padded(sequences, pairs.first, pairs.diagonal[:, None] + places - _BAND, GAP)
    query = _padded(sequences, pairs.second, np.arange(longest)[None], GAP + 1)
    query[query == _UNKNOWN] = GAP + 1
    offset = np.arange(2 * _BAND + 1, dtype=np.int32)
    score = np.zeros((len(pairs), len(offset)), np.int32)
    for place in range(longest):
        # Offset o is the residue place + diagonal + o - 16 of the first sequence.
        row = score + (window[:, place : place + len(offset)] == query[:, place, None])
        row[:, :-1] = np.maximum(row[:, :-1], score[:, 1:] - 1)
        score = np.maximum.accumulate(row + offset, axis=1) - offset
    return score.max(1)


def _padded(sequences: Sequences, which: np.ndarray, place: np.ndarray, blank: int) -> np.ndarray:
    """Residues at places of each sequence, uint8, blank outside of it."""
    inside = (place >= 0) & (place < sequences.lengths[which][:, None])
    index = (sequences.starts[which][:, None] + place).clip(0, len(sequences.residues) - 1)
    return np.where(inside, sequences.residues[index], np.uint8(blank))


def _chunks(sizes: np.ndarray) -> list[slice]:
    """Runs of pairs with about the same total size."""
    group = np.cumsum(sizes) // _CHUNK
    cuts = np.flatnonzero(np.diff(group)) + 1
    bounds = [0, *cuts.tolist(), len(sizes)]
    return [slice(a, b) for a, b in pairwise(bounds) if b > a]
