"""Differences of expression in units of their spread over the training people.

What varies between people is tiny beside what varies between genes. Without this step the second
stage would see constants.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROWS = 256
"""People that are read at once."""


class Standard(NamedTuple):
    """Mean and spread of each gene and context over the training people.

    Both have the shape of one person, e.g. (genes, contexts). A spread of zero marks what does
    not vary; it becomes zero for everybody.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]

    @classmethod
    def of(cls, differences: ArrayLike) -> Self:
        """Measure training people, shape (people, ...), in two passes over blocks of them.

        Raises
        ------
        ValueError
            If there is nobody, or a value is not finite.
        """
        differences = np.asanyarray(differences)
        if not len(differences):
            raise ValueError("a standard needs people")
        shape = differences.shape[1:]
        total, squares = np.zeros(shape), np.zeros(shape)
        low, high = np.full(shape, np.inf), np.full(shape, -np.inf)
        for block in _blocks(differences):
            total += block.sum(axis=0, dtype=np.float64)
            low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
        mean = total / len(differences)
        if not np.isfinite(mean).all():
            raise ValueError("some differences are not finite")
        for block in _blocks(differences):
            squares += np.square(block - mean).sum(axis=0)
        # A constant has a spread of rounding errors, not of zero.
        spread = np.where(high > low, np.sqrt(squares / len(differences)), 0.0)
        return cls(mean.astype(np.float32), spread.astype(np.float32))

    def apply(self, differences: ArrayLike) -> NDArray[np.float32]:
        """Standardise people, shape (people, ...)."""
        centred = np.asarray(differences) - self.mean
        return np.divide(
            centred, self.spread, out=np.zeros(centred.shape, np.float32), where=self.spread > 0
        )


def _blocks(differences: NDArray[np.floating]):
    return (differences[start : start + ROWS] for start in range(0, len(differences), ROWS))
