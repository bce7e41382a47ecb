"""Agreement of mean expression."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from causeway.cells.summaries import discrimination, pearson, rmse

VALUES = st.floats(-10, 10, width=16)


@given(arrays(float, (2, 6), elements=VALUES))
@settings(max_examples=50, deadline=None)
def test_pearson_equals_scipy(pair):
    a, b = pair
    if np.ptp(a) < 1e-3 or np.ptp(b) < 1e-3:
        return
    assert pearson(a, b) == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-6)


def test_a_shift_of_nothing_has_no_correlation():
    assert np.isnan(pearson(np.zeros(4), np.arange(4.0)))


def test_rmse():
    assert rmse(np.array([1.0, 2]), np.array([4.0, 6])) == pytest.approx(np.sqrt(12.5))


def _plain_discrimination(predicted, observed, own, norm):
    def away(row):
        if norm == "l1":
            return np.abs(row - predicted).sum()
        if norm == "l2":
            return np.sqrt(((row - predicted) ** 2).sum())
        return 1 - row @ predicted / np.sqrt((row @ row) * (predicted @ predicted))

    nearer = sum(away(row) < away(observed[own]) for row in observed)
    return 1 - nearer / len(observed)


@pytest.mark.parametrize("norm", ["l1", "l2", "cosine"])
def test_discrimination_equals_its_definition(norm):
    rng = np.random.default_rng(0)
    for _ in range(20):
        observed, predicted = rng.normal(size=(7, 5)), rng.normal(size=5)
        own = int(rng.integers(7))
        found = discrimination(predicted, observed, own, norm)
        assert found == pytest.approx(_plain_discrimination(predicted, observed, own, norm))


def test_discrimination_of_the_right_one_is_best():
    observed = np.random.default_rng(1).normal(size=(6, 4))
    for norm in ("l1", "l2"):
        assert discrimination(observed[2], observed, 2, norm) == 1
    left_out = np.array([True, False, False, False])
    moved = observed[2] + np.array([100.0, 0, 0, 0])
    assert discrimination(moved, observed, 2, "l1", left_out) == 1
