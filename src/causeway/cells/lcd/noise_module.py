"""Stage 1 as a Lightning module: generators of latent states, fitted through counts."""

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from causeway.cells.lcd import zip as measurement
from causeway.cells.lcd.config import Noise, Variant
from causeway.cells.lcd.generator import Generator
from causeway.draws import seeded
from causeway.running_mean import RunningMean
from causeway.schedules import cosine

BETAS = (0.0, 0.99)
"""Decay rates of AdamW [released code]."""


class NoiseTraining(pl.LightningModule):
    """A generator per environment and logits of zero inflation that all share.

    A step meets cells of one environment, drawn at random; generators of the others, and their
    moments in the optimiser, stay as they are. Logs ``train/loss``, its mean over an epoch.

    Parameters
    ----------
    counts
        Raw counts of each environment, shape (n_k, d).
    control
        Which of them is the control.
    settings, variant
        Sections of the configuration.
    seed
        Of cells and of noise.
    length
        Steps of an epoch.
    """

    scale: Tensor

    def __init__(
        self,
        counts: Sequence[Tensor],
        control: int,
        settings: Noise,
        variant: Variant,
        seed: int,
        length: int,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._seed = seed
        self._length = length
        self._mean = RunningMean()
        self._temperatures = settings.temperatures if variant.temperature else [1.0]
        self._sizes = [len(one) for one in counts]
        genes = counts[0].shape[1]
        self.generators = nn.ModuleList(Generator(genes, settings) for _ in counts)
        self.logit = nn.Parameter(torch.randn(genes))
        scale = measurement.unit_scale(counts[control])
        self.register_buffer("scale", scale if variant.unit_scaling else torch.ones(genes))
        for place, one in enumerate(counts):
            self.register_buffer(f"_counts{place}", one, persistent=False)

    def training_step(self, step: int) -> Tensor:
        """Return the loss of the batch of a step."""
        place = int(torch.randint(len(self._sizes), (), generator=seeded(self._seed, step)))
        generator = seeded(self._seed, step, self.device)
        rows = torch.randint(
            self._sizes[place],
            (self._settings.batch,),
            generator=generator,
            device=self.device,
        )
        counts = self.get_buffer(f"_counts{place}")[rows]
        states = self._generator(place).draw(self._settings.draws, generator)
        loss = measurement.objective(
            counts, measurement.rates(states, self.scale), self.logit, self._temperatures
        )
        self._mean.add(loss)
        if (step + 1) % self._length == 0 or step + 1 == self._settings.steps:
            self.log("train/loss", self._mean.read(), sync_dist=True)
        return loss

    @torch.no_grad()
    def states(self, samples: int, seed: int) -> list[Tensor]:
        """Draw states of each environment, shape (samples, d)."""
        return [
            self._generator(place).draw(samples, seeded(seed, place, self.device)).cpu()
            for place in range(len(self.generators))
        ]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the mean of an unfinished epoch."""
        checkpoint["mean"] = self._mean.state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the mean of an unfinished epoch."""
        self._mean.restore(checkpoint["mean"])

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return AdamW without decay, with a warm-up and a cosine schedule."""
        settings = self._settings
        optimizer = torch.optim.AdamW(
            self.parameters(),
            lr=settings.learning_rate,
            betas=BETAS,
            weight_decay=0.0,
            fused=True,
        )
        schedule = cosine(optimizer, settings.steps, settings.warmup)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _generator(self, place: int) -> Generator:
        found = self.generators[place]
        assert isinstance(found, Generator)
        return found
