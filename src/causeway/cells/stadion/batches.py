"""Cells of one random environment per step, by seed and step alone."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from causeway.loading import RemainingSteps, ResumableLoader


class Batch(NamedTuple):
    """Cells of one environment: states (n, d) and the environment's number."""

    states: Tensor
    environment: int


class Steps(Dataset[list[Batch]]):
    """The batches of each step of a training: one for each replicate.

    Parameters
    ----------
    replicates
        States of each environment, shapes (n_k, d), by the seed of each replicate.
    batch
        Cells per step; an environment with fewer gives all of them.
    """

    def __init__(self, replicates: Mapping[int, Sequence[np.ndarray]], batch: int) -> None:
        self._replicates = {
            seed: [torch.from_numpy(states) for states in environments]
            for seed, environments in replicates.items()
        }
        self._batch = batch

    def __getitem__(self, step: int) -> list[Batch]:
        """Return the batches of a step; each depends on its replicate's seed and the step."""
        return [
            self._one(environments, np.random.default_rng((seed, step)))
            for seed, environments in self._replicates.items()
        ]

    def _one(self, environments: Sequence[Tensor], rng: np.random.Generator) -> Batch:
        environment = int(rng.integers(len(environments)))
        states = environments[environment]
        # The linear estimator pairs the halves, so that the order has to be random too.
        chosen = torch.from_numpy(rng.permutation(len(states))[: self._batch])
        return Batch(states[chosen], environment)


def _as_is(batches: list[Batch]) -> list[Batch]:
    """Keep what the dataset gave."""
    return batches


class StadionData(pl.LightningDataModule):
    """Batches for training; a resumed training sees what an undisturbed one sees.

    Parameters
    ----------
    steps
        The batches of each step.
    steps_per_epoch
        Steps of an epoch.
    """

    def __init__(self, steps: Steps, steps_per_epoch: int) -> None:
        super().__init__()
        self._steps = steps
        self.steps_per_epoch = steps_per_epoch

    def train_dataloader(self) -> DataLoader[list[Batch]]:
        """Return the batches of an epoch, from the step that the trainer has reached."""
        sampler = RemainingSteps(self, self.steps_per_epoch)
        return ResumableLoader(self._steps, batch_size=None, sampler=sampler, collate_fn=_as_is)
