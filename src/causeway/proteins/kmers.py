"""Short words of protein sequences, as integers in flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from causeway.proteins.residues import LETTERS

GAP = len(LETTERS)
"""Code that is no residue and equals none."""

_CODES = np.full(256, LETTERS.index("X"), np.uint8)
_CODES[np.frombuffer(LETTERS.encode(), np.uint8)] = np.arange(len(LETTERS), dtype=np.uint8)
_ALPHABET = LETTERS.index("X")


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences laid end to end: residue codes, uint8, and the start of each and of the end."""

    residues: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Sequences":
        """Lay out one-letter codes; letters outside the twenty become X."""
        starts = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(text) for text in texts], out=starts[1:])
        letters = np.frombuffer("".join(texts).encode("ascii", "replace"), np.uint8)
        return cls(_CODES[letters], starts)

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Residues of each sequence, int64."""
        return np.diff(self.starts)


@dataclass(frozen=True, eq=False)
class Words:
    """Words of k residues: their code, sequence and place in it, int64 each."""

    code: np.ndarray
    owner: np.ndarray
    place: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Words":
        return Words(self.code[rows], self.owner[rows], self.place[rows])


def words(sequences: Sequences, k: int) -> Words:
    """All words of k residues without X, in the order of the sequences."""
    residues, starts = sequences.residues, sequences.starts
    count = max(len(residues) - k + 1, 0)
    code = np.zeros(count, np.int64)
    known = np.ones(count, bool)
    for offset in range(k):
        part = residues[offset : offset + count]
        code = code * _ALPHABET + part
        known &= part < _ALPHABET
    owner = np.repeat(np.arange(len(sequences)), sequences.lengths)[:count]
    place = np.arange(count) - starts[owner]
    known &= place + k <= sequences.lengths[owner]
    rows = np.flatnonzero(known)
    return Words(code[rows], owner[rows], place[rows])


def sampled(found: Words, most: int) -> Words:
    """At most `most` words of each sequence: those that a fixed hash puts first.

    As the hash is of the word alone, related sequences keep the same words.
    """
    hashed = _hash(found.code)
    order = np.lexsort((found.place, hashed, found.owner))
    owner = found.owner[order]
    first = np.searchsorted(owner, owner)
    return found[order[np.arange(len(owner)) - first < most]]


def word_length(words_wanted: int) -> int:
    """Least k, from 4, for which there are more possible words, 20^k, than words wanted."""
    k = 4
    while _ALPHABET**k < words_wanted:
        k += 1
    return k


def _hash(code: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele et al. 2014), uint64."""
    x = code.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
