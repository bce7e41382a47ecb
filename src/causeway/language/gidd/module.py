"""Diffusion and autoregressive models as Lightning modules on one trunk."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from causeway.errors import InputError
from causeway.language.gidd.corruption import Batch
from causeway.language.gidd.losses import divergences, surprise
from causeway.language.gidd.optimiser import Course, optimiser
from causeway.language.gidd.settings import Optimisation, Plan, Recipe
from causeway.language.gidd.transformer import Transformer
from causeway.running_mean import RunningMean


class DivergenceError(InputError):
    """A loss that is not finite: the run is lost, and a smaller rate may save the next one."""


class Terms(NamedTuple):
    """Sums over the tokens of a batch."""

    loss: Tensor
    """What training minimises."""
    nats: Tensor
    """Bound on the negative log-likelihood."""
    number: int
    """Tokens that were summed over."""


class LanguageModel(pl.LightningModule):
    """What both kinds of model share: optimisation, and how it is watched.

    Logs per epoch, per token: ``train/loss`` and ``train/nats``, means over its steps, and
    ``valid/nats``, a bound on the negative log-likelihood, which is its value for the
    autoregressive twin.

    Parameters
    ----------
    network
        What to train.
    plan, settings
        Sections of the configuration.
    course
        How the rate goes.
    """

    def __init__(
        self, network: Transformer, plan: Plan, course: Course, settings: Optimisation
    ) -> None:
        super().__init__()
        self.network = network
        self.plan = plan
        self._course, self._settings = course, settings
        self._means = {"loss": RunningMean(), "nats": RunningMean()}

    @abstractmethod
    def terms(self, batch: Any) -> Terms:
        """Loss and bound of a batch."""

    def training_step(self, batch: Any) -> Tensor:
        """Return the loss of a batch, summed over tokens: LaProp does not mind its scale.

        Raises
        ------
        DivergenceError
            If it is not finite.
        """
        terms = self.terms(batch)
        if not torch.isfinite(terms.loss):
            raise DivergenceError(
                f"run {self.plan.name}",
                f"the loss is {terms.loss.item()} at step {self.global_step + 1}, at a rate of "
                f"{self._course.rate:g}",
                "Choose a smaller rate or a longer warm-up",
            )
        number = max(1, terms.number)
        self._means["loss"].add(terms.loss / number)
        self._means["nats"].add(terms.nats / number)
        if (self.global_step + 1) % self.plan.steps_per_epoch == 0:
            told = {f"train/{name}": mean.read() for name, mean in self._means.items()}
            self.log_dict(told, on_step=True, on_epoch=False, batch_size=1, sync_dist=True)
        return terms.loss

    def validation_step(self, batch: Any) -> None:
        """Measure the bound."""
        terms = self.terms(batch)
        value = terms.nats / terms.number
        self.log("valid/nats", value, on_epoch=True, batch_size=terms.number, sync_dist=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the means of an unfinished epoch."""
        checkpoint["means"] = {name: mean.state() for name, mean in self._means.items()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the means of an unfinished epoch."""
        for name, state in checkpoint["means"].items():
            self._means[name].restore(state)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return LaProp and the course of its rates."""
        made, factor = optimiser(self.network, self._course, self._settings, self.plan.batch)
        return {"optimizer": made, "lr_scheduler": {"scheduler": factor, "interval": "step"}}


class GIDD(LanguageModel):
    """A discrete diffusion language model (arXiv:2503.04482, arXiv:2512.10858)."""

    def terms(self, batch: Batch) -> Terms:
        """Weighted divergences: unweighted by the density of λ for training, and the bound."""
        loss = divergences(self.network, batch)
        nats = (batch.bound * loss.detach()).sum()
        return Terms((batch.weight * loss).sum(), nats, batch.number)


class Twin(LanguageModel):
    """An autoregressive model on the same trunk."""

    def terms(self, batch: Tensor) -> Terms:
        """Cross-entropy of each token given those before it."""
        loss = surprise(self.network, batch).sum()
        return Terms(loss, loss.detach(), batch.numel())


def build(
    vocabulary: int,
    plan: Plan,
    recipe: Recipe,
    course: Course | None = None,
) -> LanguageModel:
    """Make the untrained model of a run; its first weights depend on the seed of the plan.

    Parameters
    ----------
    vocabulary
        Number N of tokens.
    plan, recipe
        Sections of the configuration.
    course
        How the rate goes; None for the plan's own, which stays.
    """
    torch.manual_seed(plan.seed)
    twin = plan.model == "autoregressive"
    length = recipe.training.length
    trunk = Transformer(vocabulary, length, plan.size, recipe.network, forward_only=twin)
    course = course or Course(plan.rate, plan.steps)
    module = (Twin if twin else GIDD)(trunk, plan, course, recipe.optimisation)
    module.save_hyperparameters(
        {
            "vocabulary": vocabulary,
            "plan": plan.model_dump(),
            "recipe": recipe.model_dump(),
            "course": list(course),
        }
    )
    return module


def load(checkpoint: Path) -> LanguageModel:
    """Make the model of a checkpoint, ready for use."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    told = saved["hyper_parameters"]
    course = Course(*told["course"])
    module = build(told["vocabulary"], Plan(**told["plan"]), Recipe(**told["recipe"]), course)
    module.load_state_dict(saved["state_dict"])
    return module.eval()
