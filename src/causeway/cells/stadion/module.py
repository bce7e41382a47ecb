"""Stationary diffusions as one Lightning module."""

from collections.abc import Mapping
from typing import Any, cast

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from causeway.cells.stadion.batches import Batch
from causeway.cells.stadion.compiled import LinearDeviation
from causeway.cells.stadion.config import Training
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.drifts import LinearDrift, group_lasso
from causeway.cells.stadion.kds import kernel_deviation


class Stadion(pl.LightningModule):
    """Learns diffusions whose stationary distributions are those of all their environments.

    Replicates are trained side by side, as a step takes less time than Lightning needs to ask for
    it. They share no weight, and Adam treats each weight by itself: every replicate ends with
    what it would have learned alone.

    Logs ``seed<seed>/kds`` and ``seed<seed>/penalty``, means over an epoch.

    Parameters
    ----------
    diffusions
        What is learned, by the seed of each replicate.
    training
        Kernel, penalty and optimisation.
    """

    def __init__(self, diffusions: Mapping[int, StationaryDiffusion], training: Training) -> None:
        super().__init__()
        self.diffusions = nn.ModuleDict({str(seed): one for seed, one in diffusions.items()})
        self._settings = training
        self._sums = torch.zeros(2, len(diffusions))

    def training_step(self, batches: list[Batch]) -> Tensor:
        """Return the deviation from stationarity plus the penalty, added over replicates."""
        settings = self._settings
        deviations, penalties = [], []
        for module, (states, environment) in zip(self.diffusions.values(), batches, strict=True):
            diffusion = cast(StationaryDiffusion, module)
            deviations.append(_deviation(diffusion, states, environment, settings))
            weight = settings.penalty / states.shape[1]
            penalties.append(weight * group_lasso(diffusion.drift))
        terms = torch.stack([*deviations, *penalties])
        self._sums = self._sums + terms.detach().view_as(self._sums).cpu()
        if (self.global_step + 1) % settings.steps_per_epoch == 0:
            self._tell()
        return terms.sum()

    def _tell(self) -> None:
        """Log the means of an epoch: Lightning's own would take longer than the steps."""
        means = self._sums / self._settings.steps_per_epoch
        for name, row in zip(("kds", "penalty"), means, strict=True):
            values = {
                f"seed{seed}/{name}": value
                for seed, value in zip(self.diffusions, row, strict=True)
            }
            self.log_dict(values, on_step=True, on_epoch=False, batch_size=1)
        self._sums = torch.zeros_like(self._sums)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the means of an unfinished epoch."""
        checkpoint["sums"] = self._sums

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the means of an unfinished epoch."""
        self._sums = checkpoint["sums"]

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam."""
        return torch.optim.Adam(self.parameters(), lr=self._settings.learning_rate, fused=True)


def _deviation(
    diffusion: StationaryDiffusion, states: Tensor, environment: int, settings: Training
) -> Tensor:
    """Deviation of one environment's cells, by a compiled loop where there is one."""
    bandwidth, estimator = settings.bandwidth, settings.estimator
    drift = diffusion.drift
    if isinstance(drift, LinearDrift) and estimator == "linear" and states.device.type == "cpu":
        constant, variance = diffusion.environment(environment)
        return LinearDeviation.apply(
            states, drift.weight, drift.bias + constant, variance, bandwidth
        )
    values, variance = diffusion(states, environment)
    return kernel_deviation(states, values, variance, bandwidth=bandwidth, estimator=estimator)
