"""Metrics of predicted expression."""

import math

import numpy as np
import pytest
from scipy import stats

from causeway.genomes import metrics
from causeway.statistics import bootstrap_interval


def arrays(genes=40, contexts=6, seed=0):
    rng = np.random.default_rng(seed)
    observed = rng.normal(3, 1, (genes, contexts)) + rng.normal(0, 2, (genes, 1))
    return 0.5 * observed + rng.normal(0, 1, (genes, contexts)), observed


def test_correlations_are_those_of_scipy():
    predicted, observed = arrays()
    predicted[:10] = predicted[10:20]  # ties
    for k in range(6):
        x, y = predicted[:, k], observed[:, k]
        assert metrics.pearson(predicted, observed)[k] == pytest.approx(stats.pearsonr(x, y)[0])
        assert metrics.spearman(predicted, observed)[k] == pytest.approx(stats.spearmanr(x, y)[0])


def test_large_offsets_do_not_cancel():
    predicted, observed = arrays()
    assert metrics.pearson(predicted + 1e6, observed) == pytest.approx(
        metrics.pearson(predicted, observed), abs=1e-8
    )


def test_a_flat_prediction_counts_zero_and_flat_observations_nothing():
    predicted, observed = arrays()
    flat = np.tile(observed.mean(axis=0), (40, 1))
    assert metrics.pearson(flat, observed) == pytest.approx(np.zeros(6))
    assert metrics.deviation_pearson(flat, observed) == pytest.approx(np.zeros(6))
    observed[:, 2] = 1.0
    assert np.flatnonzero(np.isnan(metrics.pearson(predicted, observed))).tolist() == [2]


def test_r_squared_is_against_the_training_mean():
    _, observed = arrays()
    reference = observed.mean(axis=0) + 1
    assert metrics.r_squared(observed, observed, reference) == pytest.approx(np.ones(6))
    assert metrics.r_squared(reference + 0 * observed, observed, reference) == pytest.approx(
        np.zeros(6)
    )
    assert (metrics.r_squared(-observed, observed, reference) < 0).all()


def test_deviations_have_no_means():
    _, observed = arrays()
    left = metrics.deviations(observed)
    assert left.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-12)
    assert left.mean(axis=1) == pytest.approx(np.zeros(40), abs=1e-12)
    slow = observed - observed.mean(1)[:, None] - observed.mean(0) + observed.mean()
    assert left == pytest.approx(slow)


def test_deviation_pearson_ignores_how_high_a_gene_is():
    predicted, observed = arrays()
    shifted = predicted + np.random.default_rng(1).normal(0, 100, (40, 1))
    assert metrics.deviation_pearson(shifted, observed) == pytest.approx(
        metrics.deviation_pearson(predicted, observed), abs=1e-8
    )


def test_the_highest_context_is_found():
    _, observed = arrays(contexts=8)
    assert metrics.context_found(observed, observed).tolist() == [1.0] * 40
    assert metrics.context_found(-observed, observed).tolist() == [0.0] * 40
    flat = np.tile(observed.mean(axis=0), (40, 1))
    assert metrics.context_found(flat, observed) == pytest.approx(np.full(40, 5 / 8))


def test_strand_difference():
    forward, reverse = np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]])
    assert metrics.strand_difference(forward, reverse).tolist() == [1.5]


def test_across_people_is_per_gene():
    predicted, observed = arrays(genes=30, contexts=3)
    observed[:, 0] = -predicted[:, 0]
    found = metrics.across_people(predicted, observed)
    assert found[0] == pytest.approx(-1)
    assert found[1] == pytest.approx(np.corrcoef(predicted[:, 1], observed[:, 1])[0, 1])


def test_intervals_are_the_bootstrap_over_genes():
    predicted, observed = arrays(contexts=1)
    found = metrics.evaluate(predicted, observed, observed.mean(axis=0), seed=3, resamples=499)
    assert list(found) == ["pearson", "spearman", "r-squared"]

    def correlation(x, y, axis):
        x, y = (values - values.mean(axis=axis, keepdims=True) for values in (x, y))
        return (x * y).sum(axis) / np.sqrt((x**2).sum(axis) * (y**2).sum(axis))

    slow = bootstrap_interval(
        predicted[:, 0], observed[:, 0], seed=3, statistic=correlation, resamples=499
    )
    assert found["pearson"] == pytest.approx(slow)


def test_every_metric_has_an_interval_around_it():
    predicted, observed = arrays()
    found = metrics.evaluate(predicted, observed, observed.mean(axis=0), seed=0, resamples=199)
    assert list(found) == ["pearson", "spearman", "r-squared", "deviation", "context-top5"]
    for value in found.values():
        assert value.low < value.estimate < value.high
        assert value.n == 40
    assert found["deviation"].estimate == pytest.approx(
        metrics.deviation_pearson(predicted, observed).mean()
    )
    assert found["r-squared"].estimate == pytest.approx(
        metrics.r_squared(predicted, observed, observed.mean(axis=0)).mean()
    )


def test_a_flat_prediction_has_no_interval_but_no_warning_either(recwarn):
    _, observed = arrays()
    flat = np.tile(observed.mean(axis=0), (40, 1))
    found = metrics.evaluate(flat, observed, observed.mean(axis=0), seed=0, resamples=99)
    assert found["pearson"].estimate == 0
    assert math.isnan(found["pearson"].low)
    assert not recwarn.list


def test_differences_are_paired():
    predicted, observed = arrays(genes=200)
    worse = predicted + np.random.default_rng(2).normal(0, 0.2, predicted.shape)
    mean = observed.mean(axis=0)
    gap = metrics.difference(predicted, worse, observed, mean, seed=0, resamples=199)["pearson"]
    alone = metrics.evaluate(predicted, observed, mean, seed=0, resamples=199)["pearson"]
    assert 0 < gap.low < gap.high
    assert gap.high - gap.low < (alone.high - alone.low) / 2
