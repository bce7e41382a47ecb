"""Training that can be killed at any time: the only place that makes a Lightning ``Trainer``."""

import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd
import pytorch_lightning as pl
import torch
import torch.distributed as dist
from pytorch_lightning.plugins.environments import LightningEnvironment
from pytorch_lightning.utilities.exceptions import SIGTERMException
from torch import nn

from causeway.cluster.allocation import working_time
from causeway.draws import mixed, seed_generators
from causeway.hardware import TOGETHER, Hardware

log = logging.getLogger(__name__)

SAVE_EVERY = timedelta(minutes=15)


class TimeIsUpError(RuntimeError):
    """The wall-clock limit came before the last epoch; a further run continues from there."""


class Progress(pl.Callback):
    """Keeps what a resumed training needs: the latest checkpoint, with the history inside it.

    Parameters
    ----------
    folder
        Where ``last.ckpt`` and a readable ``history.csv`` are kept up to date, always whole.
    limit
        Wall-clock time after which training stops with a checkpoint.
    every
        Time between checkpoints within an epoch; one is also made after each epoch.
    """

    def __init__(self, folder: Path, limit: timedelta | None, every: timedelta) -> None:
        self.checkpoint = folder / "last.ckpt"
        self.table = folder / "history.csv"
        self.rows: list[tuple[int, int, str, float]] = []
        self._limit = limit
        self._every = every.total_seconds()
        self._started = self._saved = monotonic()

    def state_dict(self) -> dict[str, Any]:
        """History so far; Lightning stores it in the checkpoint."""
        return {"rows": self.rows}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up the history of the checkpoint."""
        self.rows = [tuple(row) for row in state["rows"]]

    def history(self) -> pd.DataFrame:
        """Logged values in long form: step, epoch, metric, value."""
        return pd.DataFrame(self.rows, columns=["step", "epoch", "metric", "value"])

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Save when it is time to, or when the process is asked to end; stop when time is up.

        Not after the last batch of an epoch: Lightning, resumed there, passes over the validation
        and with it over the metrics of that epoch, which are saved at its end.
        """
        if trainer.is_last_batch:
            return
        now = monotonic()
        late = self._limit is not None and now - self._started > self._limit.total_seconds()
        due = late or trainer.received_sigterm or now - self._saved > self._every
        if not _any_process(trainer, due):
            return
        self._save(trainer)
        if _any_process(trainer, late):
            raise TimeIsUpError(
                f"stopped after {self._limit} in epoch {trainer.current_epoch + 1} of "
                f"{trainer.max_epochs}; run the same command again to continue"
            )

    def on_train_epoch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """Note the epoch's metrics, tell them, and save."""
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        step, epoch = trainer.global_step, trainer.current_epoch
        self.rows += [(step, epoch, name, value) for name, value in sorted(values.items())]
        told = ", ".join(f"{name} {value:.4g}" for name, value in sorted(values.items()))
        log.info("epoch %d of %s, step %d: %s", epoch + 1, trainer.max_epochs, step, told)
        self._save(trainer)
        if trainer.is_global_zero:
            draft = self.table.with_suffix(".part")
            self.history().to_csv(draft, index=False)
            draft.replace(self.table)

    def _save(self, trainer: pl.Trainer) -> None:
        trainer.save_checkpoint(self.checkpoint, weights_only=False)
        self._saved = monotonic()


class SeededSteps(pl.Callback):
    """Makes dropout and the like depend on the seed, the step and the process alone.

    A checkpoint does not have the state of the generators that layers draw from, so a training
    that is resumed would draw otherwise than an undisturbed one.

    Parameters
    ----------
    seed
        Of the training.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_batch_start(
        self, trainer: pl.Trainer, module: pl.LightningModule, *_: Any
    ) -> None:
        """Seed the generators of the step."""
        seed = mixed(self._seed, trainer.global_step, trainer.global_rank)
        seed_generators(module.device, seed)


def _any_process(trainer: pl.Trainer, decision: bool) -> bool:
    """Whether any of the processes that train together decided so.

    Saving takes all of them, and the clocks and signals of each differ.
    """
    return trainer.strategy.reduce_boolean_decision(decision, all=False)


def fit(
    module: pl.LightningModule,
    data: pl.LightningDataModule,
    *,
    epochs: int,
    hardware: Hardware,
    seed: int,
    threads: int,
    resume: Path,
    history: Path,
    checkpoint: Path,
    gradient_clip: float | None = None,
) -> None:
    """Train a module, from where an earlier attempt stopped if there was one.

    A training that was killed and resumed ends with the same weights and the same history as an
    undisturbed one on the same machine, provided that ``data`` yields batches by epoch and
    position alone. What layers draw depends on the seed and the step, see :class:`SeededSteps`.

    Parameters
    ----------
    module, data
        What to train and on what. ``data`` shares out its batches among the ranks itself.
    epochs
        Passes over the data in total.
    hardware
        Devices, precision and wall-clock limit.
    seed
        Of what layers draw in a step, such as dropout.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.
    history
        Parquet file to write: every logged value as step, epoch, metric, value.
    checkpoint
        Lightning checkpoint to write.
    gradient_clip
        Cap on the gradient norm.

    Raises
    ------
    TimeIsUpError
        When ``hardware.max_time`` or the time of the SLURM job has passed; ``resume`` holds the
        state.
    """
    torch.set_num_threads(threads)
    if hardware.compile:
        _compile_blocks(module)
    progress = Progress(resume, _limit(hardware.max_time), SAVE_EVERY)
    trainer = pl.Trainer(
        accelerator=hardware.accelerator,
        devices=hardware.devices,
        num_nodes=hardware.nodes,
        strategy=hardware.strategy,
        precision=hardware.precision,
        max_epochs=epochs,
        gradient_clip_val=gradient_clip,
        deterministic="warn",
        benchmark=False,
        callbacks=[SeededSteps(seed), progress],
        # On SLURM, Lightning would take over the allocation: count its tasks as devices, and put
        # the job back into the queue behind Snakemake, which does the retries.
        plugins=[LightningEnvironment()],
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=sys.stderr.isatty(),
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
    os.environ[TOGETHER] = str(trainer.world_size)
    found = progress.checkpoint.exists()
    if found:
        log.info("resuming from %s", progress.checkpoint)
    with _parted():
        try:
            trainer.fit(module, data, ckpt_path=progress.checkpoint if found else None)
        except SIGTERMException:
            # Lightning's exception would end the process with success.
            sys.exit(128 + signal.SIGTERM)
        trainer.save_checkpoint(checkpoint, weights_only=True)
    if trainer.is_global_zero:
        progress.history().to_parquet(history, index=False)


def _compile_blocks(module: nn.Module) -> None:
    """Compile the members of lists of modules: repeated blocks, of which one compiles for all."""
    for part in module.modules():
        if isinstance(part, nn.ModuleList):
            for block in part:
                block.compile()


@contextmanager
def _parted() -> Iterator[None]:
    """Close the connection between processes that train together, once they are done.

    Lightning leaves that of gloo open, whose threads may abort a process that was about to end.
    """
    try:
        yield
    finally:
        if dist.is_available() and dist.is_initialized():
            dist.destroy_process_group()


def _limit(stated: str | None) -> timedelta | None:
    """The sooner of the limit that the settings state and that of the SLURM job."""
    limits = [limit for limit in (_duration(stated), working_time()) if limit is not None]
    return min(limits, default=None)


def _duration(text: str | None) -> timedelta | None:
    """Read ``DD:HH:MM:SS``."""
    if text is None:
        return None
    days, hours, minutes, seconds = (int(part) for part in text.split(":"))
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
