"""The mean loss of an epoch, which survives a training that is broken off."""

from typing import Any

import torch
from torch import Tensor


class RunningMean:
    """Mean of the values since the last reading.

    Lightning forgets its own running means when it resumes within an epoch.
    """

    def __init__(self) -> None:
        self._sum: Tensor | float = 0.0
        self._values = 0

    def add(self, value: Tensor) -> None:
        """Take up one value."""
        self._sum = self._sum + value.detach().double()
        self._values += 1

    def read(self) -> Tensor:
        """Return the mean, and begin anew."""
        mean = torch.as_tensor(self._sum / self._values, dtype=torch.float32)
        self._sum, self._values = 0.0, 0
        return mean

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"sum": float(self._sum), "values": self._values}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what a checkpoint kept."""
        self._sum, self._values = state["sum"], state["values"]
