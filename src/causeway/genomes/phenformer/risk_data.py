"""People in batches: what their genomes change, and which diseases they have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from causeway.errors import InputError
from causeway.loading import ResumableLoader, reached

FORWARD = 256
"""People of a batch without gradients; it does not change any result."""


class RiskBatch(NamedTuple):
    """Some people.

    ``differences`` (B, G, K) of expression, ``embeddings`` (B, G, channels) or None, and the
    masks ``labels`` and ``known`` (B, D).
    """

    differences: Tensor
    embeddings: Tensor | None
    labels: Tensor
    known: Tensor

    def to(self, device: torch.device) -> "RiskBatch":
        """Return them on a device."""
        return RiskBatch(
            self.differences.to(device),
            None if self.embeddings is None else self.embeddings.to(device),
            self.labels.to(device),
            self.known.to(device),
        )


@dataclass(frozen=True)
class Cohort:
    """All people of a study.

    Arrays may be memory-mapped; a batch is copied when it is asked for.

    Parameters
    ----------
    differences
        Standardised differences of expression, shape (n, G, K).
    labels
        Who has which disease, mask of shape (n, D).
    known
        Of whom this is known, the same shape.
    embeddings
        Standardised differences of embeddings, shape (n, G, channels).
    """

    differences: NDArray[np.floating]
    labels: NDArray[np.bool_]
    known: NDArray[np.bool_]
    embeddings: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        """Check the shapes."""
        people = len(self.differences)
        if self.differences.ndim != 3 or len(self.labels) != people:
            raise ValueError(
                f"differences {self.differences.shape} and labels {self.labels.shape} differ"
            )
        if self.labels.shape != self.known.shape:
            raise ValueError(f"labels {self.labels.shape} and known {self.known.shape} differ")
        if self.embeddings is not None and self.embeddings.shape[:2] != self.differences.shape[:2]:
            raise ValueError(
                f"differences {self.differences.shape} and embeddings "
                f"{self.embeddings.shape} differ"
            )

    def __len__(self) -> int:
        """Number of people."""
        return len(self.differences)

    def batch(self, rows: ArrayLike) -> RiskBatch:
        """Return people by their rows."""
        rows = np.asarray(rows)
        embeddings = None if self.embeddings is None else _floats(self.embeddings[rows])
        return RiskBatch(
            _floats(self.differences[rows]),
            embeddings,
            torch.from_numpy(self.labels[rows]),
            torch.from_numpy(self.known[rows]),
        )


class Shuffled(Sampler[NDArray[np.int_]]):
    """Rows of the batches that are left of the present epoch.

    A batch depends on the seed and on its place alone, so that a training that is resumed in the
    middle of an epoch sees what an undisturbed one sees.

    Parameters
    ----------
    rows
        People to share out, shape (n,).
    batch
        People per batch, all processes together; the last batch may have fewer.
    seed
        Of the shuffles.
    position
        Tells how many batches there were so far, in all epochs.
    rank, ranks
        Number of this process among those that train together, and their number.
    """

    def __init__(
        self,
        rows: ArrayLike,
        batch: int,
        *,
        seed: int,
        position: Callable[[], int] = lambda: 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self._rows = np.asarray(rows)
        self._batch = batch
        self._seed = seed
        self._position = position
        self._rank = rank
        self._ranks = ranks

    def __len__(self) -> int:
        """Batches of an epoch."""
        return -(-len(self._rows) // self._batch)

    def __iter__(self) -> Iterator[NDArray[np.int_]]:
        """Yield what is left of the present epoch."""
        epoch, first = divmod(self._position(), len(self))
        yield from self.epoch(epoch)[first:]

    def epoch(self, epoch: int) -> list[NDArray[np.int_]]:
        """Batches of an epoch for this process."""
        order = np.random.default_rng((self._seed, epoch)).permutation(self._rows)
        cuts = range(self._batch, len(order), self._batch)
        return [part[self._rank :: self._ranks] for part in np.split(order, cuts)]


class RiskData(pl.LightningDataModule):
    """People who train and who validate.

    Every process validates on all validation people: they are few, and all processes have to
    agree on which epoch was best.

    Parameters
    ----------
    cohort
        All people.
    train, valid
        Rows of the people who train and who validate.
    batch
        People per step.
    seed
        Of the shuffles.

    Raises
    ------
    InputError
        If nobody trains, or no disease has cases and controls among those who validate.
    """

    def __init__(
        self, cohort: Cohort, train: ArrayLike, valid: ArrayLike, *, batch: int, seed: int
    ) -> None:
        super().__init__()
        self.cohort = cohort
        self.train, self.valid = np.asarray(train), np.asarray(valid)
        self._batch = batch
        self._seed = seed
        if not len(self.train):
            raise InputError("people", "nobody trains", "Hold out fewer people")
        known, labels = cohort.known[self.valid], cohort.labels[self.valid]
        both = (known & labels).any(axis=0) & (known & ~labels).any(axis=0)
        if not both.any():
            raise InputError(
                "labels",
                f"no disease has cases and controls among {len(self.valid)} validation people",
                "Choose other diseases, or hold out more people",
            )

    def train_dataloader(self) -> DataLoader[RiskBatch]:
        """Return shuffled batches, from the step that the trainer has reached."""
        trainer = self.trainer
        sampler = Shuffled(
            self.train,
            self._batch,
            seed=self._seed,
            position=lambda: reached(self),
            rank=trainer.global_rank if trainer else 0,
            ranks=trainer.world_size if trainer else 1,
        )
        return ResumableLoader(_Rows(self.cohort), batch_size=None, sampler=sampler)

    def val_dataloader(self) -> DataLoader[RiskBatch]:
        """Return all validation people in order."""
        parts = np.split(self.valid, range(FORWARD, len(self.valid), FORWARD))
        return ResumableLoader(_Rows(self.cohort), batch_size=None, sampler=parts)


class _Rows(Dataset[RiskBatch]):
    """Batches by their rows."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort

    def __getitem__(self, rows: NDArray[np.int_]) -> RiskBatch:
        return self._cohort.batch(rows)


def _floats(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
