"""Which windows meet in a batch, and in which order batches come."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler


class Rows(NamedTuple):
    """Windows of one batch."""

    epoch: int
    """Pass over the data, which settles their augmentation."""
    rows: NDArray[np.int64]
    """Their places in the table."""


class ShuffledBatches(Sampler[Rows]):
    """Batches of windows, shuffled anew in each epoch.

    The batch at a position depends on the seed and this position alone: not on what was iterated
    before, nor on the number of processes that load.

    Parameters
    ----------
    windows
        How many there are.
    size
        Windows of a batch; the last one of an epoch may have fewer.
    seed
        Seed of the shuffles; None for the order of the table.
    position
        Tells how many batches were consumed in all epochs so far; iteration starts there, also
        in the middle of an epoch.
    rank, ranks
        Number of this process of a distributed run, and of all its processes.
    """

    def __init__(
        self,
        windows: int,
        size: int,
        *,
        seed: int | None,
        position: Callable[[], int] = lambda: 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self._windows, self._size, self._seed = windows, size, seed
        self._position, self._rank, self._ranks = position, rank, ranks

    def __len__(self) -> int:
        """Batches per epoch and rank."""
        return -(-self._windows // (self._size * self._ranks))

    def __iter__(self) -> Iterator[Rows]:
        """Yield the rest of the present epoch."""
        epoch, first = divmod(self._position(), len(self))
        for batch in self.epoch(epoch)[first:]:
            yield Rows(epoch, batch)

    def epoch(self, epoch: int) -> list[NDArray[np.int64]]:
        """Return the batches of an epoch for this rank; ranks have equally many."""
        order = np.arange(self._windows)
        if self._seed is not None:
            order = np.random.default_rng((self._seed, epoch)).permutation(self._windows)
        batches = np.split(order, range(self._size, self._windows, self._size))
        shared = np.resize(np.arange(len(batches)), len(self) * self._ranks)
        return [batches[place] for place in shared[self._rank :: self._ranks]]
