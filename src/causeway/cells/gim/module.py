"""GIM as a Lightning module."""

from pathlib import Path
from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from causeway.cells.gim import objective
from causeway.cells.gim.config import Network, Priors, Training, Variant
from causeway.cells.gim.mechanisms import Cells
from causeway.cells.gim.model import Batch, InterventionModel, Schedule
from causeway.draws import seeded


class Shape(NamedTuple):
    """Numbers of features p and genes d."""

    features: int
    genes: int


class GIM(pl.LightningModule):
    """Generative intervention models of several seeds, trained side by side (arXiv:2411.14003).

    A step on one screen takes less time than to ask for it, so that the weights of all seeds are
    stacked and go through one call. They share nothing, and Adam treats each weight by itself:
    each ends with what it would have learned alone.

    Logs ``seed<seed>/<term>`` per epoch, the mean over its steps of each of
    :class:`causeway.cells.gim.objective.Terms`.

    Parameters
    ----------
    models
        Models by seed, of one shape.
    training
        Optimisation.
    """

    def __init__(self, models: dict[int, InterventionModel], training: Training) -> None:
        super().__init__()
        self.seeds = list(models)
        self.settings = training
        # Not a submodule: only its structure is used, the weights are the stacked ones.
        self._structure = [next(iter(models.values()))]
        weights, buffers = stack_module_state(list(models.values()))
        self._names = {name.replace(".", "/"): name for name in weights}
        self.weights = torch.nn.ParameterDict(
            {short: weights[name].detach().clone() for short, name in self._names.items()}
        )
        for name, value in buffers.items():
            self.register_buffer(f"fixed_{name}", value)
        self._fixed = list(buffers)
        self._sums = [[0.0] * len(objective.Terms._fields) for _ in models]
        self._steps = 0

    def model(self, seed: int) -> InterventionModel:
        """Return the model of one seed, until the next call, which changes it."""
        place = self.seeds.index(seed)
        structure = self._structure[0]
        state = {name: self.weights[short][place] for short, name in self._names.items()}
        state |= {name: getattr(self, f"fixed_{name}")[place] for name in self._fixed}
        structure.load_state_dict(state)
        return structure

    def schedule(self, step: int) -> Schedule:
        """State of the training at a step."""
        settings = self.settings
        done = min(1.0, step / max(1, settings.steps - 1))
        extra = max(0.0, 1 - done / settings.anneal)
        return Schedule(
            objective.between(*settings.sharpness, done),
            self._structure[0].priors.target + settings.target_start * extra,
            objective.geometric(*settings.acyclicity, min(1.0, done / settings.anneal)),
        )

    def terms(self, batch: Batch, noise: Tensor, schedule: Schedule) -> objective.Terms:
        """Parts of the objective of each seed, shape (seeds,) each.

        Parameters
        ----------
        batch
            Stacked over seeds.
        noise
            Uniform numbers (seeds, draws, d, d).
        schedule
            State of the training.
        """
        structure = self._structure[0]
        state = {name: self.weights[short] for short, name in self._names.items()}
        state |= {name: getattr(self, f"fixed_{name}") for name in self._fixed}

        def one(weights: Any, cells: Cells, features: Tensor, drawn: Tensor) -> Any:
            return functional_call(structure, weights, (cells, features, drawn, schedule))

        return objective.Terms(*vmap(one)(state, batch.cells, batch.features, noise))

    def training_step(self, batch: Batch) -> Tensor:
        """Return the objective of all contexts, added over seeds."""
        settings, step = self.settings, self.global_step
        genes = batch.cells.states.shape[-1]
        noise = torch.stack(
            [_uniform(seed, step, (settings.draws, genes, genes)) for seed in self.seeds]
        )
        terms = torch.stack(self.terms(batch, noise.to(self.device), self.schedule(step)), dim=1)
        self._note(terms.detach())
        return terms.sum()

    def _note(self, terms: Tensor) -> None:
        """Add to the means of the epoch, and log them at its end."""
        self._sums = (torch.tensor(self._sums) + terms.cpu()).tolist()
        self._steps += 1
        if self._steps == self.settings.steps_per_epoch:
            means = {
                f"seed{seed}/{name}": total / self._steps
                for seed, row in zip(self.seeds, self._sums, strict=True)
                for name, total in zip(objective.Terms._fields, row, strict=True)
            }
            self.log_dict(means, on_step=True, on_epoch=False, batch_size=1)
            self._sums = [[0.0] * len(row) for row in self._sums]
            self._steps = 0

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the means of an unfinished epoch."""
        checkpoint["means"] = {"sums": self._sums, "steps": self._steps}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the means of an unfinished epoch."""
        self._sums = checkpoint["means"]["sums"]
        self._steps = checkpoint["means"]["steps"]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return Adam with a cosine schedule over all steps."""
        settings = self.settings
        optimizer = torch.optim.Adam(self.parameters(), lr=settings.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=settings.steps)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def build(
    shape: Shape,
    variant: Variant,
    network: Network,
    priors: Priors,
    training: Training,
    known: dict[int, Tensor | None],
) -> GIM:
    """Make an untrained GIM; ``known`` are the known graphs by seed, None where there is none."""
    models = {}
    for seed, graph in known.items():
        torch.manual_seed(seed)
        models[seed] = InterventionModel(*shape, variant, network, priors, graph)
    module = GIM(models, training)
    module.save_hyperparameters(
        {
            "shape": list(shape),
            "seeds": list(known),
            "variant": variant.model_dump(),
            "network": network.model_dump(),
            "priors": priors.model_dump(),
            "training": training.model_dump(),
        }
    )
    return module


def load(checkpoint: Path) -> GIM:
    """Make the GIM of a checkpoint, ready for prediction."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    settings = saved["hyper_parameters"]
    module = build(
        Shape(*settings["shape"]),
        Variant(**settings["variant"]),
        Network(**settings["network"]),
        Priors(**settings["priors"]),
        Training(**settings["training"]),
        dict.fromkeys(settings["seeds"]),
    )
    module.load_state_dict(saved["state_dict"])
    return module.eval()


def _uniform(seed: int, step: int, size: tuple[int, ...]) -> Tensor:
    """Draw from seed and step alone: a resumed training draws what an undisturbed one draws."""
    return torch.rand(size, generator=seeded(seed, step))
