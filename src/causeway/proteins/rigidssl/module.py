"""RigidSSL as a Lightning module."""

from pathlib import Path
from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from causeway.proteins.rigidssl import objective
from causeway.proteins.rigidssl.chains import Batch
from causeway.proteins.rigidssl.config import Network, Training, Variant
from causeway.proteins.rigidssl.network import RigidTrunk

NAMES = tuple(f"{term}-{way}" for way in objective.DIRECTIONS for term in objective.TERMS)
"""The four terms of the loss."""


class Prediction(NamedTuple):
    """What the network was shown and what it said, for 2B chains, forward ones first.

    ``state`` on the path, true ``target`` and ``predicted`` velocities, boolean ``mask``
    (2B, L).
    """

    state: objective.State
    target: objective.Velocity
    predicted: objective.Velocity
    mask: Tensor


class RigidSSL(pl.LightningModule):
    """Bi-directional rigid flow between two views of a chain (arXiv:2603.02406).

    Logs ``train/<name>`` and ``validation/<name>`` per epoch for the weighted ``loss`` and its
    four terms ``translation-forward``, ... ``rotation-backward``. A loss of a normalised term
    near 1 means that nothing was learned.

    Parameters
    ----------
    trunk
        Network that maps quaternion (B, L, 4), position (B, L, 3) in Å, tau (B,), residue index
        (B, L), boolean mask (B, L) and direction (B,) to velocities (B, L, 3) and (B, L, 4).
    variant
        How the path is made.
    training
        Weights of the terms and optimisation.
    """

    def __init__(self, trunk: nn.Module, variant: Variant, training: Training) -> None:
        super().__init__()
        self.trunk = trunk
        self.variant = variant
        self.normalise = training.normalise
        self._settings = training
        self.save_hyperparameters(
            {"variant": variant.model_dump(), "training": training.model_dump()}
        )
        self._sums = [0.0] * (len(NAMES) + 1)
        self._chains = 0

    def forward(self, batch: Batch, told: Tensor | None = None) -> Prediction:
        """Predict the velocities of both directions in one pass of twice the batch.

        Both directions use the same tau, as in the released code.

        Parameters
        ----------
        batch
            B chains.
        told
            Times (B,) that the network is told instead of the true ones.
        """
        tau, mask = batch.tau.repeat(2), batch.mask.repeat(2, 1)
        residue = batch.residue.repeat(2, 1)
        direction = torch.arange(2, device=tau.device).repeat_interleave(len(batch.mask))
        state, target = objective.path(
            objective.both_directions(batch.views), tau, self.variant.arc
        )
        told = tau if told is None else told.repeat(2)
        velocity = self.trunk(*state, told, residue, mask, direction)
        return Prediction(state, target, objective.Velocity(*velocity), mask)

    def errors(self, batch: Batch) -> Tensor:
        """Return the mean squared error of each chain and term, (B, 4) in the order of NAMES."""
        _, target, predicted, mask = self(batch)
        scale = objective.scales(target, mask) if self.normalise else None
        errors = objective.residue_errors(predicted, target, scale)
        return torch.cat(objective.chain_errors(errors, mask).chunk(2), dim=-1)

    def loss(self, errors: Tensor) -> Tensor:
        """Weigh and add the four terms, averaged over chains."""
        settings = self._settings
        weight = errors.new_tensor([settings.translation_weight, settings.rotation_weight] * 2)
        return (errors.mean(0) * weight).sum()

    def on_train_epoch_start(self) -> None:
        """Begin the epoch's means."""
        self._sums = [0.0] * len(self._sums)
        self._chains = 0

    def training_step(self, batch: Batch) -> Tensor:
        """Return the loss of a batch and log the means over the epoch so far."""
        errors = self.errors(batch)
        loss = self.loss(errors)
        # Lightning forgets its running means when it resumes within an epoch; ours are saved.
        chains = len(errors)
        values = torch.cat((loss.detach()[None], errors.detach().mean(0))).double().tolist()
        self._sums = [
            total + chains * value for total, value in zip(self._sums, values, strict=True)
        ]
        self._chains += chains
        means = {
            f"train/{name}": torch.tensor(total / self._chains, device=self.device)
            for name, total in zip(("loss", *NAMES), self._sums, strict=True)
        }
        self.log_dict(means, on_step=True, on_epoch=False, sync_dist=True, batch_size=chains)
        return loss

    def validation_step(self, batch: Batch) -> None:
        """Log the losses of held-out chains."""
        errors = self.errors(batch)
        values = {"loss": self.loss(errors)} | dict(zip(NAMES, errors.mean(0), strict=True))
        self.log_dict(
            {f"validation/{name}": value for name, value in values.items()},
            sync_dist=True,
            batch_size=len(errors),
        )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the means of an unfinished epoch."""
        checkpoint["means"] = {"sums": self._sums, "chains": self._chains}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the means of an unfinished epoch."""
        self._sums = list(checkpoint["means"]["sums"])
        self._chains = checkpoint["means"]["chains"]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return Adam with an L2 penalty and a cosine schedule over all epochs."""
        settings = self._settings
        optimizer = torch.optim.Adam(
            self.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=settings.epochs)
        return {"optimizer": optimizer, "lr_scheduler": schedule}


def build(network: Network, variant: Variant, training: Training) -> RigidSSL:
    """Make an untrained RigidSSL."""
    module = RigidSSL(RigidTrunk(network, variant.head), variant, training)
    module.save_hyperparameters({"network": network.model_dump()})
    return module


def load(checkpoint: Path) -> RigidSSL:
    """Make the RigidSSL of a checkpoint, ready for prediction."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    settings = saved["hyper_parameters"]
    module = build(
        Network(**settings["network"]),
        Variant(**settings["variant"]),
        Training(**settings["training"]),
    )
    module.load_state_dict(saved["state_dict"])
    return module.eval()
