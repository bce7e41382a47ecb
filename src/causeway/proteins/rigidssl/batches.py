"""Which chains meet in a batch, and in which order batches come."""

from collections.abc import Callable, Iterator

import numpy as np
from torch.utils.data import Sampler


class LengthBatches(Sampler[list[tuple[int, int]]]):
    """Batches of chains of similar length, shuffled anew in each epoch.

    Chains are sorted by length, ties in random order, and cut so that
    ``chains * longest ** 2 <= pairs``; then the batches are shuffled. The cuts depend on the
    lengths alone, so all epochs have the same number of batches, and the batch at a position
    depends on the seed and this position alone: not on what was iterated before, nor on the
    number of processes that load.

    Parameters
    ----------
    lengths
        Residues per chain, (n,).
    pairs
        Cap on the residue pairs of a padded batch; a longer chain gets a batch for itself, and
        ``None`` gives every chain a batch.
    seed
        Seed of the shuffles.
    position
        Tells how many batches were consumed in all epochs so far; iteration starts there, also
        in the middle of an epoch.
    rank, ranks
        Number of this process of a distributed run, and of all its processes.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        pairs: int | None,
        *,
        seed: int,
        position: Callable[[], int] = lambda: 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self._lengths = np.asarray(lengths)
        self._cuts = _cuts(np.sort(self._lengths), pairs)
        self._seed = seed
        self._position = position
        self._rank = rank
        self._ranks = ranks

    def __len__(self) -> int:
        """Batches per epoch and rank."""
        return -(-(len(self._cuts) + 1) // self._ranks)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        """Yield the rest of the present epoch as lists of (epoch, chain)."""
        epoch, first = divmod(self._position(), len(self))
        for batch in self.epoch(epoch)[first:]:
            yield [(epoch, int(chain)) for chain in batch]

    def epoch(self, epoch: int) -> list[np.ndarray]:
        """Return the batches of an epoch for this rank; ranks have equally many."""
        random = np.random.default_rng((self._seed, epoch))
        order = np.lexsort((random.random(len(self._lengths)), self._lengths))
        batches = np.split(order, self._cuts)
        shuffled = random.permutation(len(batches))
        shared = np.resize(shuffled, len(self) * self._ranks)
        return [batches[i] for i in shared[self._rank :: self._ranks]]


def _cuts(lengths: np.ndarray, pairs: int | None) -> np.ndarray:
    """Where to cut chains in ascending order of length into batches."""
    if pairs is None:
        return np.arange(1, len(lengths))
    cuts, start = [], 0
    for stop, length in enumerate(lengths.tolist()):
        if stop > start and (stop + 1 - start) * length**2 > pairs:
            cuts.append(stop)
            start = stop
    return np.asarray(cuts, dtype=int)
