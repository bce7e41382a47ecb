"""Stage 1 as a Lightning module."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from causeway.genomes import metrics
from causeway.genomes.best_weights import BestWeights
from causeway.genomes.dataset import Batch
from causeway.genomes.phenformer.expression_model import ExpressionModel
from causeway.genomes.phenformer.objective import objective
from causeway.genomes.phenformer.optimiser import adamw
from causeway.genomes.phenformer.settings import Learning
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.running_mean import RunningMean


class ExpressionTraining(pl.LightningModule):
    """Training of stage 1; ends with the weights of the epoch of least validation loss.

    Logs ``train/loss``, ``train/level`` and ``train/deviation``, means over an epoch, and of the
    validation genes the same terms with ``valid/pearson`` and ``valid/deviation-pearson``, means
    over contexts. How windows are augmented is the data module's business, and precision the
    Trainer's.

    Parameters
    ----------
    model
        What is trained.
    learning
        Optimisation.
    """

    def __init__(self, model: ExpressionModel, learning: Learning) -> None:
        super().__init__()
        self.model = model
        self.best = BestWeights()
        self._learning = learning
        self._means = {name: RunningMean() for name in ("level", "deviation", "total")}
        self._seen: list[tuple[Tensor, Tensor]] = []
        self.save_hyperparameters(model.settings)

    def training_step(self, batch: Batch) -> Tensor:
        """Return the loss of a batch."""
        terms = objective(self.model(batch.codes), batch.labels, self._learning.objective)
        for name, value in terms._asdict().items():
            self._means[name].add(value)
        if self.trainer.is_last_batch:
            for name, mean in self._means.items():
                self.log(f"train/{_word(name)}", mean.read().to(self.device), sync_dist=True)
        return terms.total

    def validation_step(self, batch: Batch) -> None:
        """Predict the genes of a batch."""
        self._seen.append((self.model(batch.codes).float().cpu(), batch.labels.cpu()))

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of all validation genes, which every process sees; keep the best."""
        predicted, observed = (torch.cat(parts) for parts in zip(*self._seen, strict=True))
        self._seen.clear()
        terms = objective(predicted, observed, self._learning.objective)
        values = {f"valid/{_word(name)}": float(term) for name, term in terms._asdict().items()}
        arrays = predicted.numpy(), observed.numpy()
        values["valid/pearson"] = float(np.nanmean(metrics.pearson(*arrays)))
        if observed.shape[1] > 1:
            values["valid/deviation-pearson"] = float(
                np.nanmean(metrics.deviation_pearson(*arrays))
            )
        self.log_dict(values)
        self.best.note(self.model, values["valid/loss"])

    def on_fit_end(self) -> None:
        """Take the best weights, also where a resumed training had nothing left to do."""
        self.best.restore(self.model)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the best weights and the means of an unfinished epoch; not of a finished one."""
        if self.trainer.training:
            checkpoint["best"] = self.best.state()
            checkpoint["means"] = {name: mean.state() for name, mean in self._means.items()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up both."""
        self.best.load(checkpoint["best"])
        for name, state in checkpoint["means"].items():
            self._means[name].restore(state)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return AdamW with a warm-up and a cosine over all steps."""
        learning = self._learning
        steps = int(self.trainer.estimated_stepping_batches)
        return adamw(
            self.model,
            steps,
            learning_rate=learning.learning_rate,
            weight_decay=learning.weight_decay,
            warmup=min(learning.warmup, steps // 10),
        )


def build(
    contexts: Sequence[str],
    size: EncoderSize,
    learning: Learning,
    level: np.ndarray,
    seed: int,
) -> ExpressionTraining:
    """Make an untrained model, and its training.

    Parameters
    ----------
    contexts
        Names of cell contexts.
    size, learning
        Sections of the configuration.
    level
        Mean expression of the training genes, shape (K,), which the model predicts at first.
    seed
        Of initial weights.
    """
    torch.manual_seed(seed)
    model = ExpressionModel(contexts, size)
    model.head.start_at(level)
    return ExpressionTraining(model, learning)


def _word(term: str) -> str:
    return "loss" if term == "total" else term
