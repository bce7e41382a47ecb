"""Stage 2 as a Lightning module."""

from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import ArrayLike
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from causeway.genomes.best_weights import BestWeights
from causeway.genomes.phenformer.optimiser import adamw
from causeway.genomes.phenformer.risk_data import Cohort, RiskBatch
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.risk_objective import case_weights, risk_loss
from causeway.genomes.phenformer.settings import RiskLearning
from causeway.rankings import auroc
from causeway.running_mean import RunningMean


class RiskTraining(pl.LightningModule):
    """Training of stage 2; ends with the weights of the epoch of best validation.

    Logs ``train/loss``, its mean over an epoch, and of the validation people ``valid/loss`` and
    ``valid/auroc``, the mean area under the curve over the diseases that have cases and controls
    among them, by which the best epoch is chosen.

    Parameters
    ----------
    model
        What is trained.
    weights
        Weight of a case of each disease, shape (D,).
    learning
        Optimisation.
    """

    _weights: Tensor

    def __init__(
        self,
        model: RiskModel,
        weights: Tensor,
        learning: RiskLearning,
    ) -> None:
        super().__init__()
        self.model = model
        self.best = BestWeights()
        self._learning = learning
        self._mean = RunningMean()
        self._seen: list[tuple[Tensor, Tensor, Tensor]] = []
        self.register_buffer("_weights", weights, persistent=False)
        self.save_hyperparameters(model.settings)

    def training_step(self, batch: RiskBatch) -> Tensor:
        """Return the loss of a batch."""
        logits = self.model(batch.differences, batch.embeddings)
        loss = risk_loss(logits, batch.labels, batch.known, self._weights)
        self._mean.add(loss)
        if self.trainer.is_last_batch:
            self.log("train/loss", self._mean.read().to(self.device), sync_dist=True)
        return loss

    def validation_step(self, batch: RiskBatch) -> None:
        """Predict the people of a batch."""
        logits = self.model(batch.differences, batch.embeddings)
        self._seen.append((logits.float().cpu(), batch.labels.cpu(), batch.known.cpu()))

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of all validation people, and keep the weights if they are the best."""
        logits, labels, known = (torch.cat(parts) for parts in zip(*self._seen, strict=True))
        self._seen.clear()
        loss = risk_loss(logits, labels, known, self._weights.cpu())
        area = mean_area(logits, labels, known)
        self.log_dict({"valid/loss": loss, "valid/auroc": area})
        self.best.note(self.model, -area)

    def on_fit_end(self) -> None:
        """Take the best weights, also where a resumed training had nothing left to do."""
        self.best.restore(self.model)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the best weights and the mean of an unfinished epoch; not of a finished one."""
        if self.trainer.training:
            checkpoint["best"] = self.best.state()
            checkpoint["mean"] = self._mean.state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up both."""
        self.best.load(checkpoint["best"])
        self._mean.restore(checkpoint["mean"])

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return AdamW with a cosine over all steps; what is no matrix does not decay."""
        learning = self._learning
        steps = int(self.trainer.estimated_stepping_batches)
        return adamw(
            self.model,
            steps,
            learning_rate=learning.learning_rate,
            weight_decay=learning.weight_decay,
        )


def build(
    model: RiskModel, cohort: Cohort, train: ArrayLike, learning: RiskLearning
) -> RiskTraining:
    """Make the training of a model, with the weights of cases of the people who train.

    Parameters
    ----------
    model
        Untrained.
    cohort
        All people.
    train
        Rows of the people who train.
    learning
        Optimisation.
    """
    rows = np.asarray(train)
    labels, known = torch.from_numpy(cohort.labels[rows]), torch.from_numpy(cohort.known[rows])
    return RiskTraining(model, case_weights(labels, known), learning)


def mean_area(logits: Tensor, labels: Tensor, known: Tensor) -> float:
    """Mean area under the curve over diseases that have cases and controls.

    A network whose logits are not finite has no area: NaN, which is never best.

    Parameters
    ----------
    logits, labels, known
        Shape (n, D) each.
    """
    if not torch.isfinite(logits).all():
        return float("nan")
    areas = [
        float(auroc(risk[here].numpy(), cases[here].numpy()))
        for risk, cases, here in zip(logits.T, labels.T, known.T, strict=True)
        if here.any()
    ]
    return float(np.nanmean(areas)) if np.isfinite(areas).any() else float("nan")
