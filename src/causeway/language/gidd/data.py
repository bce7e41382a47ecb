"""Batches of training and validation for both kinds of model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from causeway.errors import InputError
from causeway.language.gidd.corruption import Batch, corrupt, measured
from causeway.language.gidd.making import process
from causeway.language.gidd.settings import Corruption, Plan, Training
from causeway.language.packing import Sequences, drawn
from causeway.loading import RemainingSteps, ResumableLoader

VALIDATION_SEED = 0
"""Of the noise of validation, the same for all runs."""

Maker = Callable[[NDArray[np.int64], np.random.Generator], Any]


class TokenData(pl.LightningDataModule):
    """Sequences of a file, made into batches.

    A batch depends on seed and step alone.

    Parameters
    ----------
    train
        Training sequences.
    batch
        Sequences per step, over all processes.
    seed
        Of the order of sequences and of what is drawn for them.
    steps_per_epoch
        Steps between measurements.
    make
        Makes a batch of clean sequences (B, T), with a source of random numbers.
    valid
        Batches of validation.
    """

    def __init__(
        self,
        train: Sequences,
        batch: int,
        seed: int,
        steps_per_epoch: int,
        make: Maker,
        valid: list[Any],
    ) -> None:
        super().__init__()
        self._train, self._valid = train, valid
        self._batch, self._seed, self._make = batch, seed, make
        self._steps = steps_per_epoch

    def at(self, step: int) -> Any:
        """Batch of a step, or the part of it that is this process's."""
        rank, ranks = self._rank()
        numbers = drawn(len(self._train), self._batch, step, self._seed)[rank::ranks]
        generator = np.random.default_rng((self._seed, step, rank))
        return self._make(self._train.rows(numbers), generator)

    def train_dataloader(self) -> DataLoader[Any]:
        """Return batches of the steps that are left in the epoch."""
        ranks = self._rank()[1]
        if self._batch % ranks:
            raise InputError(
                "batch",
                f"{self._batch} sequences do not share out among {ranks} processes",
                "Choose a multiple",
            )
        sampler = RemainingSteps(self, self._steps)
        return ResumableLoader(_Steps(self), batch_size=None, sampler=sampler)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the batches of validation, or this process's share of them."""
        rank, ranks = self._rank()
        return DataLoader(_Listed(self._valid[rank::ranks]), batch_size=None)

    def _rank(self) -> tuple[int, int]:
        trainer = self.trainer
        return (trainer.global_rank, trainer.world_size) if trainer else (0, 1)


def diffusion_data(
    train: Sequences, valid: Sequences, plan: Plan, training: Training, corruption: Corruption
) -> TokenData:
    """Noised sequences."""
    vocabulary = train.description.vocabulary
    noise = process(plan.noise)

    def make(tokens: NDArray[np.int64], generator: np.random.Generator) -> Batch:
        return corrupt(tokens, noise, vocabulary, corruption, generator)

    batches = measured(
        valid.spread(training.validation),
        noise,
        vocabulary,
        training.validation_batch,
        VALIDATION_SEED,
    )
    return TokenData(train, plan.batch, plan.seed, plan.steps_per_epoch, make, batches)


def twin_data(train: Sequences, valid: Sequences, plan: Plan, training: Training) -> TokenData:
    """Clean sequences, for the autoregressive twin."""

    def make(tokens: NDArray[np.int64], generator: np.random.Generator) -> Tensor:
        del generator
        return torch.from_numpy(tokens)

    rows = torch.from_numpy(valid.spread(training.validation))
    batches = list(rows.split(training.validation_batch))
    return TokenData(train, plan.batch, plan.seed, plan.steps_per_epoch, make, batches)


class _Steps(Dataset[Any]):
    """Batches by step."""

    def __init__(self, data: TokenData) -> None:
        self._data = data

    def __getitem__(self, step: int) -> Any:
        return self._data.at(step)


class _Listed(Dataset[Any]):
    """Batches that are there already."""

    def __init__(self, batches: Sequence[Any]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, place: int) -> Any:
        return self._batches[place]
