"""Contexts ranked as causes: estimators against planted truth, and the file of hypotheses."""

import json

import numpy as np
import pytest
import risk_world
import torch

from causeway.errors import InputError
from causeway.genomes.phenformer.estimates import Estimates, area_by_context, mean_over_cases
from causeway.genomes.phenformer.hypotheses import (
    Hypotheses,
    Score,
    hypotheses,
    read_hypotheses,
    score_matrix,
    sentence,
    top_genes,
    write_hypotheses,
)
from causeway.genomes.phenformer.occlusion import occlusions
from causeway.genomes.phenformer.prediction import predict
from causeway.genomes.phenformer.refits import context_only_risks, only_context
from causeway.genomes.phenformer.risk_data import Cohort
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.risk_objective import case_weights, risk_loss
from causeway.genomes.phenformer.sensitivity import sensitivity
from causeway.rankings import auroc

CONTEXTS = [f"context{place}" for place in range(risk_world.CONTEXTS)]
GENES = [f"gene{place}" for place in range(risk_world.GENES)]
DISEASES = ["a", "b", "c"]
TRAIN, VALID = np.arange(800), np.arange(800, 1200)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def people() -> Cohort:
    return risk_world.cohort(1200)


@pytest.fixture(scope="module")
def model(people) -> RiskModel:
    """A model with a token per gene, trained by hand."""
    # Threads that wait for each other cost more than such small layers.
    torch.set_num_threads(1)
    model = risk_world.model("gene")
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    batch = people.batch(TRAIN)
    weights = case_weights(batch.labels, batch.known)
    rng = np.random.default_rng(0)
    for _ in range(10):
        for rows in np.split(rng.permutation(TRAIN), 25):
            batch = people.batch(rows)
            loss = risk_loss(model(batch.differences), batch.labels, batch.known, weights)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()


@pytest.mark.parametrize("channels", [None, 3])
def test_occlusion_is_what_setting_to_zero_changes(channels):
    people, model = risk_world.cohort(20, channels=channels), risk_world.model(channels=channels)
    rows = np.arange(5, 20)
    found = occlusions(model, people, rows)
    full = predict(model, people, rows)
    for context in range(risk_world.CONTEXTS):
        other = people.differences.copy()
        other[:, :, context] = 0
        changed = Cohort(other, people.labels, people.known, people.embeddings)
        expected = full - predict(model, changed, rows)
        assert found[:, :, context] == pytest.approx(expected, abs=1e-6)
    mean = people.differences.mean(axis=0)
    assert not np.array_equal(found, occlusions(model, people, rows, mean))


def test_what_is_zero_already_loses_exactly_nothing():
    people, model = risk_world.cohort(10), risk_world.model()
    people.differences[:, :, 1] = 0
    found = occlusions(model, people, np.arange(10))
    assert (found[:, :, 1] == 0).all()
    assert (found[:, :, 0] != 0).any()


@pytest.mark.parametrize("tokens", ["gene", "gene_x_context"])
def test_gradients_are_those_of_finite_steps(tokens):
    people, model = risk_world.cohort(30), risk_world.model(tokens).double()
    batch = people.batch(np.arange(30))
    exact = Cohort(people.differences, people.labels, people.known)
    object.__setattr__(
        exact,
        "batch",
        lambda rows: batch._replace(
            differences=batch.differences[rows].double(),
            labels=batch.labels[rows],
            known=batch.known[rows],
        ),
    )
    found = sensitivity(model, exact, np.arange(30))
    step = torch.zeros(6, 5, dtype=torch.float64)
    step[4, 3] = 1e-5
    with torch.no_grad():
        ends = [model.eval()(batch.differences.double() + sign * step) for sign in (1, -1)]
    slopes = ((ends[0] - ends[1]) / 2e-5).numpy()
    cases = people.labels & people.known
    for disease in range(3):
        expected = slopes[cases[:, disease], disease].mean()
        assert found.gradient[disease, 4, 3] == pytest.approx(expected, rel=1e-5)
    if tokens == "gene":
        assert found.attention is None
    else:
        assert found.attention.shape == (30, 3, 5)


