"""The network of the shape of Xpresso."""

import numpy as np
import pytest
import torch
from expression_data import examples, windows

from causeway.genomes.baselines.examples import Examples
from causeway.genomes.baselines.xpresso import Xpresso, XpressoNetwork, load
from causeway.genomes.baselines.xpresso_settings import XpressoSettings
from causeway.genomes.best_weights import BestWeights
from causeway.hardware import Hardware

SETTINGS = XpressoSettings(channels=8, hidden=16, epochs=30, patience=2, learning_rate=0.01)


def model(folder, seed=0, **changes):
    settings = SETTINGS.model_copy(update=changes)
    return Xpresso(settings, seed, folder, Hardware(accelerator="cpu"))


def test_shapes_are_those_of_the_released_code():
    network = XpressoNetwork(3_000, 1, XpressoSettings())
    shapes = [tuple(one.shape) for one in network.parameters()]
    assert shapes == [(64, 4, 5), (64,), (64, 64, 5), (64,), (100, 960), (100,), (1, 100), (1,)]
    assert network(windows(2, 3_000)).shape == (2, 1)
    with pytest.raises(ValueError, match="shorter than the 200 bp"):
        XpressoNetwork(150, 1, XpressoSettings())


def test_a_planted_repeat_is_learned(tmp_path):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (400, 256), dtype=np.uint8)
    present = rng.random(400) < 0.5
    codes[present, 100:124] = [0, 1, 2, 3] * 6
    labels = 5.0 + 2 * np.outer(present, [1.0, -1.0]) + rng.normal(0, 0.1, (400, 2))
    parts = [Examples(codes[a:b], labels[a:b]) for a, b in ((0, 280), (280, 340), (340, 400))]
    baseline = model(tmp_path, dropout=0.1, patience=10)
    baseline.fit(parts[0], parts[1])
    found = baseline.predict(parts[2])
    assert np.corrcoef(found[:, 0], parts[2].expression[:, 0])[0, 1] > 0.9
    assert found.mean() == pytest.approx(parts[2].expression.mean(), abs=0.5)


def test_training_stops_early_repeats_and_is_saved(tmp_path):
    parts = examples(32), examples(16, seed=1)
    found = []
    for name in ("a", "b"):
        baseline = model(tmp_path / name)
        baseline.fit(*parts)
        found.append(baseline.predict(parts[1]))
    assert np.array_equal(*found)
    epochs = (tmp_path / "a" / "history.csv").read_text().count("valid/loss")
    assert epochs < SETTINGS.epochs  # noise cannot be learned
    network = load(tmp_path / "a" / "xpresso.ckpt")
    again = network.predict(torch.from_numpy(parts[1].windows)).numpy()
    assert again == pytest.approx(found[0])


def test_a_training_that_ended_before_it_was_saved_still_gives_the_best_weights(
    tmp_path, monkeypatch
):
    losses, note = iter([2.0, 1.0, 3.0]), BestWeights.note
    monkeypatch.setattr(BestWeights, "note", lambda *both: note(*both[:2], next(losses)))
    parts = examples(32), examples(16, seed=1)
    first = model(tmp_path, epochs=3)
    first.fit(*parts)
    last = torch.load(tmp_path / "last.ckpt", weights_only=True)["state_dict"]
    best = first.network.state_dict()
    assert not torch.equal(last["network.layers.0.weight"], best["layers.0.weight"])
    (tmp_path / "xpresso.ckpt").unlink()
    again = model(tmp_path, epochs=3)
    again.fit(*parts)
    assert np.array_equal(again.predict(parts[1]), first.predict(parts[1]))
