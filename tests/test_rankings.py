"""Rankings of many labellings at once, against slow references."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from causeway.rankings import (
    auroc,
    average_precision,
    precision_at,
    reciprocal_rank,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def orders_of_equals(scores, true, measure, rng, draws=4000):
    """Mean of a measure over random orders of equal scores."""
    found = []
    for _ in range(draws):
        shuffle = rng.permutation(len(scores))
        order = shuffle[np.argsort(-scores[shuffle], kind="stable")]
        found.append(measure(true[order]))
    return np.mean(found)


@pytest.mark.parametrize("levels", [3, 1000])
def test_areas_are_those_of_sklearn_for_each_weighting(rng, levels):
    scores = rng.integers(levels, size=60).astype(float)
    true = rng.random((4, 60)) < 0.3
    weights = rng.integers(0, 3, (4, 60))
    found = auroc(scores, true, weights), average_precision(scores, true, weights)
    for row in range(4):
        expected = roc_auc_score(true[row], scores, sample_weight=weights[row])
        assert found[0][row] == pytest.approx(expected)
        expected = average_precision_score(true[row], scores, sample_weight=weights[row])
        assert found[1][row] == pytest.approx(expected)
    assert auroc(scores, true[0]) == pytest.approx(roc_auc_score(true[0], scores))


def test_equal_scores_share_what_their_orders_give(rng):
    scores = rng.integers(4, size=15).astype(float)
    true = np.isin(np.arange(15), [1, 5, 11])
    at = orders_of_equals(scores, true, lambda hits: hits[:5].mean(), rng)
    rank = orders_of_equals(scores, true, lambda hits: 1 / (1 + hits.argmax()), rng)
    assert precision_at(scores, true, 5) == pytest.approx(at, abs=0.02)
    assert reciprocal_rank(scores, true) == pytest.approx(rank, abs=0.02)


def test_distinct_scores_by_hand():
    scores = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    true = np.array([[0, 1, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=bool)
    assert reciprocal_rank(scores, true)[:2] == pytest.approx([0.5, 1.0])
    assert precision_at(scores, true, 2)[:2] == pytest.approx([0.5, 0.5])
    assert precision_at(scores, true[0], 100) == pytest.approx(0.4)
    for metric in (auroc, average_precision, reciprocal_rank):
        assert np.isnan(metric(scores, true)[2])
    assert np.isnan(precision_at(scores, true, 2)[2])


def test_infinite_scores_are_equal_to_each_other():
    scores, true = [-np.inf, 1.0, -np.inf, -np.inf], [True, False, False, False]
    assert auroc(scores, true) == pytest.approx(1 / 3)


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(ValueError, match="do not fit labels"):
        auroc([1.0, 2.0], [True, False, True])
    with pytest.raises(ValueError, match="do not fit weights"):
        auroc([1.0, 2.0], [True, False], [1.0])
    with pytest.raises(ValueError, match="NaN"):
        auroc([1.0, np.nan], [True, False])
