"""Training of stage 1."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from expression_data import CONTEXTS, SMALL, examples, expression, windows

from causeway.genomes.baselines.example_batches import example_batches
from causeway.genomes.best_weights import BestWeights
from causeway.genomes.phenformer.expression_model import load
from causeway.genomes.phenformer.expression_module import ExpressionTraining, build
from causeway.genomes.phenformer.objective import deviation, objective, poisson
from causeway.genomes.phenformer.objective_settings import Objective
from causeway.genomes.phenformer.optimiser import decayed_apart
from causeway.genomes.phenformer.settings import Learning
from causeway.hardware import Hardware
from causeway.training import fit

LEARNING = Learning(learning_rate=3e-3, warmup=4)
LEVEL = np.full(3, 2.0)


def data():
    return example_batches(examples(16), examples(8, seed=1), 8, seed=0)


def train(folder, epochs=2, seed=0):
    folder.mkdir(parents=True, exist_ok=True)
    module = build(CONTEXTS, SMALL, LEARNING, LEVEL, seed)
    checkpoint, history = folder / "model.ckpt", folder / "history.parquet"
    fit(
        module,
        data(),
        epochs=epochs,
        hardware=Hardware(accelerator="cpu"),
        seed=seed,
        threads=1,
        resume=folder / "resume",
        history=history,
        checkpoint=checkpoint,
    )
    return module, checkpoint, pd.read_parquet(history)


def test_losses_are_the_formulas():
    predicted, observed = expression(5), expression(5, seed=1)
    terms = objective(predicted, observed, Objective(deviation=2.0))
    p, o = predicted.numpy(), observed.numpy()
    level = ((p - o) ** 2).mean()
    left = ((p - p.mean(1)[:, None] - o + o.mean(1)[:, None]) ** 2).mean()
    assert float(terms.level) == pytest.approx(level, rel=1e-5)
    assert float(terms.deviation) == pytest.approx(left, rel=1e-5)
    assert float(terms.total) == pytest.approx(level + 2 * left, rel=1e-5)
    assert torch.allclose(deviation(predicted).sum(1), torch.zeros(5), atol=1e-5)


def test_the_poisson_deviance_is_that_of_torch_without_its_least_value():
    predicted, observed = expression(50), expression(50, seed=1)
    observed[:10] = 0
    rate, count = torch.expm1(predicted), torch.expm1(observed)

    def loss(x):
        return torch.nn.functional.poisson_nll_loss(x, count, log_input=False, eps=0)

    least = (count - torch.xlogy(count, count)).mean()
    assert poisson(predicted, observed) == pytest.approx(float(loss(rate) - least), rel=1e-4)
    assert float(poisson(observed, observed)) == pytest.approx(0, abs=1e-6)
    assert math.isfinite(float(poisson(torch.zeros(3, 2), torch.ones(3, 2))))


@pytest.mark.parametrize("level", ["squared", "poisson"])
def test_one_batch_is_learned_by_heart(level):
    torch.manual_seed(0)
    settings = Objective(level=level)
    model = build(CONTEXTS, SMALL.model_copy(update={"dropout": 0.0}), LEARNING, LEVEL, 0).model
    codes, wanted = windows(8), expression(8)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(150):
        loss = objective(model(codes), wanted, settings).total
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.02 * losses[0]
    assert torch.isfinite(torch.tensor(losses)).all()


def test_training_saves_the_best_weights(tmp_path):
    module, checkpoint, history = train(tmp_path, epochs=3)
    valid = history[history.metric == "valid/loss"].value
    assert module.best.loss == pytest.approx(valid.min())
    assert set(history.metric) == {
        *(
            f"{part}/{term}"
            for part in ("train", "valid")
            for term in ("loss", "level", "deviation")
        ),
        "valid/pearson",
        "valid/deviation-pearson",
    }
    codes = windows(8, seed=1)
    model = load(checkpoint)
    found = objective(model(codes), expression(8, seed=1), Objective()).total
    assert float(found) == pytest.approx(valid.min(), rel=1e-4)
    assert torch.equal(model(codes), module.model.eval()(codes))
    assert not any(weight.requires_grad for weight in model.parameters())
    assert model.contexts == CONTEXTS
    assert "best" not in torch.load(checkpoint, weights_only=True)


def test_a_training_that_ended_before_it_was_saved_still_gives_the_best_weights(
    tmp_path, monkeypatch
):
    losses, note = iter([2.0, 1.0, 3.0]), BestWeights.note
    monkeypatch.setattr(BestWeights, "note", lambda *both: note(*both[:2], next(losses)))
    _, checkpoint, _ = train(tmp_path, epochs=3)
    first = torch.load(checkpoint, weights_only=True)["state_dict"]
    last = torch.load(tmp_path / "resume" / "last.ckpt", weights_only=True)["state_dict"]
    assert not torch.equal(first["model.head.mix.weight"], last["model.head.mix.weight"])
    checkpoint.unlink()
    _, checkpoint, _ = train(tmp_path, epochs=3)
    again = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_seeds_repeat_and_differ(tmp_path):
    found = [
        load(train(tmp_path / name, epochs=1, seed=seed)[1])(windows(4))
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_a_killed_training_resumes_to_the_same_bits(tmp_path, monkeypatch):
    step = ExpressionTraining.training_step

    def breaking(self, batch):
        if self.global_step == 3:
            raise RuntimeError("killed")
        return step(self, batch)

    monkeypatch.setattr(ExpressionTraining, "training_step", breaking)
    with pytest.raises(RuntimeError, match="killed"):
        train(tmp_path / "broken", epochs=3)
    monkeypatch.undo()
    assert (tmp_path / "broken" / "resume" / "last.ckpt").exists()
    resumed, whole = (train(tmp_path / name, epochs=3) for name in ("broken", "whole"))
    one, other = (torch.load(run[1], weights_only=True)["state_dict"] for run in (resumed, whole))
    assert all(torch.equal(one[name], other[name]) for name in one)
    pd.testing.assert_frame_equal(resumed[2], whole[2])


def test_vectors_do_not_decay():
    model = build(CONTEXTS, SMALL, LEARNING, LEVEL, 0).model
    matrices, vectors = decayed_apart(model, 0.1)
    assert vectors["weight_decay"] == 0
    assert sum(map(len, (matrices["params"], vectors["params"]))) == len(list(model.parameters()))
    assert all(one.ndim < 2 for one in vectors["params"])


def test_best_weights_stop_and_survive():
    layer, best = torch.nn.Linear(2, 1), BestWeights(patience=2)
    best.note(layer, 1.0)
    kept = layer.weight.detach().clone()
    layer.weight.data.add_(1)
    best.note(layer, math.nan)
    assert not best.exhausted
    again = BestWeights(patience=2)
    again.load(best.state())
    again.note(layer, 1.0)
    assert again.exhausted
    again.restore(layer)
    assert torch.equal(layer.weight, kept)
