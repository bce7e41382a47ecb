"""Random worlds: exact scores against large samples, and what merging makes of experts."""

import numpy as np
import pytest

from causeway.causal.cmaxent import Expert, Moments, merge, pool
from causeway.causal.cmaxent.config import Worlds
from causeway.causal.cmaxent.normal import logistic
from causeway.causal.cmaxent.outside import study
from causeway.causal.cmaxent.worlds import (
    AnticausalWorld,
    CausalWorld,
    Linear,
    angle,
    anticausal_world,
    causal_world,
)
from causeway.errors import InputError

MAKERS = {"causal": causal_world, "anticausal": anticausal_world}
each = pytest.mark.parametrize("kind", MAKERS)


def world(kind: str, seed: int, link: float = 0.5) -> CausalWorld | AnticausalWorld:
    return MAKERS[kind](Worlds(), np.random.default_rng(seed), link)


@each
@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_a_large_sample(kind, seed):
    one = world(kind, seed)
    generator = np.random.default_rng(seed + 100)
    x, y = one.sample(200_000, generator)
    predictor = Linear(generator.normal(), generator.normal(size=2))
    logit = predictor.intercept + x @ predictor.weights
    right, losses = (logit > 0) == y, np.logaddexp(0, logit) - y * logit
    score = one.score(predictor)
    for value, sample in ((score.accuracy, right), (score.log_loss, losses)):
        assert value == pytest.approx(sample.mean(), abs=4.5 * sample.std() / 200_000**0.5)


@each
def test_moments_are_those_of_a_large_sample(kind):
    one = world(kind, 7)
    exact, found = one.moments(), Moments.of_sample(*one.sample(400_000, np.random.default_rng(1)))
    assert found.pi == pytest.approx(exact.pi, abs=0.004)
    np.testing.assert_allclose(found.mean, exact.mean, atol=0.01)
    np.testing.assert_allclose(found.covariance, exact.covariance, atol=0.015)
    np.testing.assert_allclose(found.cross, exact.cross, atol=0.005)


@each
@pytest.mark.parametrize("seed", range(4))
def test_no_predictor_beats_the_best(kind, seed):
    one = world(kind, seed)
    best = one.score(one.bayes)
    generator = np.random.default_rng(seed)
    for _ in range(20):
        intercept, weights = one.bayes
        other = Linear(intercept + generator.normal(), weights + generator.normal(size=2))
        score = one.score(other)
        assert score.log_loss > best.log_loss
        assert score.accuracy < best.accuracy


@each
@pytest.mark.parametrize("seed", range(5))
def test_matching_merging_of_unlinked_worlds_is_the_best_predictor(kind, seed):
    one = world(kind, seed, link=0.0)
    merged = merge(one.moments().as_seen_by([[0], [1]]), kind)
    np.testing.assert_allclose(merged.weights, one.bayes.weights, rtol=1e-9)
    assert merged.intercept == pytest.approx(one.bayes.intercept, rel=1e-9)


def test_a_predictor_that_knows_the_truth_to_a_factor_is_scored_at_the_step():
    """With u and v in proportion P(v > 0 | u) is a step, which the quadrature must not blur."""
    one = world("causal", 3)
    intercept, weights = one.bayes
    z = np.linspace(-9, 9, 2_000_001)
    spread = np.sqrt(weights @ one.covariance @ weights)
    density = np.exp(-(z**2) / 2)
    expected = density @ (1 / (1 + np.exp(-np.abs(intercept + spread * z)))) / density.sum()
    found = one.score(Linear(2 * intercept, 2 * weights)).accuracy
    assert found == pytest.approx(expected, abs=1e-9)


