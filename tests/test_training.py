"""Training that is interrupted ends as if it had not been."""

import signal
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from causeway import training
from causeway.hardware import Hardware
from causeway.loading import RemainingSteps, ResumableLoader
from causeway.training import TimeIsUpError, fit

CPU = Hardware(accelerator="cpu")


class Line(pl.LightningModule):
    """Least squares, with a switch that breaks training at a given step."""

    def __init__(self, break_at: int | None = None, end_at: int | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.network = nn.Linear(3, 1)
        self.break_at = break_at
        self.end_at = end_at

    def training_step(self, batch, _index):
        if self.global_step == self.break_at:
            raise RuntimeError("killed")
        if self.global_step == self.end_at:
            signal.raise_signal(signal.SIGTERM)
        loss = (self.network(batch[0]) - batch[1]).square().mean()
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch, _index):
        self.log("validation/loss", (self.network(batch[0]) - batch[1]).square().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.05)


class Dropping(Line):
    """Least squares of inputs of which one half is dropped."""

    def training_step(self, batch, index):
        x = nn.functional.dropout(batch[0])
        return super().training_step([x, batch[1]], index)


class Batches(Dataset):
    """Four batches of four points, of which each step takes the next."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, step: int):
        x = torch.arange(48.0).reshape(4, 4, 3)[step % 4] / 48
        return x, x.sum(1, keepdim=True)


class Points(pl.LightningDataModule):
    """The batches in the same order every epoch, for training and for validation."""

    def train_dataloader(self):
        return ResumableLoader(Batches(), batch_size=None, sampler=RemainingSteps(self, 4))

    def val_dataloader(self):
        return DataLoader(Batches(), batch_size=None)


def trained(folder: Path, module: Line, hardware: Hardware = CPU, epochs: int = 5, seed: int = 0):
    folder.mkdir(exist_ok=True)
    fit(
        module,
        Points(),
        epochs=epochs,
        hardware=hardware,
        seed=seed,
        threads=1,
        resume=folder,
        history=folder / "history.parquet",
        checkpoint=folder / "model.ckpt",
    )
    weights = torch.load(folder / "model.ckpt", weights_only=True)["state_dict"]
    return weights, pd.read_parquet(folder / "history.parquet")


def assert_same(one, other):
    assert all(torch.equal(one[0][name], other[0][name]) for name in one[0])
    pd.testing.assert_frame_equal(one[1], other[1])


def test_the_loss_falls_and_the_history_is_complete(tmp_path):
    _, history = trained(tmp_path, Line())
    assert list(history.columns) == ["step", "epoch", "metric", "value"]
    assert history["epoch"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    for _, values in history.groupby("metric")["value"]:
        assert values.iloc[-1] < values.iloc[0]


@pytest.mark.parametrize("kind", [Line, Dropping])
def test_a_broken_training_resumes_to_the_same_bits(tmp_path, kind):
    with pytest.raises(RuntimeError, match="killed"):
        trained(tmp_path / "broken", kind(break_at=10))
    assert (tmp_path / "broken" / "last.ckpt").exists()
    resumed = trained(tmp_path / "broken", kind())
    assert_same(resumed, trained(tmp_path / "whole", kind()))


def test_what_layers_draw_is_that_of_the_seed(tmp_path):
    runs = [
        trained(tmp_path / str(place), Dropping(), seed=seed)[0]
        for place, seed in enumerate([0, 0, 1])
    ]
    same = [torch.equal(*(run["network.weight"] for run in pair)) for pair in pairwise(runs)]
    assert same == [True, False]


@pytest.mark.parametrize("end_at", range(8, 12))
def test_asked_to_end_after_any_batch_it_resumes_to_the_same_bits(tmp_path, end_at):
    with pytest.raises(SystemExit):
        trained(tmp_path / "ended", Line(end_at=end_at))
    resumed = trained(tmp_path / "ended", Line())
    assert_same(resumed, trained(tmp_path / "whole", Line()))


def test_the_time_limit_leaves_a_state_to_continue_from(tmp_path):
    with pytest.raises(TimeIsUpError, match="in epoch 1 of 5; run the same command again"):
        trained(tmp_path, Line(), CPU.model_copy(update={"max_time": "00:00:00:00"}))
    assert (tmp_path / "last.ckpt").exists()
    assert not (tmp_path / "model.ckpt").exists()


def test_a_state_is_kept_within_long_epochs(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY", timedelta(0))
    with pytest.raises(RuntimeError, match="killed"):
        trained(tmp_path, Line(break_at=2))
    assert torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"] == 2


def test_a_process_that_is_asked_to_end_saves_and_fails(tmp_path):
    with pytest.raises(SystemExit) as caught:
        trained(tmp_path, Line(end_at=5))
    assert caught.value.code == 143
    assert torch.load(tmp_path / "last.ckpt", weights_only=False)["global_step"] == 6


def test_max_time_is_checked_for_its_form():
    with pytest.raises(ValueError, match="max_time"):
        Hardware(max_time="2h")


class Stack(Line):
    """Least squares through two blocks of one shape."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(3, 3), nn.ReLU()) for _ in range(2))

    def training_step(self, batch, index):
        x = batch[0]
        for block in self.blocks:
            x = block(x)
        return super().training_step([x, batch[1]], index)


def test_compiled_blocks_learn_the_same(tmp_path):
    module = Stack()
    compiled = trained(tmp_path / "compiled", module, CPU.model_copy(update={"compile": True}))
    assert module.blocks[0]._compiled_call_impl is not None
    assert module.network._compiled_call_impl is None
    plain = trained(tmp_path / "plain", Stack())
    assert compiled[0].keys() == plain[0].keys()
    for name, value in plain[0].items():
        torch.testing.assert_close(compiled[0][name], value)
