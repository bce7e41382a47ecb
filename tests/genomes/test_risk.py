"""Tokens, data and training of stage 2."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import risk_world
import torch

from causeway.errors import InputError
from causeway.genomes.phenformer import risk_module
from causeway.genomes.phenformer.prediction import embed, predict
from causeway.genomes.phenformer.risk_data import FORWARD, RiskData, Shuffled
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.risk_module import RiskTraining, build, mean_area
from causeway.genomes.phenformer.risk_objective import case_weights, risk_loss
from causeway.genomes.phenformer.settings import RiskLearning
from causeway.hardware import Hardware
from causeway.training import fit

PEOPLE = 1000
TRAIN, VALID = np.arange(800), np.arange(800, PEOPLE)


def test_the_reference_person_differs_in_nothing_but_the_heads():
    model = risk_world.model(channels=7).eval()
    differences, embeddings = torch.zeros(2, 6, 5), torch.zeros(2, 6, 7)
    found = model(differences, embeddings)
    assert torch.equal(found[0], found[1])
    assert found.shape == (2, 3)


def test_embeddings_come_as_announced():
    with pytest.raises(ValueError, match="if and only if"):
        risk_world.model(channels=7)(torch.zeros(2, 6, 5))
    with pytest.raises(ValueError, match="if and only if"):
        risk_world.model()(torch.zeros(2, 6, 5), torch.zeros(2, 6, 7))


def test_cases_weigh_as_much_as_controls_up_to_a_cap():
    labels = torch.zeros(200, 4, dtype=torch.bool)
    labels[:50, 0], labels[0, 1], labels[:100, 3] = True, True, True
    known = torch.ones_like(labels)
    known[:40, 0] = False
    assert case_weights(labels, known).tolist() == [15, 50, 50, 1]


def test_loss_is_the_weighted_cross_entropy_of_what_is_known():
    torch.manual_seed(0)
    logits, labels = torch.randn(7, 2), torch.rand(7, 2) < 0.4
    known = torch.rand(7, 2) < 0.7
    weights = torch.tensor([3.0, 1.5])
    expected = 0.0
    for disease in range(2):
        each = []
        for person in range(7):
            p = torch.sigmoid(logits[person, disease])
            one = -weights[disease] * p.log() if labels[person, disease] else -(1 - p).log()
            if known[person, disease]:
                each.append(one)
        expected += sum(each) / len(each)
    torch.testing.assert_close(risk_loss(logits, labels, known, weights), expected)
    assert risk_loss(logits, labels, torch.zeros_like(known), weights) == 0


def test_people_not_known_have_no_part_in_loss_and_gradient():
    logits = torch.zeros(3, 1, requires_grad=True)
    broken = torch.where(torch.tensor([[True], [False], [False]]), torch.nan, logits)
    known = torch.tensor([[False], [True], [True]])
    loss = risk_loss(broken, torch.tensor([[1], [0], [1]]).bool(), known, torch.ones(1))
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad[0] == 0


def test_batches_depend_on_seed_epoch_and_place_alone():
    def rows(seed, position=0, **ranks):
        return list(Shuffled(np.arange(10, 33), 5, seed=seed, position=lambda: position, **ranks))

    first = rows(0)
    assert [len(part) for part in first] == [5, 5, 5, 5, 3]
    assert sorted(np.concatenate(first)) == list(range(10, 33))
    assert all(np.array_equal(*pair) for pair in zip(first, rows(0), strict=True))
    middle = rows(0, 3)
    assert all(np.array_equal(*pair) for pair in zip(first[3:], middle, strict=True))
    for other in (rows(1), rows(0, 5)):
        assert not np.array_equal(first[0], other[0])
    halves = [rows(0, rank=rank, ranks=2) for rank in range(2)]
    for whole, one, two in zip(first, *halves, strict=True):
        assert sorted(np.concatenate([one, two])) == sorted(whole)


def test_data_that_cannot_train_or_choose_are_refused():
    people = risk_world.cohort(40)
    with pytest.raises(InputError, match="nobody trains"):
        RiskData(people, [], [1, 2], batch=4, seed=0)
    people.labels[30:] = False
    with pytest.raises(InputError, match="among 10 validation people"):
        RiskData(people, np.arange(30), np.arange(30, 40), batch=4, seed=0)
    with pytest.raises(ValueError, match="differ"):
        type(people)(people.differences[:3], people.labels, people.known)


def test_area_is_averaged_over_the_diseases_that_have_one():
    logits = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 0.5]])
    labels = torch.tensor([[0, 1], [0, 1], [1, 1]], dtype=torch.bool)
    known = torch.ones(3, 2, dtype=torch.bool)
    assert mean_area(logits, labels, known) == 1.0
    known[1, 0] = False
    assert mean_area(-logits, labels, known) == 0.0
    assert np.isnan(mean_area(logits, labels & False, known))
    assert np.isnan(mean_area(logits * torch.nan, labels, known))


class Interrupted(RiskTraining):
    """Breaks down at a step."""

    break_at: int | None = None

    def training_step(self, batch):
        if self.global_step == self.break_at:
            raise RuntimeError("killed")
        return super().training_step(batch)


def training(people, rate=3e-3, kind=RiskTraining, **world):
    learning = RiskLearning(learning_rate=rate)
    module = build(risk_world.model(**world), people, TRAIN, learning)
    module.__class__ = kind
    return module


def trained(folder, module, people, epochs=6, seed=0):
    folder.mkdir(exist_ok=True)
    fit(
        module,
        RiskData(people, TRAIN, VALID, batch=32, seed=0),
        epochs=epochs,
        hardware=Hardware(accelerator="cpu"),
        seed=seed,
        threads=1,
        resume=folder,
        history=folder / "history.parquet",
        checkpoint=folder / "model.ckpt",
        gradient_clip=1.0,
    )
    saved = torch.load(folder / "model.ckpt", weights_only=True)
    return saved["state_dict"], pd.read_parquet(folder / "history.parquet")


def test_planted_causes_are_learned_and_the_best_epoch_is_kept(tmp_path):
    people = risk_world.cohort(PEOPLE)
    _, history = trained(tmp_path, training(people, tokens="gene"), people, epochs=8)
    metrics = history.pivot(index="epoch", columns="metric", values="value")
    assert set(metrics) == {"train/loss", "valid/loss", "valid/auroc"}
    assert metrics["train/loss"].iloc[-1] < metrics["train/loss"].iloc[0]
    # Two diseases near 0.95, and one that is chance.
    assert metrics["valid/auroc"].max() > 0.75
    best = RiskModel.of(tmp_path / "model.ckpt")
    logits = torch.from_numpy(predict(best, people, VALID))
    labels, known = torch.from_numpy(people.labels[VALID]), torch.from_numpy(people.known[VALID])
    assert mean_area(logits, labels, known) == pytest.approx(metrics["valid/auroc"].max())
    assert best.diseases == ["a", "b", "c"]
    assert "best" not in torch.load(tmp_path / "model.ckpt", weights_only=True)


@pytest.mark.parametrize("step", [3, 25, 40])
def test_a_broken_training_ends_with_the_same_bits(tmp_path, step, monkeypatch):
    monkeypatch.setattr("causeway.training.SAVE_EVERY", timedelta(0))
    people = risk_world.cohort(PEOPLE)
    whole = trained(tmp_path / "whole", training(people), people, epochs=2)
    module = training(people, kind=Interrupted)
    module.break_at = step
    with pytest.raises(RuntimeError, match="killed"):
        trained(tmp_path / "broken", module, people, epochs=2)
    resumed = trained(tmp_path / "broken", training(people, seed=0), people, epochs=2)
    assert all(torch.equal(whole[0][name], resumed[0][name]) for name in whole[0])
    pd.testing.assert_frame_equal(whole[1], resumed[1])


def test_a_training_that_ended_before_it_was_saved_still_gives_the_best_weights(
    tmp_path, monkeypatch
):
    areas = iter([0.5, 0.9, 0.6])
    monkeypatch.setattr(risk_module, "mean_area", lambda *_: next(areas))
    people = risk_world.cohort(PEOPLE)
    first = trained(tmp_path / "one", training(people), people, epochs=3)
    last = torch.load(tmp_path / "one" / "last.ckpt", weights_only=True)["state_dict"]
    assert not torch.equal(first[0]["model.heads.bias"], last["model.heads.bias"])
    again = trained(tmp_path / "one", training(people), people, epochs=3)
    assert all(torch.equal(first[0][name], again[0][name]) for name in first[0])
    areas = iter([0.5, 0.9, 0.6])
    monkeypatch.setattr(risk_module, "mean_area", lambda *_: next(areas))
    second = trained(tmp_path / "two", training(people), people, epochs=3)
    assert all(torch.equal(first[0][name], second[0][name]) for name in first[0])


def test_dropout_is_that_of_the_seed(tmp_path):
    people = risk_world.cohort(PEOPLE)
    runs = [
        trained(tmp_path / str(place), training(people), people, epochs=1, seed=seed)[0]
        for place, seed in enumerate([0, 0, 1])
    ]
    same = [all(torch.equal(one[name], two[name]) for name in one) for one, two in pairwise(runs)]
    assert same == [True, False]


def test_predictions_do_not_depend_on_batches_and_leave_the_model_as_it_was():
    people = risk_world.cohort(FORWARD + 40, channels=7)
    model = risk_world.model(channels=7).train()
    rows = np.arange(len(people))[::-1]
    found = predict(model, people, rows)
    assert model.training
    some = predict(model, people, rows[250:270])
    assert found[250:270] == pytest.approx(some, abs=1e-5)
    embeddings = torch.from_numpy(embed(model, people, rows))
    assert embeddings.shape == (len(people), 4 * 16)
    with torch.no_grad():
        logits = model.heads(embeddings)
    assert found == pytest.approx(logits.numpy(), abs=1e-5)