def test_logistic_expectations_agree_with_a_fine_grid():
    z = np.linspace(-12, 12, 4_000_001)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    for a, s in ((0.3, 0.0), (-1.0, 0.7), (2.0, 5.0), (-20.0, 60.0)):
        found, u = logistic(a, s), a + s * z
        probability = 1 / (1 + np.exp(-np.clip(u, -700, 700)))
        assert found.probability == pytest.approx(weight @ probability, abs=1e-13)
        assert found.moment == pytest.approx(weight @ (z * probability), abs=1e-13)
        assert found.softplus == pytest.approx(weight @ np.logaddexp(0, u), rel=1e-12)
        slope = weight * probability * (1 - probability)
        np.testing.assert_allclose(
            found.curvature, [[slope.sum(), slope @ z], [slope @ z, slope @ z**2]], atol=1e-13
        )


def test_angles():
    ones = np.ones(2)
    assert angle(np.array([1.0, 0.0]), np.array([0.0, 2.0]), ones) == pytest.approx(90)
    assert angle(np.array([1.0, 1.0]), np.array([-1.0, -1.0]), ones) == pytest.approx(180)
    assert angle(np.array([1.0, 1.0]), np.array([1.0, 0.0]), np.array([1.0, 3**0.5])) == (
        pytest.approx(60)
    )
    assert angle(np.array([1.0, 1e-9]), np.array([1.0, 0.0]), ones) == pytest.approx(
        np.degrees(1e-9)
    )


def test_pooled_experts_weigh_by_rows_and_leave_unknown_what_none_saw():
    generator = np.random.default_rng(0)
    x, y = world("anticausal", 1).sample(900, generator)
    first = Expert.of_sample([0], x[:300, [0]], y[:300])
    second = Expert.of_sample([1], x[300:, [1]], y[300:])
    found = pool([first, second])
    assert found.pi == pytest.approx(y.mean(), rel=1e-12)
    assert np.isnan(found.covariance[0, 1])
    assert found.mean == pytest.approx([x[:300, 0].mean(), x[300:, 1].mean()])
    third = Expert.of_sample([1, 0], x[:300, ::-1], y[:300])
    both = pool([first, third])
    assert both.all_known
    np.testing.assert_allclose(both.covariance, np.cov(x[:300].T, bias=True), rtol=1e-12)
    np.testing.assert_allclose(both.cross, Moments.of_sample(x[:300], y[:300]).cross, rtol=1e-12)


def test_experts_that_do_not_fit_are_refused():
    x, y = world("causal", 0).sample(100, np.random.default_rng(0))
    one = Moments.of_sample(x[:, [0]], y)
    for experts, words in (
        ([], "without gaps"),
        ([Expert([1], one, 100)], "without gaps"),
        ([Expert([0, 1], one, 100)], "expert 0"),
        ([Expert([0], one, 0)], "expert 0"),
    ):
        with pytest.raises(InputError, match=words):
            pool(experts)


def test_a_study_is_repeatable_and_its_gains_are_opposite():
    source = Worlds(worlds=4, rows=200)
    first, second = study(source, 0), study(source, 0)
    assert first.findings == second.findings
    for name, gain in first.findings["causal"].items():
        if name.endswith("-gain"):
            other = first.findings["anticausal"][name]
            assert gain.estimate == pytest.approx(-other.estimate, abs=1e-12), name
            assert gain.low == pytest.approx(-other.high, abs=1e-12)
            assert gain.n == 4
    exact = first.findings["causal"]["population/causal-world/log-loss-regret"]
    assert abs(exact.estimate) < 1e-12
    assert first.findings["causal"]["population/causal-world/log-loss-gain"].estimate > 1e-5
    assert study(source, 1).findings != first.findings


def test_refusals_are_counted_over_both_kinds_of_worlds_and_settings():
    strong = Worlds(worlds=6, anticausal_strength=(2.0, 2.1))
    findings = study(strong, 0).findings
    found = findings["causal"]
    parts = [
        findings[direction][f"{setting}/{kind}-world/refused"].estimate
        for direction in MAKERS
        for setting in ("population", "sampled")
        for kind in MAKERS
    ]
    assert found["unlinked/refused"].estimate == pytest.approx(6 * sum(parts))
    assert found["unlinked/refused"].estimate > 0
    assert found["unlinked/refused"].n == 24
