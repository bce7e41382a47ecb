"""Accounts of noise before and after the projection, and of many steps."""

import dp_accounting
import numpy as np
import pytest
from dp_accounting.pld import PLDAccountant
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from causeway.trust.wishart import (
    MixedGaussian,
    NoiseAfter,
    VectorRelease,
    calibrate,
    compose,
    gaussian,
    noise_after_matrix,
    noise_before,
)
from causeway.trust.wishart.mechanism import projection
from causeway.trust.wishart.references import deviation, read
from rules import ROOT

TABLES = ROOT / "config" / "references" / "wishart"
SETTINGS = settings(max_examples=20, deadline=None)


def oracle(noise, steps, sampling=1.0):
    """Google's accountant of the (sampled) Gaussian mechanism."""
    event = dp_accounting.GaussianDpEvent(noise)
    if sampling < 1:
        event = dp_accounting.PoissonSampledDpEvent(sampling, event)
    return PLDAccountant(value_discretization_interval=1e-4).compose(event, steps)


@pytest.mark.parametrize(
    "row", read(TABLES / "before.tsv", ["dimension", "rank", "noise", "delta"]), ids=str
)
def test_noise_before_agrees_with_the_reference(row):
    found = noise_before(row.dimension, row.rank, row.noise).epsilon(row.delta)
    assert deviation([found], [row.printed]) <= 0.5


@pytest.mark.parametrize(
    "row", read(TABLES / "naive.tsv", ["dimension", "rank", "noise", "delta"]), ids=str
)
def test_the_mean_share_is_optimistic(row):
    found = gaussian(row.noise * np.sqrt(row.dimension / row.rank)).epsilon(row.delta)
    assert deviation([found], [row.printed]) <= 0.5
    assert found < noise_before(row.dimension, row.rank, row.noise).epsilon(row.delta)


def test_the_mean_share_is_pessimistic_at_large_delta():
    exact, naive = noise_before(400, 4, 0.1), gaussian(0.1 * np.sqrt(400 / 4))
    assert exact.epsilon(0.3) == pytest.approx(0.185, abs=1e-3)
    assert naive.epsilon(0.3) == pytest.approx(0.277, abs=1e-3)
    assert exact.epsilon(1e-5) > naive.epsilon(1e-5)


@pytest.mark.parametrize(
    "row",
    read(TABLES / "after.tsv", ["dimension", "rank", "alignment", "noise", "epsilon"]),
    ids=str,
)
def test_noise_after_agrees_with_the_reference(row):
    made = NoiseAfter(row.dimension, row.rank, row.alignment, row.noise)
    found = made.delta(row.epsilon, draws=1024, replicates=6)
    reference = float(row.printed)
    error = np.hypot((found.high - found.low) / 2, 3 * np.sqrt(reference / 200_000))
    assert abs(found.estimate - reference) < 1.5 * error
    alone = made.gaussian(row.epsilon)
    if row.alone == "<1e-5":
        assert alone < 1e-5
    else:
        assert deviation([alone], [row.alone]) <= 0.5


def test_noise_after_tends_to_the_account_without_noise():
    free = VectorRelease(12, 5, 0.9).delta(2)
    gaps = [
        free - NoiseAfter(12, 5, 0.9, noise).delta(2, draws=512, replicates=4).estimate
        for noise in (0.4, 0.2, 0.1)
    ]
    assert gaps[0] > gaps[1] > gaps[2] > 0


def test_noise_after_by_plain_simulation():
    """Releases of the definition and an independent density: a mean over simulated strengths."""
    d, r, rho, noise, epsilon = 5, 3, 0.8, 0.5, 0.5
    generator = np.random.default_rng(0)
    v, w = np.eye(d)[0], rho * np.eye(d)[0] + np.sqrt(1 - rho**2) * np.eye(d)[1]
    factors = generator.normal(size=(6_000, r, d)) / np.sqrt(r)
    y = np.einsum("nrd,nr->nd", factors, factors @ v)
    y = y + noise * generator.normal(size=y.shape)
    s = stats.chi2.ppf((np.arange(800) + 0.5) / 800, r) / r

    def density(u):
        along = y @ u
        width = s / r + noise**2
        rest = (y**2).sum(1) - along**2
        exponent = -((along[:, None] - s) ** 2) / (2 * noise**2) - rest[:, None] / (2 * width)
        return np.mean(np.exp(exponent) * width ** (-(d - 1) / 2), axis=1)

    terms = np.maximum(1 - np.exp(epsilon) * density(w) / density(v), 0)
    found = NoiseAfter(d, r, rho, noise).delta(epsilon, draws=512, replicates=8)
    error = np.hypot(terms.std() / np.sqrt(len(terms)), (found.high - found.low) / 4)
    assert abs(terms.mean() - found.estimate) < 3.5 * error


