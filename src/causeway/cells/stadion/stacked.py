"""Replicates of linear diffusions side by side in memory, for steps of one compiled call."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from causeway.cells.stadion.batches import Batch
from causeway.cells.stadion.compiled import Weights, step
from causeway.cells.stadion.config import Training
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.drifts import LinearDrift

NAMES = ("drift.effects", "drift.bias", "log_noise", "shift", "log_scale")
"""Parameters of a diffusion, in the order of :class:`causeway.cells.stadion.compiled.Weights`."""


class Stacked:
    """Steps of replicates whose weights, and gradients, are rows of common arrays.

    The parameters of the diffusions stay what they are, to an optimiser and to a checkpoint; only
    the memory behind them changes. Their gradients are written over by each step.

    Parameters
    ----------
    diffusions
        Of linear drifts, of one size, see :func:`can_be_stacked`.
    """

    def __init__(self, diffusions: Sequence[StationaryDiffusion]) -> None:
        self._targets = torch.stack([one.targets for one in diffusions]).numpy()
        pairs = [_together([one.get_parameter(name) for one in diffusions]) for name in NAMES]
        self._weights = Weights(*(weights for weights, _ in pairs))
        self._gradients = Weights(*(gradients for _, gradients in pairs))

    def step(self, batches: Sequence[Batch], settings: Training) -> Tensor:
        """Return deviations and penalties, shape (2, replicates), and write all gradients."""
        states = [batch.states.numpy() for batch in batches]
        values = step(
            np.concatenate(states),
            np.cumsum([0, *map(len, states)]),
            np.array([batch.environment for batch in batches]),
            self._targets,
            self._weights,
            self._gradients,
            np.float32(settings.bandwidth),
            np.float32(settings.penalty),
        )
        return torch.from_numpy(values)


def can_be_stacked(diffusions: Sequence[StationaryDiffusion], settings: Training) -> bool:
    """Whether replicates are of linear drifts of one size, on a processor, in single precision."""
    first = diffusions[0].shift
    return settings.estimator == "linear" and all(
        isinstance(one.drift, LinearDrift)
        and one.shift.shape == first.shape
        and one.shift.device.type == "cpu"
        and one.shift.dtype == torch.float32
        for one in diffusions
    )


def _together(parameters: Sequence[torch.nn.Parameter]) -> tuple[np.ndarray, np.ndarray]:
    """Make parameters and their gradients rows of two arrays, which are returned."""
    weights = torch.stack([one.detach() for one in parameters])
    gradients = torch.zeros_like(weights)
    for parameter, weight, gradient in zip(parameters, weights, gradients, strict=True):
        parameter.data, parameter.grad = weight, gradient
    return weights.numpy(), gradients.numpy()