def test_attention_is_weighted_by_gradients(people):
    rows, model = VALID[:7], risk_world.model().eval()
    found = sensitivity(model, people, rows)
    differences = people.batch(rows).differences.requires_grad_()
    (gradient,) = torch.autograd.grad(model(differences)[:, 1].sum(), differences)
    weights = model.attention(differences.detach())
    torch.testing.assert_close(weights.sum(dim=(1, 2)), torch.ones(7))
    expected = weights.sum(dim=1) * gradient.abs().sum(dim=1)
    assert found.attention[:, 1] == pytest.approx(expected.detach().numpy(), rel=1e-4)
    assert not model.training


def test_mean_over_cases_leaves_out_controls_and_unknown_people(rng):
    changes = rng.standard_normal((50, 2, 4))
    labels, known = rng.random((50, 2)) < 0.4, rng.random((50, 2)) < 0.8
    found = mean_over_cases(changes, labels, known, rng=rng)
    against = mean_over_cases(changes, labels, known, rng=rng, against_controls=True)
    for disease in range(2):
        cases = labels[:, disease] & known[:, disease]
        controls = ~labels[:, disease] & known[:, disease]
        mean = changes[cases, disease].mean(axis=0)
        assert found.value[disease] == pytest.approx(mean)
        assert found.n[disease] == cases.sum()
        expected = mean - changes[controls, disease].mean(axis=0)
        assert against.value[disease] == pytest.approx(expected)
        assert against.n[disease] == known[:, disease].sum()
        error = changes[cases, disease].std(axis=0) / np.sqrt(cases.sum())
        width = found.high[disease] - found.low[disease]
        assert width == pytest.approx(2 * 1.96 * error, rel=0.15)
    none = mean_over_cases(changes, labels & False, known, rng=rng)
    assert np.isnan(none.value).all()
    assert (none.n == 0).all()


def test_areas_of_contexts_are_over_known_people(rng):
    risks = rng.standard_normal((80, 2, 3))
    labels, known = rng.random((80, 2)) < 0.4, rng.random((80, 2)) < 0.8
    risks[:, 0, 1] += 2 * labels[:, 0]
    labels[:, 1] = False
    found = area_by_context(risks, labels, known, rng=rng, resamples=300)
    here = known[:, 0]
    assert found.value[0, 1] == auroc(risks[here, 0, 1], labels[here, 0])
    assert found.low[0, 1] > 0.75
    assert found.low[0, 2] < 0.5 < found.high[0, 2]
    assert np.isnan(found.value[1]).all()


def test_contexts_are_refitted_one_at_a_time(people):
    def fit(context, refit):
        sole = only_context(people.differences, context)
        assert sole.shape == (1200, 6, 1)
        least = [
            np.linalg.lstsq(sole[TRAIN, :, 0], people.labels[TRAIN, d] - 0.3)[0] for d in range(3)
        ]
        return sole[VALID, :, 0] @ np.transpose(least) + refit

    risks = context_only_risks(fit, risk_world.CONTEXTS, refits=2)
    assert risks[:, :, 3] == pytest.approx(fit(3, 0.5))
    rng = np.random.default_rng(0)
    found = area_by_context(
        risks, people.labels[VALID], people.known[VALID], rng=rng, resamples=200
    )
    for disease, (_, context) in risk_world.CAUSES.items():
        assert found.value[disease].argmax() == context
        assert found.low[disease, context] > 0.85
    assert found.value[2].max() < 0.62


