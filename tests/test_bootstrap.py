"""Units drawn anew, against known coverage and repeated data."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from causeway.bootstrap import draw_counts, percentile_interval
from causeway.rankings import auroc


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_resamples_keep_their_strata_and_equal_repeated_people(rng):
    strata = np.repeat([0, 1, 1], 10)
    counts = draw_counts(strata, 50, rng)
    assert (counts[:, :10].sum(axis=1) == 10).all()
    assert (counts[:, 10:].sum(axis=1) == 20).all()
    scores, true = rng.standard_normal(30), strata == 0
    rows = np.repeat(np.arange(30), counts[0].astype(int))
    weighted = auroc(scores, true, counts)
    assert weighted[0] == pytest.approx(roc_auc_score(true[rows], scores[rows]))


def test_interval_of_an_area_covers_it():
    rng, covered = np.random.default_rng(1), 0
    area = stats.norm.cdf(1 / np.sqrt(2))
    for _ in range(100):
        true = np.arange(120) < 40
        scores = rng.standard_normal(120) + true
        resampled = auroc(scores, true, draw_counts(true, 300, rng))
        found = percentile_interval(float(auroc(scores, true)), resampled, 120)
        covered += found.low <= area <= found.high
    assert 88 <= covered <= 100


def test_undefined_values_have_no_interval():
    assert np.isnan(percentile_interval(np.nan, [1.0, 2.0], 3).low)
    assert np.isnan(percentile_interval(1.0, [np.nan], 3).low)
    assert percentile_interval(1.0, [1.0, np.nan, 3.0], 3).high == pytest.approx(2.95)
