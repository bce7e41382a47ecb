"""Data of a training that may stop within an epoch, and goes on where it stopped.

The sampler asks the trainer how far it is, and what it yields depends on that position alone.
"""

from collections.abc import Iterator
from typing import Any

import pytorch_lightning as pl
from torch.utils.data import DataLoader, Sampler


class ResumableLoader(DataLoader):
    """A loader that Lightning knows to be resumable: its sampler asks the trainer where it is."""

    def state_dict(self) -> dict[str, Any]:
        """Return nothing, as the trainer's own state has the position."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up nothing."""
        del state


class RemainingSteps(Sampler[int]):
    """Numbers of the steps that are left of the present epoch.

    Parameters
    ----------
    data
        Its trainer knows how many steps were made so far; without a trainer, none were.
    length
        Steps of an epoch.
    steps
        Steps in total, at which the last epoch may end early; None for whole epochs alone.
    """

    def __init__(
        self, data: pl.LightningDataModule, length: int, steps: int | None = None
    ) -> None:
        self._data = data
        self._length = length
        self._steps = steps

    def __len__(self) -> int:
        """Steps of an epoch."""
        return self._length

    def __iter__(self) -> Iterator[int]:
        """Yield numbers from the present step to the end of its epoch."""
        start = reached(self._data)
        end = (start // self._length + 1) * self._length
        yield from range(start, end if self._steps is None else min(end, self._steps))


def reached(data: pl.LightningDataModule) -> int:
    """Steps that the trainer of some data has made; 0 without a trainer."""
    return data.trainer.global_step if data.trainer else 0
