"""Intervals against known answers, and their coverage against simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from causeway import statistics
from causeway.statistics import Interval

# Student's own data (1908): additional hours of sleep of ten patients under two drugs.
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_paired_difference_is_the_one_of_the_sleep_data():
    # R: t.test(extra ~ group, paired = TRUE) on `sleep`
    found = statistics.paired_difference(FIRST, SECOND)
    assert found == pytest.approx((-1.58, -2.4598858, -0.7001142, 10), abs=1e-6)


def test_unpaired_difference_is_welchs_of_the_sleep_data():
    # R: t.test(extra ~ group) on `sleep`
    found = statistics.unpaired_difference(FIRST, SECOND)
    assert found == pytest.approx((-1.58, -3.3654832, 0.2054832, 10), abs=1e-6)


def test_three_values_by_hand():
    # mean 2, standard error 1/sqrt(3), t quantile on 2 degrees of freedom 4.302653
    half = 4.302653 / math.sqrt(3)
    assert statistics.t_interval([1, 2, 3]) == pytest.approx((2, 2 - half, 2 + half, 3), rel=1e-6)


def test_one_value_has_no_interval():
    found = statistics.t_interval([4.0])
    assert found.estimate == 4
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert math.isnan(statistics.unpaired_difference([1.0], [2.0, 3.0]).low)
    assert math.isnan(statistics.bootstrap_interval([1.0], seed=0).low)


def test_equal_values_have_an_interval_without_width():
    assert statistics.t_interval([1.0, 1.0]) == (1, 1, 1, 2)
    assert statistics.unpaired_difference([1.0, 1.0], [3.0, 3.0]) == (-2, -2, -2, 2)
    assert statistics.bootstrap_interval([1.0, 1.0, 1.0], seed=0) == (1, 1, 1, 3)


def test_slope_of_anscombes_first_quartet():
    x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    # published: slope 0.500 with standard error 0.118; t quantile on 9 degrees 2.262157
    found = statistics.slope_interval(x, y)
    assert found.estimate == pytest.approx(0.50009, abs=1e-5)
    assert found.high - found.estimate == pytest.approx(2.262157 * 0.1179, abs=1e-4)
    assert math.isnan(statistics.slope_interval([0, 1], [0, 2]).low)


def test_difference_of_intervals_adds_in_quadrature():
    found = statistics.difference_of_intervals(Interval(5, 2, 9, 20), Interval(1, 0, 5, 30))
    assert found == (4, 4 - 5, 4 + math.hypot(4, 1), 20)


def test_exact_interval_of_a_share_solves_its_equations():
    found = statistics.share_interval(3, 10)
    assert found.estimate == 0.3
    assert stats.binom.sf(2, 10, found.low) == pytest.approx(0.025)
    assert stats.binom.cdf(3, 10, found.high) == pytest.approx(0.025)
    assert statistics.share_interval(0, 5)[:2] == (0.0, 0.0)
    assert statistics.share_interval(0, 0).n == 0
    assert math.isnan(statistics.share_interval(0, 0).estimate)


def test_bootstrap_repeats_and_agrees_with_t_for_many_normal_values():
    values = np.random.default_rng(0).normal(3, 2, 400)
    first = statistics.bootstrap_interval(values, seed=1, resamples=2000)
    assert first == statistics.bootstrap_interval(values, seed=1, resamples=2000)
    assert first != statistics.bootstrap_interval(values, seed=2, resamples=2000)
    assert first == pytest.approx(statistics.t_interval(values), abs=0.03)


def test_bootstrap_keeps_the_samples_of_a_unit_together():
    # Both samples rise and fall together: their ratio is known far better than either.
    scale = np.random.default_rng(0).lognormal(0, 1, 60)
    ratio = 0.8 + np.random.default_rng(1).normal(0, 0.01, 60)

    def skill(model, constant, axis):
        return 1 - model.mean(axis=axis) / constant.mean(axis=axis)

    found = statistics.bootstrap_interval(
        scale * ratio, scale, seed=0, statistic=skill, resamples=2000
    )
    assert found.estimate == pytest.approx(0.2, abs=0.01)
    assert found.low < found.estimate < found.high
    assert found.high - found.low < 0.02


@pytest.mark.parametrize("n", [2, 3, 8])
def test_t_interval_covers_the_truth_as_often_as_it_says(n):
    samples = np.random.default_rng(7).normal(1, 5, (2000, n))
    found = [statistics.t_interval(sample) for sample in samples]
    covered = np.mean([interval.low <= 1 <= interval.high for interval in found])
    assert covered == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: statistics.t_interval([]), "one or more values"),
        (lambda: statistics.paired_difference([1, 2], [1]), "cannot be paired"),
        (lambda: statistics.bootstrap_interval([1, 2], [1], seed=0), "one value per unit"),
        (lambda: statistics.slope_interval([1, 1], [0, 2]), "different x"),
        (lambda: statistics.bootstrap_interval([], seed=0), "one or more values"),
    ],
)
def test_impossible_questions_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
