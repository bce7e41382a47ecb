"""Sequences of one length from a long row of tokens, and their order in training."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.language import token_files


class Sequences:
    """Tokens cut into sequences of one length; the rest at the end is left out.

    Documents follow each other, so that a sequence may hold several, and parts.

    Parameters
    ----------
    path
        File of tokens, see :mod:`causeway.language.token_files`.
    length
        Tokens of a sequence.

    Attributes
    ----------
    tokens
        All tokens, those at the end too.

    Raises
    ------
    InputError
        If there are fewer tokens than one sequence has.
    """

    def __init__(self, path: Path, length: int) -> None:
        self.tokens, self.description = token_files.read(path)
        self.length = length
        self._count = len(self.tokens) // length
        if not self._count:
            raise InputError(
                path,
                f"{len(self.tokens)} tokens are fewer than one sequence of {length}",
                "Choose shorter sequences or a larger corpus",
            )

    def __len__(self) -> int:
        """Number of sequences."""
        return self._count

    def rows(self, numbers: NDArray[np.integer]) -> NDArray[np.int64]:
        """Sequences by their numbers, shape (numbers, length).

        Raises
        ------
        InputError
            If a token lies beyond the vocabulary, as in a damaged file.
        """
        used = self.tokens[: self._count * self.length].reshape(self._count, self.length)
        rows = used[numbers].astype(np.int64)
        if rows.max() >= self.description.vocabulary:
            raise InputError(
                getattr(self.tokens, "filename", "tokens"),
                f"token {rows.max()} lies beyond its vocabulary of {self.description.vocabulary}",
                token_files.AGAIN,
            )
        return rows

    def spread(self, count: int) -> NDArray[np.int64]:
        """Sequences spread evenly over the file, all if there are no more than ``count``."""
        number = min(count, len(self))
        return self.rows(np.linspace(0, len(self) - 1, number).round().astype(np.int64))


def drawn(sequences: int, batch: int, step: int, seed: int) -> NDArray[np.int64]:
    """Numbers of the sequences of a step: one shuffled pass over all after the other.

    Depends on seed and step alone, so that a resumed training sees what is left.

    Parameters
    ----------
    sequences
        How many there are.
    batch
        Sequences of a step; it may reach into the next pass.
    step
        Number of the step, from 0.
    seed
        Seed of the shuffles.
    """
    places = np.arange(step * batch, (step + 1) * batch)
    passes, rows = np.divmod(places, sequences)
    parts = [_shuffled(sequences, seed, int(n))[rows[passes == n]] for n in np.unique(passes)]
    return np.concatenate(parts)


@lru_cache(maxsize=2)
def _shuffled(sequences: int, seed: int, number: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, number)).permutation(sequences)
