"""Differential expression, against scipy, scanpy's conventions and counting by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from causeway.cells import expression
from causeway.cells.expression import (
    benjamini_hochberg,
    mann_whitney,
    ranking,
    recovery,
    top,
)


def _counts(shape, elements=4):
    return arrays(np.int64, shape, elements=st.integers(0, elements))


@given(_counts((9, 3)), _counts((7, 3)))
@settings(max_examples=50, deadline=None)
def test_mann_whitney_equals_scipy_with_ties(x, y):
    found = mann_whitney(x, y)
    for gene in range(3):
        if len(np.unique(np.append(x[:, gene], y[:, gene]))) == 1:
            assert found.p[gene] == 1
            assert found.z[gene] == 0
            continue
        expected = stats.mannwhitneyu(x[:, gene], y[:, gene], method="asymptotic")
        assert found.u[gene] == expected.statistic
        assert found.p[gene] == pytest.approx(expected.pvalue, rel=1e-10)


def test_mann_whitney_in_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.poisson(1, (40, 25)), rng.poisson(2, (30, 25))
    whole = mann_whitney(x, y)
    monkeypatch.setattr(expression, "BLOCK", 200)
    for a, b in zip(whole, mann_whitney(x, y), strict=True):
        np.testing.assert_array_equal(a, b)


def test_mann_whitney_orders_samples():
    x, y = np.array([[3.0], [4]]), np.array([[1.0], [2]])
    assert mann_whitney(x, y).u == 4
    assert mann_whitney(x, y).z > 0
    np.testing.assert_allclose(mann_whitney(x, y).z, -mann_whitney(y, x).z)
    with pytest.raises(ValueError, match="both groups"):
        mann_whitney(x[:0], y)


@given(arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
@settings(max_examples=50, deadline=None)
def test_benjamini_hochberg_equals_scipy(p):
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))


def test_benjamini_hochberg_takes_families_apart():
    p = np.random.default_rng(0).uniform(size=(4, 9))
    for row, adjusted in zip(p, benjamini_hochberg(p), strict=True):
        np.testing.assert_allclose(adjusted, benjamini_hochberg(row))


def test_recovery_counts():
    found = recovery(np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 1], bool))
    assert found == pytest.approx((1 / 2, 1 / 3, 2 / 5))
    none = recovery(np.zeros(4, bool), np.array([1, 0, 0, 0], bool))
    assert np.isnan(none.precision)
    assert none[1:] == (0, 0)


def _plain_ranking(scores, true):
    pairs = [(a > b) + (a == b) / 2 for a in scores[true] for b in scores[~true]]
    precision = recall = 0.0
    average = 0.0
    for cut in sorted(set(scores), reverse=True):
        taken = scores >= cut
        precision = (taken & true).sum() / taken.sum()
        average += precision * ((taken & true).sum() / true.sum() - recall)
        recall = (taken & true).sum() / true.sum()
    return np.mean(pairs), average


@given(_counts(12), st.integers(1, 11))
@settings(max_examples=50, deadline=None)
def test_ranking_equals_its_definition(scores, members):
    true = np.zeros(12, bool)
    true[np.random.default_rng(members).permutation(12)[:members]] = True
    found = ranking(scores.astype(float), true)
    auroc, average = _plain_ranking(scores, true)
    assert found.auroc == pytest.approx(auroc)
    assert found.average_precision == pytest.approx(average)
    orders = np.random.default_rng(0).permuted(np.tile(np.arange(12), (4000, 1)), axis=1)
    shuffled = scores[orders]
    first = np.argsort(-shuffled, axis=1, kind="stable")[:, :members]
    hits = np.take_along_axis(true[orders], first, axis=1).mean()
    assert found.precision == pytest.approx(hits, abs=0.03)


def test_ranking_equals_scikit_learn():
    reference = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    scores, true = rng.integers(0, 9, 50).astype(float), rng.uniform(size=50) < 0.3
    found = ranking(scores, true)
    assert found.auroc == pytest.approx(reference.roc_auc_score(true, scores))
    assert found.average_precision == pytest.approx(
        reference.average_precision_score(true, scores)
    )


def test_a_set_of_all_or_none_cannot_be_ranked():
    assert np.isnan(ranking(np.arange(3.0), np.ones(3, bool))).all()
    np.testing.assert_array_equal(top(np.array([1.0, 3, 3, 2]), 2), [False, True, True, False])
