"""Numbered steps of a training: a batch is made from its number, by whoever trains."""

import pytorch_lightning as pl
from torch.utils.data import DataLoader, Dataset

from causeway.loading import RemainingSteps, ResumableLoader

EPOCHS = 50
"""Parts into which a training is cut for its history and its checkpoints, at most."""


class Numbers(Dataset[int]):
    """The numbers of all steps.

    Parameters
    ----------
    steps
        How many.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def __len__(self) -> int:
        """Number of steps."""
        return self._steps

    def __getitem__(self, step: int) -> int:
        """Return the number itself."""
        return step


class StepData(pl.LightningDataModule):
    """The numbers of steps, of which the module makes batches by itself.

    Data fit into memory; a batch is drawn on the device, from the seed and its number alone.

    Parameters
    ----------
    steps
        Steps of the optimiser.

    Attributes
    ----------
    length, epochs
        Steps of an epoch, of which the last one may have fewer, and number of epochs.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps
        self.length = -(-steps // EPOCHS)
        self.epochs = -(-steps // self.length)

    def train_dataloader(self) -> DataLoader[int]:
        """Return the numbers from the step that the trainer has reached."""
        sampler = RemainingSteps(self, self.length, self._steps)
        return ResumableLoader(Numbers(self._steps), batch_size=None, sampler=sampler)
