"""Genetic interaction scores."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.cells import interactions
from causeway.cells.interactions import (
    distance_correlation,
    interaction,
    spatial_median,
    standard_shift,
    theil_sen,
)


@pytest.fixture
def singles():
    return np.random.default_rng(0).normal(size=(80, 2))


@given(st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=25, deadline=None)
def test_exact_combinations_are_found(c_a, c_b):
    x = np.random.default_rng(0).normal(size=(25, 2))
    np.testing.assert_allclose(theil_sen(x, x @ [c_a, c_b]), [c_a, c_b], atol=1e-8)


def test_outliers_do_not_move_the_estimate(singles):
    y = singles @ [1.2, 0.7]
    y[:12] += 50
    np.testing.assert_allclose(theil_sen(singles, y), [1.2, 0.7], atol=0.15)
    least_squares = np.linalg.lstsq(singles, y, rcond=None)[0]
    assert np.abs(least_squares - [1.2, 0.7]).max() > 1


def test_theil_sen_is_the_median_of_all_pairs(singles):
    x = singles[:20]
    y = x @ [1.0, -0.5] + np.random.default_rng(1).normal(0, 0.3, 20)
    solved = [np.linalg.solve(x[[i, j]], y[[i, j]]) for i, j in combinations(range(20), 2)]
    np.testing.assert_allclose(theil_sen(x, y), spatial_median(np.array(solved)), atol=1e-9)


def test_theil_sen_equals_scikit_learn(singles):
    linear_model = pytest.importorskip("sklearn.linear_model")
    x = singles[:40]
    y = x @ [0.9, 0.4] + np.random.default_rng(2).normal(0, 0.2, 40)
    theirs = linear_model.TheilSenRegressor(fit_intercept=False, max_iter=3000, tol=1e-9)
    np.testing.assert_allclose(theil_sen(x, y), theirs.fit(x, y).coef_, atol=1e-5)


def test_many_genes_are_sampled(monkeypatch):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 2))
    y = x @ [1.1, 0.6] + rng.normal(0, 0.2, 300)
    whole = theil_sen(x, y)
    monkeypatch.setattr(interactions, "PAIRS", 500)
    np.testing.assert_allclose(theil_sen(x, y), whole, atol=0.05)
    np.testing.assert_array_equal(theil_sen(x, y, seed=1), theil_sen(x, y, seed=1))


def test_points_on_one_line_determine_nothing():
    assert np.isnan(theil_sen(np.outer(np.arange(5.0), [1, 2]), np.arange(5.0))).all()


def test_the_spatial_median_has_no_pull():
    points = np.random.default_rng(4).normal(size=(50, 3))
    away = points - spatial_median(points)
    pull = (away / np.linalg.norm(away, axis=1)[:, None]).sum(axis=0)
    assert np.abs(pull).max() < 1e-6


def test_the_spatial_median_may_be_a_data_point():
    points = np.array([[0.0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
    np.testing.assert_allclose(spatial_median(points), [0, 0], atol=1e-12)
    np.testing.assert_allclose(spatial_median(np.zeros((4, 2))), [0, 0])


def _plain_distance_correlation(x, y):
    def centred(points):
        away = np.array([[np.linalg.norm(a - b) for b in points] for a in points])
        for axis in (0, 1):
            away = away - away.mean(axis=axis, keepdims=True)
        return away

    a, b = centred(np.reshape(x, (len(x), -1))), centred(np.reshape(y, (len(y), -1)))
    return math.sqrt((a * b).mean() / math.sqrt((a * a).mean() * (b * b).mean()))


def test_distance_correlation_equals_its_definition(singles):
    y = singles[:, 0] ** 2
    for x in (singles, singles[:, 0], singles[:, 1]):
        found = distance_correlation(x, y)
        assert found == pytest.approx(_plain_distance_correlation(x, y))
    assert distance_correlation(y, 3 - 2 * y) == pytest.approx(1)
    assert math.isnan(distance_correlation(np.ones(5), np.arange(5.0)))


def test_additive_effects_have_magnitude_root_two(singles):
    a, b = singles.T
    found = interaction(a, b, a + b)
    assert found.magnitude == pytest.approx(math.sqrt(2))
    assert found.dominance == pytest.approx(0, abs=1e-9)


def test_a_double_that_does_something_new_fits_less(singles):
    a, b = singles.T
    new = np.random.default_rng(6).normal(size=80)
    fits = [interaction(a, b, a + b + amount * new).fit for amount in (0, 1, 10)]
    assert fits == sorted(fits, reverse=True)


def test_epistasis_has_one_dominant_single(singles):
    a, b = singles.T
    found = interaction(a, b, a + 0.01 * b)
    assert found.dominance == pytest.approx(2, abs=1e-6)
    assert found.balance < 0.5
    assert interaction(a, 1.1 * a, 1.5 * a).redundancy == pytest.approx(1)


def test_the_best_combination_fits_what_is_linear(singles):
    a, b = singles.T
    assert interaction(a, b, 0.4 * a - 2 * b).linear_fit == pytest.approx(1)
    assert interaction(a, b, np.random.default_rng(7).normal(size=80)).linear_fit < 0.5


def test_unknown_genes_are_left_out(singles):
    a, b = singles.T
    gap = np.where(np.arange(80) < 5, np.nan, a)
    assert interaction(gap, b, a + b) == interaction(a[5:], b[5:], (a + b)[5:])
    assert math.isnan(interaction(gap[:6], b[:6], b[:6]).fit)


def test_shifts_are_in_spreads_of_control():
    rng = np.random.default_rng(5)
    control, cells = rng.poisson(3, (200, 4)).astype(float), rng.poisson(5, (100, 4)).astype(float)
    control[:, 3] = 1
    expected = (cells.mean(axis=0) - control.mean(axis=0))[:3] / control.std(axis=0, ddof=1)[:3]
    for shift in (
        standard_shift(cells, control, logged=False),
        standard_shift(np.log1p(cells), np.log1p(control), logged=True),
    ):
        np.testing.assert_allclose(shift[:3], expected)
        assert np.isnan(shift[3])
