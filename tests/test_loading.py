"""Training that stops within an epoch meets each step once."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import Dataset

from causeway import training
from causeway.hardware import Hardware
from causeway.loading import RemainingSteps, ResumableLoader
from causeway.training import fit

LENGTH, EPOCHS = 4, 3


class Numbers(Dataset):
    def __getitem__(self, step):
        return step


class Steps(pl.LightningDataModule):
    def train_dataloader(self):
        return ResumableLoader(Numbers(), batch_size=None, sampler=RemainingSteps(self, LENGTH))


class Follower(pl.LightningModule):
    """Keeps the steps that it meets; breaks at one of them."""

    def __init__(self, met, break_at=None):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.met = met
        self.break_at = break_at

    def training_step(self, step):
        if step == self.break_at:
            raise RuntimeError("killed")
        self.met.append(int(step))
        return (self.weight - step).square().sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def follow(folder, module):
    fit(
        module,
        Steps(),
        epochs=EPOCHS,
        hardware=Hardware(accelerator="cpu"),
        seed=0,
        threads=1,
        resume=folder,
        history=folder / "history.parquet",
        checkpoint=folder / "model.ckpt",
    )


@pytest.mark.parametrize("break_at", [2, 4, 7, 11])
def test_no_step_is_left_out_or_made_twice(tmp_path, monkeypatch, break_at):
    monkeypatch.setattr(training, "SAVE_EVERY", timedelta(0))
    met: list[int] = []
    with pytest.raises(RuntimeError, match="killed"):
        follow(tmp_path, Follower(met, break_at))
    follow(tmp_path, Follower(met))
    assert met == list(range(LENGTH * EPOCHS))


def test_the_last_epoch_may_end_early():
    data = Steps()
    data.trainer = SimpleNamespace(global_step=8)
    assert list(RemainingSteps(data, LENGTH, 10)) == [8, 9]
    assert list(RemainingSteps(data, LENGTH)) == [8, 9, 10, 11]
