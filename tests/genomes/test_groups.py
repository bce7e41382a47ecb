"""Agreement with people's expression, subtypes and their comorbidities."""

import numpy as np
import pytest
from scipy import stats

from causeway.genomes.phenformer.comorbidities import comorbidities
from causeway.genomes.phenformer.individuals import agreement, correlations
from causeway.genomes.phenformer.subtypes import agreement as same_groups
from causeway.genomes.phenformer.subtypes import subtypes


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_correlations_are_those_of_scipy(rng):
    predicted, observed = rng.standard_normal((2, 30, 6))
    observed[:, 0] += predicted[:, 0]
    predicted[:, 5] = 1.0
    found = correlations(predicted, observed)
    for gene in range(5):
        expected = stats.pearsonr(predicted[:, gene], observed[:, gene])
        assert found.r[gene] == pytest.approx(expected.statistic)
        assert found.p[gene] == pytest.approx(expected.pvalue)
    assert np.isnan(found.r[5])
    assert np.isnan(found.p[5])
    assert correlations(observed[:, :1], 2 * observed[:, :1]).p[0] == pytest.approx(0)


def test_wrong_signs_are_counted_among_significant_genes(rng):
    predicted = rng.standard_normal((100, 60))
    sign = np.where(np.arange(60) < 10, -1.0, 1.0) * (np.arange(60) < 40)
    observed = predicted * sign + 0.5 * rng.standard_normal((100, 60))
    found = agreement(correlations(predicted, observed), seed=0)
    assert found.negative.n in range(40, 45)
    assert found.negative.estimate == pytest.approx(0.25, abs=0.03)
    assert found.negative.low < 0.25 < found.negative.high
    assert found.mean.low < found.mean.estimate < found.mean.high
    assert found.mean.n == found.median.n == 60


def test_unrelated_predictions_have_no_significant_gene(rng):
    found = agreement(correlations(*rng.standard_normal((2, 80, 50))), seed=0)
    assert found.negative.n <= 1
    assert found.mean.low < 0 < found.mean.high
    none = agreement(correlations(*rng.standard_normal((2, 5, 3))), seed=0)
    if not none.negative.n:
        assert np.isnan(none.negative.estimate)


def test_what_cannot_be_correlated_is_refused(rng):
    with pytest.raises(ValueError, match="differ"):
        correlations(np.zeros((5, 2)), np.zeros((5, 3)))
    with pytest.raises(ValueError, match="too few"):
        correlations(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="no gene varies"):
        agreement(correlations(np.zeros((5, 2)), np.zeros((5, 2))), seed=0)


@pytest.mark.parametrize("method", ["k-means", "mixture"])
def test_planted_groups_are_found(rng, method):
    truth = np.repeat([0, 1, 2], [50, 40, 30])
    centres = 6 * rng.standard_normal((3, 5))
    points = centres[truth] + rng.standard_normal((120, 5))
    found = subtypes(points, rng=rng, numbers=(2, 3, 4), method=method, resamples=5, nulls=19)
    assert found.groups == 3
    assert np.array_equal(found.labels, truth)
    row = found.choices.set_index("groups").loc[3]
    assert row["stability"] > 0.95
    assert row["p"] == pytest.approx(0.05)
    assert row["n"] == 120


def test_one_cloud_is_one_group(rng):
    # Stretched: cutting it in two is stable, but no better than in any other such cloud.
    clouds = rng.standard_normal((8, 80, 4)) * [5, 1, 1, 1]
    found = [subtypes(one, rng=rng, numbers=(2, 3), resamples=3, nulls=19) for one in clouds]
    assert np.mean([one.choices["stability"].max() for one in found]) > 0.8
    assert sum(one.groups > 1 for one in found) <= 2
    ones = next(one for one in found if one.groups == 1)
    assert (ones.labels == 0).all()
    assert len(ones.choices) == 2


def test_few_or_equal_people_are_one_group(rng):
    assert subtypes(np.zeros((4, 2)), rng=rng, numbers=(2, 3)).groups == 1
    assert subtypes(np.zeros((0, 2)), rng=rng).groups == 1
    found = subtypes(rng.standard_normal((3, 2)), rng=rng)
    assert found.groups == 1
    assert found.choices.empty


def test_subtypes_that_are_ancestry_are_recognised(rng):
    truth = np.repeat([0, 1], 40)
    clouds = [8 * truth[:, None] + rng.standard_normal((80, 3)) for _ in range(2)]
    other = 8 * (np.arange(80) % 2)[:, None] + rng.standard_normal((80, 3))
    found = [
        subtypes(points, rng=rng, numbers=(2,), resamples=3, nulls=19)
        for points in (*clouds, other, rng.standard_normal((80, 3)))
    ]
    assert same_groups(found[0], found[1]) == pytest.approx(1.0)
    assert same_groups(found[0], found[2]) == pytest.approx(0.0, abs=0.05)
    assert same_groups(found[0], found[3]) == 0.0


def test_comorbidity_is_tested_per_subtype_as_by_fisher(rng):
    groups = np.repeat([0, 1], [60, 40])
    labels = rng.random((100, 3)) < 0.2
    labels[:, 1] |= (groups == 1) & (rng.random(100) < 0.7)
    known = np.ones((100, 3), dtype=bool)
    known[:10, 2] = False
    found = comorbidities(groups, labels, ["a", "b", "c"], known).set_index(["subtype", "disease"])
    assert found.loc[(1, "b"), "q"] < 1e-3
    assert found.loc[(1, "b"), "odds_ratio"] > 3
    assert found.loc[(0, "a"), "p"] > 0.01
    assert found.loc[(0, "c"), "n"] == 90
    inside = labels[groups == 0, 1].sum()
    outside = labels[groups == 1, 1].sum()
    expected = stats.fisher_exact([[inside, 60 - inside], [outside, 40 - outside]])
    assert found.loc[(0, "b"), "p"] == pytest.approx(expected.pvalue)
    assert found.loc[(0, "b"), "share"] == pytest.approx(inside / 60)
    assert (found["q"] >= found["p"]).all()


def test_comorbidity_by_chance_is_rarely_significant(rng):
    found = [
        comorbidities(rng.integers(2, size=80), rng.random((80, 5)) < 0.3, list("abcde"))
        for _ in range(40)
    ]
    assert sum((one["q"] < 0.05).any() for one in found) <= 6


def test_one_subtype_has_no_comorbidity(rng):
    assert comorbidities(np.zeros(9), rng.random((9, 2)) < 0.5, ["a", "b"]).empty
    assert comorbidities(np.arange(9) % 2, np.zeros((9, 0)), []).empty
    with pytest.raises(ValueError, match="2 diseases"):
        comorbidities(np.zeros(9), np.zeros((9, 3)), ["a", "b"])
