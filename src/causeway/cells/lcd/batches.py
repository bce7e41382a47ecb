"""Numbered steps of a training: a batch is made from its number, by whoever trains."""

from collections.abc import Callable, Iterator
from typing import Any

import pytorch_lightning as pl
from torch.utils.data import DataLoader, Dataset, Sampler

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


class Rest(Sampler[int]):
    """The rest of the present epoch.

    Parameters
    ----------
    steps, length
        Steps in total, and of an epoch.
    position
        Tells how many steps were made so far.
    """

    def __init__(self, steps: int, length: int, position: Callable[[], int]) -> None:
        self._steps = steps
        self._length = length
        self._position = position

    def __len__(self) -> int:
        """Steps of an epoch."""
        return self._length

    def __iter__(self) -> Iterator[int]:
        """Yield numbers from the present step to the end of its epoch."""
        start = self._position()
        end = min(self._steps, (start // self._length + 1) * self._length)
        yield from range(start, end)


class _ResumableLoader(DataLoader[int]):
    """A loader that Lightning knows to be resumable: its sampler asks the trainer where it is."""

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        del state


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
        trainer = self.trainer
        sampler = Rest(self._steps, self.length, lambda: trainer.global_step if trainer else 0)
        return _ResumableLoader(Numbers(self._steps), batch_size=None, sampler=sampler)
