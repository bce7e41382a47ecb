"""Batches of windows depend on seed, epoch and position alone, and stop and go on anywhere."""

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from causeway.errors import InputError
from causeway.genomes.batches import Rows, ShuffledBatches
from causeway.genomes.dataset import Augmentation, WindowData, WindowSet
from causeway.genomes.sequence import one_hot, reverse_complement
from causeway.genomes.store import write_store
from causeway.hardware import Hardware
from causeway.training import fit

WINDOWS, WIDTH = 23, 16


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    codes = np.random.default_rng(0).integers(0, 4, 400).astype(np.uint8)
    return write_store([("c", codes)], tmp_path_factory.mktemp("genome"))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    start = np.arange(WINDOWS) * WIDTH
    strand = np.where(np.arange(WINDOWS) % 3, "+", "-")
    return pd.DataFrame({"contig": "c", "strand": strand, "start": start, "end": start + WIDTH})


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return np.arange(2 * WINDOWS, dtype=np.float32).reshape(WINDOWS, 2)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_an_epoch_has_every_window(ranks):
    samplers = [
        ShuffledBatches(WINDOWS, 4, seed=1, rank=rank, ranks=ranks) for rank in range(ranks)
    ]
    assert len({len(sampler.epoch(0)) for sampler in samplers}) == 1
    rows = np.concatenate([batch for sampler in samplers for batch in sampler.epoch(5)])
    assert set(rows) == set(range(WINDOWS))
    if ranks == 1:
        assert len(rows) == WINDOWS


def test_epochs_and_seeds_differ_and_repeat():
    def order(seed, epoch):
        return np.concatenate(ShuffledBatches(WINDOWS, 4, seed=seed).epoch(epoch)).tolist()

    assert order(0, 3) == order(0, 3)
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4
    assert order(None, 0) == order(None, 1) == list(range(WINDOWS))


@pytest.mark.parametrize("position", [0, 1, 5, 6, 14])
def test_iteration_goes_on_at_any_position(position):
    sampler = ShuffledBatches(WINDOWS, 4, seed=1, position=lambda: position)
    epoch, first = divmod(position, len(sampler))
    expected = sampler.epoch(epoch)[first:]
    found = list(sampler)
    assert [batch.epoch for batch in found] == [epoch] * len(expected)
    for batch, rows in zip(found, expected, strict=True):
        assert np.array_equal(batch.rows, rows)


def test_windows_come_with_their_labels(genome, table, labels):
    batch = WindowSet(genome, table, labels)[Rows(0, np.array([4, 0]))]
    assert batch.codes.dtype == torch.uint8
    assert np.array_equal(batch.codes[0], genome.codes("c", 64, 80))
    assert np.array_equal(batch.codes[1], reverse_complement(genome.codes("c", 0, 16)))
    assert batch.labels.tolist() == [[8, 9], [0, 1]]
    assert batch.rows.tolist() == [4, 0]
    assert one_hot(batch.codes).shape == (2, 4, WIDTH)


def test_augmentation_is_that_of_window_and_epoch(genome, table, labels):
    changed = WindowSet(genome, table, labels, augmentation=Augmentation(shift=2), seed=7)
    rows = np.arange(WINDOWS)
    whole = changed[Rows(3, rows)].codes
    changed[Rows(0, rows)]
    again = changed[Rows(3, rows[[9, 2, 20]])].codes
    assert torch.equal(again, whole[[9, 2, 20]])
    assert not torch.equal(whole, changed[Rows(4, rows)].codes)


def test_augmentation_reaches_all_shifts_and_both_strands(genome, table, labels):
    changed = WindowSet(genome, table, labels, augmentation=Augmentation(shift=2), seed=7)
    seen = set()
    for epoch in range(40):
        found = changed[Rows(epoch, np.array([10]))].codes[0].numpy()
        for shift in range(-2, 3):
            codes = genome.codes("c", 160 + shift, 176 + shift)
            for opposite, window in ((False, codes), (True, reverse_complement(codes))):
                if np.array_equal(found, window):
                    seen.add((shift, opposite))
    assert seen == {(shift, opposite) for shift in range(-2, 3) for opposite in (False, True)}


def test_shifted_windows_reach_over_the_edge(genome, table, labels):
    changed = WindowSet(genome, table, labels, augmentation=Augmentation(shift=20), seed=0)
    codes = np.concatenate([changed[Rows(epoch, np.array([0]))].codes for epoch in range(20)])
    assert (codes == 4).any()
    assert (codes != 4).any()


def test_labels_for_other_windows_are_refused(genome, table, labels):
    with pytest.raises(InputError, match="23 windows have 22 labels"):
        WindowSet(genome, table, labels[1:])


def data(genome, table, labels, workers=0) -> WindowData:
    training = WindowSet(genome, table, labels, augmentation=Augmentation(), seed=3)
    held_out = WindowSet(genome, table.iloc[:5], labels[:5])
    return WindowData(training, held_out, batch=4, seed=3, workers=workers)


def test_workers_load_the_same_batches(genome, table, labels):
    alone, shared = (data(genome, table, labels, workers) for workers in (0, 2))
    for one, other in zip(alone.train_dataloader(), shared.train_dataloader(), strict=True):
        assert all(map(torch.equal, one, other))
    (loader,) = alone.val_dataloader()
    assert torch.cat([batch.rows for batch in loader]).tolist() == [0, 1, 2, 3, 4]


class Linear(pl.LightningModule):
    """Labels by one linear layer; keeps what it has seen, and stops where it is told to."""

    def __init__(self, stop: int | None = None):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(4 * WIDTH, 2)
        self.stop, self.seen = stop, []

    def training_step(self, batch, _):
        if self.global_step == self.stop:
            raise RuntimeError("killed")
        self.seen.append(batch.codes.clone())
        loss = (self.layer(one_hot(batch.codes).flatten(1)) - batch.labels).square().mean()
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.codes))
        return loss

    def validation_step(self, batch, _):
        pass

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 1e-3)


def train(module, given, folder):
    folder.mkdir(exist_ok=True)
    fit(
        module,
        given,
        epochs=3,
        hardware=Hardware(accelerator="cpu"),
        seed=0,
        threads=1,
        resume=folder,
        history=folder / "history.parquet",
        checkpoint=folder / "model.ckpt",
    )


def test_a_training_that_was_killed_sees_the_same_windows(genome, table, labels, tmp_path):
    whole, first, second = Linear(), Linear(stop=9), Linear()
    train(whole, data(genome, table, labels), tmp_path / "whole")
    with pytest.raises(RuntimeError, match="killed"):
        train(first, data(genome, table, labels), tmp_path / "parts")
    train(second, data(genome, table, labels), tmp_path / "parts")
    assert len(whole.seen) == 18
    # The last checkpoint was made after the first epoch of six batches.
    for one, other in zip(whole.seen, first.seen[:6] + second.seen, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(whole.layer.weight, second.layer.weight)
