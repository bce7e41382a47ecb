"""The weights of the best epoch, and when to stop waiting for a better one."""

import math
from typing import Any

from torch import Tensor, nn


class BestWeights:
    """Keeps the weights with the least validation loss.

    Parameters
    ----------
    patience
        Validations without improvement after which training may stop; None for never.
    """

    def __init__(self, patience: int | None = None) -> None:
        self.patience = patience
        self.loss = math.inf
        self.waited = 0
        self.weights: dict[str, Tensor] = {}

    @property
    def exhausted(self) -> bool:
        """Whether it was waited long enough."""
        return self.patience is not None and self.waited >= self.patience

    def note(self, module: nn.Module, loss: float) -> None:
        """Compare the loss of a module with the least one; one that is NaN is never better."""
        if loss < self.loss:
            self.loss, self.waited = loss, 0
            self.weights = {name: one.detach().clone() for name, one in _state(module)}
        else:
            self.waited += 1

    def restore(self, module: nn.Module) -> None:
        """Give the module its best weights; it keeps its own if none was ever noted."""
        if self.weights:
            module.load_state_dict(self.weights)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"loss": self.loss, "waited": self.waited, "weights": self.weights}

    def load(self, state: dict[str, Any]) -> None:
        """Take up what a checkpoint kept."""
        self.loss, self.waited, self.weights = state["loss"], state["waited"], state["weights"]


def _state(module: nn.Module) -> list[tuple[str, Tensor]]:
    return list(module.state_dict().items())
