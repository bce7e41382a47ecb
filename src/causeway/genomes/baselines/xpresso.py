"""A small convolutional network of the shape of Xpresso (Agarwal and Shendure, 2020)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from causeway.genomes.baselines.example_batches import example_batches
from causeway.genomes.baselines.examples import Examples
from causeway.genomes.baselines.xpresso_settings import XpressoSettings
from causeway.genomes.best_weights import BestWeights
from causeway.genomes.dataset import Batch
from causeway.genomes.sequence import one_hot
from causeway.hardware import Hardware
from causeway.running_mean import RunningMean
from causeway.training import fit


class XpressoNetwork(nn.Module):
    """Two convolutions, each with a maximum pooling, and one dense layer.

    Parameters
    ----------
    window
        Length of windows, which has to hold at least one position after both poolings.
    contexts
        Number of outputs K.
    settings
        Widths.
    """

    level: Tensor
    spread: Tensor

    def __init__(self, window: int, contexts: int, settings: XpressoSettings) -> None:
        super().__init__()
        channels, (first, second) = settings.channels, settings.pools
        positions = window // first // second
        if not positions:
            raise ValueError(
                f"windows of {window} bp are shorter than the {first * second} bp that are pooled"
            )
        self.settings = {
            "window": window,
            "contexts": contexts,
            "settings": settings.model_dump(mode="json"),
        }
        self.layers = nn.Sequential(
            nn.Conv1d(4, channels, settings.span, padding="same"),
            nn.ReLU(),
            nn.MaxPool1d(first),
            nn.Conv1d(channels, channels, settings.span, padding="same"),
            nn.ReLU(),
            nn.MaxPool1d(second),
            nn.Flatten(),
            nn.Linear(channels * positions, settings.hidden),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, contexts),
        )
        self.register_buffer("level", torch.zeros(contexts))
        self.register_buffer("spread", torch.ones(contexts))

    def standardise(self, expression: NDArray[np.floating]) -> None:
        """Take mean and spread of training expression (n, K), in which outputs are expressed."""
        spread = expression.std(axis=0)
        self.level.copy_(torch.as_tensor(expression.mean(axis=0)))
        self.spread.copy_(torch.as_tensor(np.where(spread > 0, spread, 1)))

    def forward(self, codes: Tensor) -> Tensor:
        """Return standardised expression (n, K) of windows (n, W), uint8 codes."""
        return self.layers(one_hot(codes, self.level.dtype))

    def predict(self, codes: Tensor) -> Tensor:
        """Return expression (n, K) in the units it was learned in."""
        return self(codes) * self.spread + self.level


class XpressoTraining(pl.LightningModule):
    """Mean squared error, Adam, and early stopping with the best weights.

    Logs ``train/loss`` and ``valid/loss``, of standardised expression.

    Parameters
    ----------
    network
        What is trained.
    settings
        Optimisation.
    """

    def __init__(self, network: XpressoNetwork, settings: XpressoSettings) -> None:
        super().__init__()
        self.network = network
        self.best = BestWeights(settings.patience)
        self._rate = settings.learning_rate
        self._mean = RunningMean()
        self._errors: list[Tensor] = []
        self.save_hyperparameters(network.settings)

    def training_step(self, batch: Batch) -> Tensor:
        """Return the loss of a batch."""
        loss = self._squared(batch).mean()
        self._mean.add(loss)
        if self.trainer.is_last_batch:
            self.log("train/loss", self._mean.read(), sync_dist=True)
        return loss

    def validation_step(self, batch: Batch) -> None:
        """Note the errors of a batch."""
        self._errors.append(self._squared(batch))

    def on_validation_epoch_end(self) -> None:
        """Log the loss of all validation genes; stop if it was not better for long."""
        loss = torch.cat(self._errors).mean()
        self._errors.clear()
        self.log("valid/loss", loss)
        self.best.note(self.network, float(loss))
        self._stop()

    def on_train_start(self) -> None:
        """Stop at once if an earlier attempt had done so."""
        self._stop()

    def on_fit_end(self) -> None:
        """Take the best weights, also where a resumed training had nothing left to do."""
        self.best.restore(self.network)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the best weights and the mean of an unfinished epoch; not of a finished one."""
        if self.trainer.training:
            checkpoint["best"], checkpoint["mean"] = self.best.state(), self._mean.state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up both."""
        self.best.load(checkpoint["best"])
        self._mean.restore(checkpoint["mean"])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam."""
        return torch.optim.Adam(self.network.parameters(), lr=self._rate)

    def _squared(self, batch: Batch) -> Tensor:
        wanted = (batch.labels - self.network.level) / self.network.spread
        return (self.network(batch.codes) - wanted).square()

    def _stop(self) -> None:
        if self.best.exhausted:
            self.trainer.should_stop = True


class Xpresso:
    """The network as a baseline.

    Parameters
    ----------
    settings
        Widths and optimisation.
    seed
        Of initial weights and shuffles.
    folder
        For the state of an unfinished training, its history and its checkpoint.
    hardware
        Where to train.
    threads
        Processor cores to use.
    """

    def __init__(
        self,
        settings: XpressoSettings,
        seed: int,
        folder: Path,
        hardware: Hardware,
        threads: int = 1,
    ) -> None:
        self._settings, self._seed = settings, seed
        self._folder, self._hardware, self._threads = folder, hardware, threads

    def fit(self, train: Examples, valid: Examples) -> None:
        """Train until the validation loss no longer falls."""
        self._folder.mkdir(parents=True, exist_ok=True)
        pl.seed_everything(self._seed, verbose=False)
        window, contexts = train.windows.shape[1], train.expression.shape[1]
        network = XpressoNetwork(window, contexts, self._settings)
        network.standardise(train.expression)
        checkpoint = self._folder / "xpresso.ckpt"
        fit(
            XpressoTraining(network, self._settings),
            example_batches(train, valid, self._settings.batch, self._seed),
            epochs=self._settings.epochs,
            hardware=self._hardware,
            seed=self._seed,
            threads=self._threads,
            resume=self._folder,
            history=self._folder / "history.parquet",
            checkpoint=checkpoint,
        )
        self.network = load(checkpoint)

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return expression (n, K)."""
        batches = torch.from_numpy(np.ascontiguousarray(examples.windows)).split(256)
        with torch.inference_mode():
            found = [self.network.predict(codes) for codes in batches]
        return torch.cat(found).numpy().astype(np.float64)


def load(checkpoint: Path) -> XpressoNetwork:
    """Make the network of a checkpoint, ready for prediction."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    made = saved["hyper_parameters"]
    network = XpressoNetwork(made["window"], made["contexts"], XpressoSettings(**made["settings"]))
    prefix = "network."
    network.load_state_dict(
        {
            name.removeprefix(prefix): value
            for name, value in saved["state_dict"].items()
            if name.startswith(prefix)
        }
    )
    return network.eval().requires_grad_(False)