def test_estimates_repeat_with_the_seed():
    made = NoiseAfter(12, 5, 0.9, 0.4)
    first, again, other = (made.delta(1, draws=256, seed=seed) for seed in (3, 3, 4))
    assert first == again != other


@SETTINGS
@given(st.integers(2, 300), st.integers(1, 300), st.floats(0.2, 5))
def test_noise_before_costs_no_more_than_the_noise_alone(dimension, rank, noise):
    found = noise_before(dimension, rank, noise).epsilon(1e-4)
    plain = gaussian(noise).epsilon(1e-4)
    if rank >= dimension:
        assert found == pytest.approx(plain, abs=1e-6)
    else:
        assert found < plain


def test_the_account_holds_in_very_large_dimensions():
    """Ten times fewer ranks than dimensions: b is .1 up to 4e-4, so that b is at its mean."""
    found = noise_before(10**6, 10**5, 0.5)
    assert np.sum(found.weights) == pytest.approx(1, abs=1e-12)
    assert found.epsilon(1e-5) == pytest.approx(
        gaussian(0.5 * np.sqrt(10)).epsilon(1e-5), rel=1e-4
    )


@SETTINGS
@given(st.integers(20, 300), st.integers(1, 18), st.floats(0.3, 5))
def test_epsilon_rises_with_the_rank(dimension, rank, noise):
    lower, upper = (noise_before(dimension, r, noise).epsilon(1e-4) for r in (rank, rank + 1))
    assert lower < upper


@SETTINGS
@given(st.floats(0.3, 5), st.floats(0, 10), st.floats(0, 10))
def test_delta_falls_and_starts_at_the_total_variation(noise, first, second):
    made = noise_before(64, 16, noise)
    low, high = sorted((first, second))
    assert made.delta(high) <= made.delta(low) + 1e-15
    total = made.weights @ (2 * stats.norm.cdf(made.shifts / 2) - 1)
    assert made.delta(0) == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize(("dimension", "rank"), [(9, 3), (9, 1), (9, 8), (64, 16)])
def test_shares_and_sensitivities_follow_the_projection(dimension, rank):
    """Moments of the laws against projections drawn by the definition."""
    generator = np.random.default_rng(0)
    shares, lengths = [], []
    for _ in range(3000):
        factor = projection(dimension, rank, generator)
        basis = np.linalg.qr(factor.T)[0]
        shares.append(np.sum(basis[0] ** 2))
        lengths.append(np.sum((factor.T @ factor[:, 0]) ** 2))
    for drawn, made in (
        (shares, noise_before(dimension, rank, 1.0)),
        (lengths, noise_after_matrix(dimension, rank, 1.0)),
    ):
        mean = made.weights @ made.shifts**2
        variance = made.weights @ made.shifts**4 - mean**2
        assert np.sum(made.weights) == pytest.approx(1, abs=1e-10)
        assert abs(np.mean(drawn) - mean) < 4 * np.sqrt(variance / len(drawn))
        assert np.var(drawn) == pytest.approx(variance, rel=0.35)


@pytest.mark.parametrize(("noise", "steps"), [(1.0, 1), (10.0, 100), (20.0, 1000)])
def test_composed_gaussians_are_the_closed_form_and_the_oracle(noise, steps):
    composed = compose(gaussian(noise), steps)
    closed = gaussian(noise / np.sqrt(steps))
    for delta in (1e-3, 1e-5, 1e-8):
        exact = closed.epsilon(delta)
        assert exact <= composed.epsilon(delta) <= exact * 1.0003 + 1e-9
    assert composed.epsilon(1e-5) == pytest.approx(
        oracle(noise, steps).get_epsilon(1e-5), rel=2e-3
    )
    fixed = compose(gaussian(noise), steps, projection="fixed")
    assert fixed.epsilon(1e-5) == pytest.approx(closed.epsilon(1e-5), rel=1e-9)


@pytest.mark.parametrize(("noise", "steps", "sampling"), [(1.0, 200, 0.01), (4.0, 100, 0.25)])
def test_sampled_gaussians_are_those_of_the_oracle(noise, steps, sampling):
    composed = compose(gaussian(noise), steps, sampling=sampling)
    reference = oracle(noise, steps, sampling)
    for delta in (1e-3, 1e-5):
        assert composed.epsilon(delta) == pytest.approx(reference.get_epsilon(delta), rel=3e-3)


@pytest.mark.parametrize(
    "mechanism",
    [
        noise_after_matrix(64, 4, 1.0),
        noise_after_matrix(16, 4, 1.0),
        noise_before(64, 16, 0.03),
        gaussian(0.1),
        gaussian(0.03),
        gaussian(0.001),
    ],
)
def test_losses_beyond_the_largest_exponential_are_composed(mechanism):
    """One step is its own closed form; the exponential of 710 is no number."""
    found, exact = compose(mechanism, 1).epsilon(1e-5), mechanism.epsilon(1e-5)
    assert exact > 40
    assert exact <= found <= exact * 1.0003


