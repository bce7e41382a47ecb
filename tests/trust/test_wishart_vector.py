"""The exact account of one projected vector, its theorem, and the mechanism itself."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from causeway.trust.wishart import VectorRelease, alignment, bound, projection, release
from causeway.trust.wishart.gamma import log_lower, log_upper
from causeway.trust.wishart.mechanism import releases
from causeway.trust.wishart.references import deviation, read, unit
from rules import ROOT

TABLES = ROOT / "config" / "references" / "wishart"
SETTINGS = settings(max_examples=25, deadline=None)
RELEASES = st.builds(
    VectorRelease,
    dimension=st.integers(2, 200),
    rank=st.integers(1, 200),
    alignment=st.floats(0.05, 0.9999),
)


def rows(name):
    return read(TABLES / name, ["dimension", "rank"])


def of(row):
    return VectorRelease(row.dimension, row.rank, row.alignment)


def by_quantiles(row, delta, points=4001):
    """The same account by a sum over quantiles of t, as the reference table was computed."""
    made = of(row)
    t = stats.t.ppf((np.arange(points) + 0.5) / points, row.rank)
    ratio = row.alignment + made.spread * t
    lost = np.mean(ratio <= 0)
    ratio = ratio[ratio > 0]
    freedom = row.dimension + row.rank - 1
    shift = (row.dimension + 1 - row.rank) / 2 * np.log(ratio)
    slope = (1 / ratio - 1) / 2

    def at(epsilon):
        edge = np.maximum((epsilon - shift) / slope, 0)
        here, there = (
            np.where(slope > 0, stats.chi2.sf(x, freedom), stats.chi2.cdf(x, freedom))
            for x in (edge, edge / ratio)
        )
        with np.errstate(divide="ignore"):
            other = np.exp(epsilon - shift + freedom / 2 * np.log(ratio) + np.log(there))
        return lost + np.sum(np.maximum(here - other, 0)) / points - delta

    return optimize.brentq(at, 0, 1000)


@pytest.mark.parametrize("row", rows("epsilon.tsv") + rows("curve.tsv"), ids=str)
def test_epsilon_agrees_with_every_printed_digit_up_to_rounding(row):
    assert deviation([of(row).epsilon(row.delta)], [row.printed]) <= 0.6


@pytest.mark.parametrize("row", rows("epsilon.tsv"), ids=str)
def test_the_coarse_sum_gives_the_printed_table_to_its_digits(row):
    assert deviation([by_quantiles(row, row.delta)], [row.printed]) <= 0.51


@pytest.mark.parametrize("row", rows("theorem.tsv"), ids=str)
def test_theorem_1_agrees_with_its_reference(row):
    assert deviation([bound(of(row), row.delta, row.constant)], [row.printed]) <= 0.54


@pytest.mark.parametrize("row", rows("simulated.tsv"), ids=str)
def test_deltas_agree_with_the_reference(row):
    exact = of(row).singular if math.isinf(row.epsilon) else of(row).delta(row.epsilon)
    assert deviation([exact], [row.printed]) <= 0.5
    error = math.sqrt(exact * (1 - exact) / 200_000)
    assert abs(float(row.simulated) - exact) < 3 * error + unit(str(row.simulated)) / 2


@pytest.mark.parametrize(
    ("setting", "epsilon"),
    [
        ((16, 4, 0.9), 88.7654658),
        ((32, 4, 0.99), 1.95577341),
        ((400, 60, 0.5), 513.301422),
        ((400, 400, 0.5), 609.514300),
        ((64, 16, 0.999), 0.277120359),
    ],
)
def test_epsilon_stays_as_it_is(setting, epsilon):
    assert VectorRelease(*setting).epsilon(0.01) == pytest.approx(epsilon, rel=2e-6)


def test_the_printed_constant_is_flagged():
    made = VectorRelease(400, 400, 0.5)
    exact = made.epsilon(0.01)
    assert bound(made, 0.01, "printed") == pytest.approx(545.6, abs=0.05)
    assert bound(made, 0.01, "printed") < exact < bound(made, 0.01)


@SETTINGS
@given(RELEASES, st.floats(1e-4, 0.3))
def test_theorem_1_is_no_less_than_the_exact_epsilon(made, delta):
    above = bound(made, delta)
    if math.isfinite(above):
        assert above >= made.epsilon(delta) * (1 - 1e-6)


@SETTINGS
@given(RELEASES, st.floats(0, 50), st.floats(0, 50))
def test_delta_does_not_rise_with_epsilon(made, first, second):
    low, high = sorted((first, second))
    assert made.delta(high) <= made.delta(low) + 1e-12
    assert made.singular - 1e-12 <= made.delta(low) <= 1 + 1e-9


@SETTINGS
@given(RELEASES, st.floats(0.001, 0.5))
def test_epsilon_inverts_delta(made, delta):
    epsilon = made.epsilon(delta)
    if math.isinf(epsilon):
        assert delta <= made.singular or made.delta(1e9) > delta
    elif epsilon > 0:
        assert made.delta(epsilon) == pytest.approx(delta, rel=1e-5)


@pytest.mark.parametrize("setting", [(12, 5, 0.9), (6, 20, 0.7), (3, 1, 0.5)])
def test_delta_at_zero_is_the_total_variation(setting):
    """E[(1 - e^-L)+] is integrated here over both variables, without the closed form."""
    made = VectorRelease(*setting)
    d, r, rho = setting
    law = stats.chi2(d + r - 1)

    def inner(t):
        ratio = rho + made.spread * t
        if ratio <= 0:
            return stats.t.pdf(t, r)
        w = law.ppf((np.arange(500) + 0.5) / 500)
        loss = (d + 1 - r) / 2 * math.log(ratio) + w / 2 * (1 / ratio - 1)
        return stats.t.pdf(t, r) * np.mean(np.maximum(-np.expm1(-loss), 0))

    ends = [-np.inf, -rho / made.spread, (1 - rho) / made.spread, np.inf]
    total = sum(integrate.quad(inner, a, b, epsabs=1e-5)[0] for a, b in pairwise(ends))
    assert made.delta(0) == pytest.approx(total, abs=1e-3)


def test_simulated_releases_agree_with_the_account():
    made = VectorRelease(12, 5, 0.9)
    losses = made.loss(*releases(12, 5, 0.9, 40_000, np.random.default_rng(1)))
    for epsilon in (0, 0.5, 2, 5):
        terms = np.maximum(-np.expm1(epsilon - losses), 0)
        error = terms.std() / np.sqrt(len(terms))
        assert abs(terms.mean() - made.delta(epsilon)) < 3.5 * error


def test_equal_and_opposite_neighbours():
    same, opposite = VectorRelease(10, 3, 1.0), VectorRelease(10, 3, -1.0)
    assert same.delta(0) == 0
    assert same.epsilon(1e-9) == 0
    assert opposite.singular == 1
    assert opposite.epsilon(0.5) == math.inf


def test_epsilon_is_infinite_at_the_singular_mass():
    made = VectorRelease(12, 5, 0.9)
    assert made.epsilon(made.singular) == math.inf
    assert math.isfinite(made.epsilon(made.singular * 1.01))


def test_alignment_ignores_lengths():
    a, b = np.random.default_rng(0).normal(size=(2, 7))
    assert alignment(3 * a, 1e-3 * b) == pytest.approx(alignment(a, b), abs=1e-15)
    assert alignment(a, 5 * a) == pytest.approx(1, abs=1e-15)


@SETTINGS
@given(st.integers(1, 9), st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_releases_are_homogeneous_and_repeatable(rank, seed, factor):
    query = np.arange(1.0, 7.0)
    once, again, scaled = (
        release(q, rank, np.random.default_rng(seed)) for q in (query, query, factor * query)
    )
    assert np.array_equal(once, again)
    assert np.allclose(scaled, factor * once, rtol=1e-12)


def test_moments_of_the_projection():
    d, r, n = 3, 4, 40_000
    generator = np.random.default_rng(0)
    factors = generator.normal(size=(n, r, d)) / np.sqrt(r)
    assert projection(d, r, np.random.default_rng(0)) == pytest.approx(factors[0])
    found = np.einsum("nri,nrj->nij", factors, factors)
    variance = (1 + np.eye(d)) / r
    assert np.all(np.abs(found.mean(0) - np.eye(d)) < 5 * np.sqrt(variance / n))
    assert np.allclose(found.var(0), variance, rtol=0.1)


def test_simulation_draws_from_the_mechanism():
    """The quick statistics against releases of the definition, by a two-sample test."""
    generator = np.random.default_rng(2)
    v = np.eye(6)[0]
    drawn = np.array([release(v, 3, generator) for _ in range(4000)])
    quick = releases(6, 3, 0.8, 4000, generator)
    turned = 0.8 * drawn[:, 0] + 0.6 * drawn[:, 1]
    for a, b in zip(quick, (drawn[:, 0], turned, (drawn**2).sum(1)), strict=True):
        assert stats.ks_2samp(a, b).pvalue > 1e-3


def test_logarithms_go_on_where_incomplete_gammas_underflow():
    x = np.array([5.0, 300.0, 650.0, 900.0, 5000.0])
    assert np.allclose(log_upper(1.0, x), -x, rtol=1e-12)  # Q(1, x) = e^-x
    assert np.allclose(log_upper(2.0, x), -x + np.log1p(x), rtol=1e-12)
    small = np.array([1e-3, 1e-8, 1e-30])
    a = 40.0
    leading = a * np.log(small) - special.gammaln(a + 1) + np.log1p(-small * a / (a + 1))
    assert np.allclose(log_lower(a, small), leading, rtol=1e-6)


def test_accounts_can_be_pickled_and_compared():
    made = VectorRelease(12, 5, 0.9)
    made.delta(1.0)
    assert pickle.loads(pickle.dumps(made)) == VectorRelease(12, 5, 0.9)
