"""Stationary diffusions as one Lightning module."""

from collections.abc import Mapping
from typing import Any, cast

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from causeway.cells.stadion.batches import Batch
from causeway.cells.stadion.config import Training
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.drifts import group_lasso
from causeway.cells.stadion.kds import kernel_deviation
from causeway.cells.stadion.stacked import Stacked, can_be_stacked


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
        self._stacked: Stacked | None = None

    def stack(self) -> None:
        """Train by one compiled call per step from now on, if there is one for these diffusions.

        Otherwise each step is left to autograd.
        """
        diffusions = [cast(StationaryDiffusion, one) for one in self.diffusions.values()]
        if can_be_stacked(diffusions, self._settings):
            self._stacked = Stacked(diffusions)

    def on_train_start(self) -> None:
        """Stack the weights where they will stay; several processes need autograd to agree."""
        if self.trainer.world_size == 1:
            self.stack()

    def training_step(self, batches: list[Batch]) -> Tensor:
        """Return the deviation from stationarity plus the penalty, added over replicates."""
        if self._stacked:
            terms = self._stacked.step(batches, self._settings)
        else:
            terms = self._terms(batches)
        self._sums = self._sums + terms.detach().cpu()
        if (self.global_step + 1) % self._settings.steps_per_epoch == 0:
            self._tell()
        return terms.sum()

    def _terms(self, batches: list[Batch]) -> Tensor:
        """Deviations and penalties, shape (2, replicates), for autograd."""
        settings = self._settings
        deviations, penalties = [], []
        for module, (states, environment) in zip(self.diffusions.values(), batches, strict=True):
            diffusion = cast(StationaryDiffusion, module)
            drift, variance = diffusion(states, environment)
            deviations.append(
                kernel_deviation(
                    states,
                    drift,
                    variance,
                    bandwidth=settings.bandwidth,
                    estimator=settings.estimator,
                )
            )
            weight = settings.penalty / states.shape[1]
            penalties.append(weight * group_lasso(diffusion.drift))
        return torch.stack([torch.stack(deviations), torch.stack(penalties)])

    def backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        """Compute gradients, unless the step has written them already."""
        if not self._stacked:
            super().backward(loss, *args, **kwargs)

    def optimizer_zero_grad(self, *args: Any) -> None:
        """Forget gradients, unless the step has written over them."""
        if not self._stacked:
            super().optimizer_zero_grad(*args)

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