@pytest.mark.parametrize("sampling", [0.5, 0.01])
@pytest.mark.parametrize("noise", [1.0, 0.03, 0.01])
def test_one_sampled_step_is_its_closed_form_at_any_noise(noise, sampling):
    """Losses fall with the noise, so that the best test is a threshold on one normal variable."""
    shift = 1 / noise
    made = compose(gaussian(noise), 1, sampling=sampling)

    def excess(epsilon):
        """Logarithm of the exact delta (removing, the worse way here) over the one asked for."""
        log_odds = epsilon + np.log1p(-(1 - sampling) * np.exp(-epsilon)) - np.log(sampling)
        x = log_odds / shift + shift / 2
        with_example = (1 - sampling) * stats.norm.sf(x) + sampling * stats.norm.sf(x - shift)
        return np.log((with_example - np.exp(epsilon + stats.norm.logsf(x))) / 1e-5)

    exact = optimize.brentq(excess, 1e-3, 0.6 * shift**2 + 10 * shift)
    assert exact <= made.epsilon(1e-5) <= exact * 1.0003


def test_full_rank_composes_like_the_oracle():
    composed = compose(noise_before(64, 64, 4.0), 100, sampling=0.25)
    assert composed.epsilon(1e-5) == pytest.approx(
        oracle(4.0, 100, 0.25).get_epsilon(1e-5), rel=3e-3
    )


def test_fresh_projections_compose_like_simulated_losses():
    """Sums of losses, each with its own share, drawn at random."""
    dimension, rank, noise, steps = 32, 4, 2.0, 10
    generator = np.random.default_rng(0)
    shares = generator.beta(rank / 2, (dimension - rank) / 2, size=(200_000, steps))
    total = (shares / noise**2).sum(1)
    losses = total / 2 + np.sqrt(total) * generator.normal(size=len(total))
    composed = compose(noise_before(dimension, rank, noise), steps)
    for epsilon in (0, 0.5, 1):
        terms = np.maximum(-np.expm1(epsilon - losses), 0)
        error = terms.std() / np.sqrt(len(terms))
        assert abs(terms.mean() - composed.delta(epsilon)) < 4 * error + 1e-5


def test_a_sampled_mixture_in_one_step_is_its_integral():
    """One sampled step against the hockey stick integrated over x, for each share."""
    made, sampling, epsilon = noise_before(16, 4, 0.7), 0.3, 0.4
    x = np.linspace(-12, 14, 20_001)
    total = {"remove": 0.0, "add": 0.0}
    plain = stats.norm.pdf(x)
    for s, weight in zip(made.shifts, made.weights, strict=True):
        mixed = (1 - sampling) * plain + sampling * stats.norm.pdf(x - s)
        for way, (p, q) in {"remove": (mixed, plain), "add": (plain, mixed)}.items():
            excess = np.maximum(p - np.exp(epsilon) * q, 0)
            total[way] += weight * excess.sum() * (x[1] - x[0])
    found = compose(made, 1, sampling=sampling).delta(epsilon)
    assert found == pytest.approx(max(total.values()), rel=2e-3)
    assert found >= max(total.values()) * (1 - 1e-5)


def test_a_shared_projection_costs_more_than_fresh_ones_at_small_delta():
    made = noise_before(400, 4, 10.0)
    fixed = compose(made, 100, projection="fixed", adaptive=False)
    assert isinstance(fixed, MixedGaussian)
    assert fixed.epsilon(1e-5) == pytest.approx(noise_before(400, 4, 1.0).epsilon(1e-5))
    assert compose(made, 100).epsilon(1e-5) < fixed.epsilon(1e-5)


@pytest.mark.parametrize(
    ("mechanism", "epsilon", "steps"),
    [
        (lambda noise: noise_after_matrix(64, 4, noise), 1.0, 10),
        (gaussian, 1e4, 1),
    ],
)
def test_budgets_far_from_the_first_noise_tried_are_met(mechanism, epsilon, steps):
    noise = calibrate(mechanism, epsilon=epsilon, delta=1e-5, steps=steps)
    spent = compose(mechanism(noise), steps).epsilon(1e-5)
    assert epsilon * (1 - 1e-3) < spent <= epsilon


@pytest.mark.parametrize("sampling", [1.0, 0.2])
def test_calibrated_noise_spends_the_budget(sampling):
    def mechanism(noise):
        return noise_before(64, 16, noise)

    noise = calibrate(mechanism, epsilon=0.7, delta=1e-5, steps=20, sampling=sampling)
    spent = compose(mechanism(noise), 20, sampling=sampling).epsilon(1e-5)
    assert 0.7 * (1 - 1e-3) < spent <= 0.7