def test_planted_contexts_and_genes_lead(people, model, rng):
    rows = VALID
    labels, known = people.labels[rows], people.known[rows]
    changes = occlusions(model, people, rows)
    found = sensitivity(model, people, rows)
    estimates = {
        "occlusion": mean_over_cases(changes, labels, known, rng=rng),
        "occlusion-contrast": mean_over_cases(
            changes, labels, known, rng=rng, against_controls=True
        ),
    }
    differences = people.differences[rows]
    cases = [differences[labels[:, d]].mean(axis=0) for d in range(3)]
    controls = [differences[~labels[:, d]].mean(axis=0) for d in range(3)]
    report = hypotheses(
        DISEASES,
        CONTEXTS,
        GENES,
        estimates,
        gradient=found.gradient,
        spread=people.differences.std(axis=0),
        difference=np.subtract(cases, controls),
        leading="occlusion",
        note="drawn",
        number=3,
    )
    for disease, (gene, context) in risk_world.CAUSES.items():
        for name, one in estimates.items():
            assert one.value[disease].argmax() == context, name
        first = next(one for one in report.hypotheses if one.disease == DISEASES[disease])
        assert (first.context, first.rank) == (CONTEXTS[context], 1)
        assert first.genes[0].gene == GENES[gene]
        assert first.genes[0].direction == "up"
        assert first.genes[0].difference > 0.5
        assert first.scores[0].low > 0
    # What causes nothing is near nothing.
    assert estimates["occlusion-contrast"].value[2].max() < 0.5
    assert estimates["occlusion-contrast"].value[0].max() > 1.5


def made(value, rng):
    one = Estimates(np.array(value), np.array(value) - 1, np.array(value) + 1, np.full(3, 9))
    return hypotheses(
        DISEASES,
        CONTEXTS,
        GENES,
        {"occlusion": one},
        gradient=rng.standard_normal((3, 6, 5)),
        spread=np.ones((6, 5)),
        difference=np.zeros((3, 6, 5)),
        leading="occlusion",
        note="labels were drawn",
    )


def test_the_file_comes_back_and_has_its_form(tmp_path, rng):
    value = rng.standard_normal((3, 5))
    value[2] = np.nan
    report = made(value, rng)
    path = tmp_path / "hypotheses.json"
    write_hypotheses(report, path)
    assert read_hypotheses(path) == report
    content = json.loads(path.read_text())
    assert list(content) == ["version", "estimator", "note", "contexts", "hypotheses"]
    first = content["hypotheses"][0]
    assert list(first) == ["disease", "context", "rank", "scores", "genes", "sentence"]
    assert list(first["scores"][0]) == ["estimator", "value", "low", "high", "n", "rank"]
    assert list(first["genes"][0]) == ["gene", "effect", "direction", "difference"]
    assert [one["rank"] for one in content["hypotheses"][:5]] == [1, 2, 3, 4, 5]
    assert content["hypotheses"][-1]["rank"] is None
    assert "Nothing can be said" in content["hypotheses"][-1]["sentence"]
    matrix = score_matrix(read_hypotheses(path), "occlusion", DISEASES, CONTEXTS)
    assert np.array_equal(matrix, value, equal_nan=True)


def test_another_form_is_refused(tmp_path):
    path = tmp_path / "hypotheses.json"
    path.write_text('{"version": 2}')
    with pytest.raises(InputError, match="is no file of hypotheses"):
        read_hypotheses(path)
    with pytest.raises(InputError, match="is no file of hypotheses"):
        read_hypotheses(tmp_path / "none.json")
    assert Hypotheses.model_json_schema()["properties"]["version"]["const"] == 1


def test_a_sentence_says_rank_interval_and_genes():
    score = Score(estimator="occlusion", value=0.1234, low=0.05, high=0.2, n=30, rank=1)
    genes = top_genes([0.5, -0.2, 0.0, 0.1], [1, 2, 1, 0], [0.3, 0.1, 0, 0], GENES, 4)
    assert [gene.gene for gene in genes] == ["gene0", "gene1"]
    assert genes[1].difference == pytest.approx(0.05)
    assert sentence("gout", "kidney", score, genes, 54) == (
        "Expression in kidney ranks 1 of 54 contexts for gout, with a change of the log-odds of "
        "cases by 0.123 when it is left out (95 % interval 0.05 to 0.2, 30 people); risk goes "
        "with higher expression of gene0 and lower expression of gene1."
    )


def test_estimates_that_do_not_fit_are_refused(rng):
    with pytest.raises(ValueError, match=r"not of shape \(3, 5\)"):
        made(rng.standard_normal((3, 4)), rng)
