"""All training contexts as the one batch of every step."""

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset

from causeway.cells.gim.contexts import Context, Screen
from causeway.cells.gim.mechanisms import Cells, gather
from causeway.cells.gim.model import Batch
from causeway.cells.gim.standard import Units
from causeway.loading import RemainingSteps, ResumableLoader


def batch_of(screen: Screen, contexts: list[Context], units: Units) -> Batch:
    """Controls and contexts of a screen in the units of the model."""
    groups = [screen.control, *(screen.cells(context) for context in contexts)]
    states = units.states(np.concatenate(groups))
    return Batch(
        gather(torch.from_numpy(states), torch.tensor([len(group) for group in groups])),
        torch.from_numpy(units.features(screen.features(contexts))),
    )


def stacked(batches: list[Batch]) -> Batch:
    """Batches of several seeds, of one size, along a new first axis."""
    cells = Cells(*map(torch.stack, zip(*(batch.cells for batch in batches), strict=True)))
    return Batch(cells, torch.stack([batch.features for batch in batches]))


class _Same(Dataset[Batch]):
    """The same batch at every step."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __getitem__(self, step: int) -> Batch:
        return self._batch


class ContextData(pl.LightningDataModule):
    """All training contexts of all seeds.

    Parameters
    ----------
    batch
        Stacked over seeds.
    steps
        Steps per epoch.
    """

    def __init__(self, batch: Batch, steps: int) -> None:
        super().__init__()
        self._batch = batch
        self._steps = steps

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batch for the steps that are left in the epoch."""
        sampler = RemainingSteps(self, self._steps)
        return ResumableLoader(_Same(self._batch), batch_size=None, sampler=sampler)
