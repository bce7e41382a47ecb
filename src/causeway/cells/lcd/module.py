"""Stage 2 as a Lightning module: denoising score matching on the states of all environments."""

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from causeway.cells.lcd.config import Network, Training, Variant
from causeway.cells.lcd.model import LatentDiffusion
from causeway.cells.lcd.objective import score_matching
from causeway.cells.lcd.standardise import standard
from causeway.cells.lcd.states import States
from causeway.draws import seeded
from causeway.running_mean import RunningMean
from causeway.schedules import cosine


class DriftTraining(pl.LightningModule):
    """One drift for all environments. A step meets states of one environment, drawn at random.

    Logs ``train/loss``, its mean over an epoch.

    Parameters
    ----------
    model
        What is trained; only its drift has parameters.
    states
        Standardised states of each environment, shape (n_k, d), in the order of the model's.
    training
        Optimisation.
    seed
        Of environments, states, levels and noise.
    length
        Steps of an epoch.
    """

    _states: Tensor
    _hits: Tensor

    def __init__(
        self,
        model: LatentDiffusion,
        states: Sequence[Tensor],
        training: Training,
        seed: int,
        length: int,
    ) -> None:
        super().__init__()
        self.model = model
        self._training = training
        self._seed = seed
        self._length = length
        self._mean = RunningMean()
        self.register_buffer("_states", torch.cat(list(states)), persistent=False)
        self.register_buffer("_hits", model.drift.hits(model.environments), persistent=False)
        sizes = [len(one) for one in states]
        self._sizes = sizes
        self._starts = [sum(sizes[:place]) for place in range(len(sizes))]
        self.save_hyperparameters(model.settings)

    def training_step(self, step: int) -> Tensor:
        """Return the loss of the batch of a step."""
        drift = self.model.drift
        generator = seeded(self._seed, step, self.device)
        batch = self._training.batch
        place = int(torch.randint(len(self._sizes), (), generator=seeded(self._seed, step)))

        def integers(end: int) -> Tensor:
            return torch.randint(end, (batch,), generator=generator, device=self.device)

        states = self._states[self._starts[place] + integers(self._sizes[place])]
        level = integers(len(drift.sigma))
        noise = torch.randn(states.shape, generator=generator, device=self.device)
        injection = drift.injection(self._hits[place] @ drift.embeddings)
        loss = score_matching(drift, states, level, noise, injection)
        self._mean.add(loss)
        if (step + 1) % self._length == 0 or step + 1 == self._training.steps:
            self.log("train/loss", self._mean.read(), sync_dist=True)
        return loss

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the mean of an unfinished epoch."""
        checkpoint["mean"] = self._mean.state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the mean of an unfinished epoch."""
        self._mean.restore(checkpoint["mean"])

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return AdamW with a cosine schedule over all steps."""
        optimizer = torch.optim.AdamW(
            self.parameters(),
            lr=self._training.learning_rate,
            weight_decay=self._training.weight_decay,
            fused=True,
        )
        schedule = cosine(optimizer, self._training.steps)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def build(
    states: States,
    tokens: Sequence[str],
    network: Network,
    variant: Variant,
    training: Training,
    seed: int,
    length: int,
) -> DriftTraining:
    """Make an untrained model of some states, and its training.

    Parameters
    ----------
    states
        States of the control and the training perturbations.
    tokens
        Single targets that may be combined.
    network, variant, training
        Sections of the configuration.
    seed
        Of initial weights and of all that is drawn.
    length
        Steps of an epoch.
    """
    torch.manual_seed(seed)
    counted = states.measurement is not None
    model = LatentDiffusion(states.genes, states.environments, tokens, network, variant, counted)
    tensors = [torch.as_tensor(one) for one in states.states]
    found = standard(torch.as_tensor(states.control()), tensors)
    model.center.copy_(found.center)
    model.spread.copy_(found.scale)
    if states.measurement is not None:
        model.scale.copy_(torch.as_tensor(states.measurement.scale))
        model.logit.copy_(torch.as_tensor(states.measurement.logit))
    return DriftTraining(model, [found.apply(one) for one in tensors], training, seed, length)
