"""Windows and what they express, as batches for training."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from causeway.errors import InputError
from causeway.genomes.batches import Rows, ShuffledBatches
from causeway.genomes.store import Genome
from causeway.genomes.windows import Windows
from causeway.loading import ResumableLoader, reached
from causeway.section import Section


class Augmentation(Section):
    """How windows differ from epoch to epoch in training."""

    opposite: float = Field(0.5, ge=0, le=1)
    """Part of the windows that are read on the other strand (Enformer: one half)."""
    shift: int = Field(3, ge=0)
    """Bases by which windows are moved at most, to either side (Enformer: 3)."""


class Batch(NamedTuple):
    """Windows of a batch, as bytes: they become channels on the device, by ``one_hot``."""

    codes: Tensor
    """uint8, shape (n, width)."""
    labels: Tensor
    """float32, shape (n, contexts)."""
    rows: Tensor
    """Places in the table, int64, shape (n,)."""


class BatchSet(Dataset[Batch], ABC):
    """Windows with labels, asked for by batches."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of windows."""

    @abstractmethod
    def __getitem__(self, batch: Rows) -> Batch:
        """Return the windows of a batch."""


class WindowSet(BatchSet):
    """Windows of a genome with labels.

    Parameters
    ----------
    genome
        Where the bases are.
    table
        Windows of one width, a row each.
    labels
        What they express, shape (windows, contexts).
    augmentation
        How they differ from epoch to epoch; None for windows as they are.
    seed
        Seed of the augmentation; shift and strand of a window depend on it, on the epoch and on
        the place in the table alone.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If labels and windows are not equally many, or the windows cannot be read.
    """

    def __init__(
        self,
        genome: Genome,
        table: pd.DataFrame,
        labels: NDArray[np.float32],
        *,
        augmentation: Augmentation | None = None,
        seed: int = 0,
        where: object = "windows",
    ) -> None:
        if len(labels) != len(table):
            raise InputError(
                where, f"{len(table):,} windows have {len(labels):,} labels", "Give one row each"
            )
        self._windows = Windows(genome, table, where=where)
        self._labels = np.ascontiguousarray(labels, dtype=np.float32)
        self._augmentation, self._seed = augmentation, seed
        self._drawn = (-1, np.zeros(0, np.int64), np.zeros(0, np.bool_))

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._windows)

    @property
    def width(self) -> int:
        """Bases of a window."""
        return self._windows.width

    def __getitem__(self, batch: Rows) -> Batch:
        """Return the windows of a batch."""
        epoch, rows = batch
        if self._augmentation is None:
            codes = self._windows.read(rows)
        else:
            shift, flip = self._changes(epoch, self._augmentation)
            codes = self._windows.read(rows, shift=shift[rows], flip=flip[rows])
        return Batch(
            torch.from_numpy(codes),
            torch.from_numpy(self._labels[rows]),
            torch.from_numpy(np.asarray(rows, dtype=np.int64)),
        )

    def _changes(
        self, epoch: int, augmentation: Augmentation
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Shift and strand of all windows in an epoch."""
        if self._drawn[0] != epoch:
            random = np.random.default_rng((self._seed, epoch, 1))
            most = augmentation.shift
            shift = random.integers(-most, most + 1, len(self))
            self._drawn = epoch, shift, random.random(len(self)) < augmentation.opposite
        return self._drawn[1:]


class WindowData(pl.LightningDataModule):
    """Training and validation windows.

    Batches of training depend on seed, epoch and position alone, so a training that is resumed
    in the middle of an epoch sees what an undisturbed one sees. Validation has the windows as
    they are, in the order of the table.

    Parameters
    ----------
    training, validation
        Windows of either kind; without ``validation`` there is none.
    batch
        Windows of a batch.
    seed
        Seed of the shuffles.
    workers
        Processes that load batches; windows are read at memory speed, so 0 is seldom too few.
    """

    def __init__(
        self,
        training: BatchSet,
        validation: BatchSet | None,
        *,
        batch: int,
        seed: int,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.training, self.validation = training, validation
        self._batch, self._seed, self._workers = batch, seed, workers

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return shuffled batches, from the step that the trainer has reached."""
        trainer = self.trainer
        sampler = ShuffledBatches(
            len(self.training),
            self._batch,
            seed=self._seed,
            position=lambda: reached(self),
            rank=trainer.global_rank if trainer else 0,
            ranks=trainer.world_size if trainer else 1,
        )
        return self._loader(self.training, sampler)

    def val_dataloader(self) -> list[DataLoader[Batch]]:
        """Return the same batches in every epoch; none if no window is held out."""
        if self.validation is None:
            return []
        sampler = ShuffledBatches(len(self.validation), self._batch, seed=None)
        return [self._loader(self.validation, sampler)]

    def _loader(self, windows: BatchSet, sampler: ShuffledBatches) -> DataLoader[Batch]:
        return ResumableLoader(
            windows,
            batch_size=None,
            sampler=sampler,
            num_workers=self._workers,
            persistent_workers=self._workers > 0,
            pin_memory=torch.cuda.is_available(),
        )
