"""Components, associations, polygenic scores, ensembles and populations, on planted truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from causeway.errors import InputError
from causeway.genomes.phenformer import dosages as passes
from causeway.genomes.phenformer.ancestry import by_population, over_diseases
from causeway.genomes.phenformer.association import marginal_effects
from causeway.genomes.phenformer.components import Components
from causeway.genomes.phenformer.ensemble import MODELS, ensembles
from causeway.genomes.phenformer.prs import (
    Genotyped,
    clump,
    clumped_scores,
    polygenic_scores,
    ridge_scores,
)
from causeway.rankings import auroc
from causeway.statistics import t_interval


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def genotypes(rng, people, sites, low=0.1):
    frequency = rng.uniform(low, 0.5, sites)
    return rng.binomial(2, frequency, (people, sites)).astype(np.int8)


def world(rng, causal, people=900, sites=120):
    """Three parts of people, of whom a third are cases by a liability over some sites."""
    dosages = genotypes(rng, people, sites)
    effects = np.zeros(sites)
    effects[:causal] = rng.choice([-1.0, 1.0], causal)
    genetic = (dosages - dosages.mean(axis=0)) @ effects
    liability = rng.standard_normal(people)
    if causal:
        liability = genetic / genetic.std() + 0.8 * liability
    cases = liability > np.quantile(liability, 2 / 3)
    parts = np.split(np.arange(people), 3)
    return dosages, effects, cases, parts


def test_components_are_those_of_a_decomposition_by_hand(rng, monkeypatch):
    monkeypatch.setattr(passes, "SITES", 7)
    dosages = genotypes(rng, 25, 40)
    dosages[:, 3] = 2
    found = Components.of(dosages, 4)
    frequency = dosages.mean(axis=0) / 2
    varies = (frequency > 0) & (frequency < 1)
    scale = np.sqrt(2 * frequency * (1 - frequency))[varies]
    standard = (dosages[:, varies] - 2 * frequency[varies]) / scale
    _, size, right = np.linalg.svd(standard, full_matrices=False)
    assert found.share == pytest.approx(np.square(size[:4]) / np.square(size).sum())
    assert np.abs(found.loadings[varies]) == pytest.approx(np.abs(right[:4].T), abs=1e-8)
    assert (found.loadings[3] == 0).all()
    assert np.abs(found.project(dosages)) == pytest.approx(np.abs(standard @ right[:4].T))


def test_components_separate_populations_of_people_not_seen(rng):
    centre = rng.uniform(0.2, 0.8, 300)
    shifted = np.clip(centre + rng.choice([-0.15, 0.15], 300), 0.02, 0.98)
    people = [rng.binomial(2, one, (60, 300)) for one in (centre, shifted)]
    found = Components.of(np.concatenate([one[:40] for one in people]), 2)
    new = found.project(np.concatenate([one[40:] for one in people]))[:, 0]
    area = auroc(new, np.arange(40) >= 20)
    assert max(area, 1 - area) > 0.99


def test_components_of_too_few_people_or_no_variation_are_refused(rng):
    with pytest.raises(ValueError, match="do not have 5 components"):
        Components.of(genotypes(rng, 5, 9), 5)
    with pytest.raises(ValueError, match="no site varies"):
        Components.of(np.full((5, 9), 2), 2)
    with pytest.raises(ValueError, match="are not of 9 sites"):
        Components.of(genotypes(rng, 6, 9), 2).project(genotypes(rng, 6, 8))


def test_marginal_effects_are_those_of_joint_regressions(rng, monkeypatch):
    monkeypatch.setattr(passes, "SITES", 4)
    dosages, covariates = genotypes(rng, 50, 10), rng.standard_normal((50, 3))
    dosages[:, 6] = 1
    trait = dosages[:, 0] + covariates[:, 0] + rng.standard_normal(50)
    plain, adjusted = (
        marginal_effects(dosages, trait),
        marginal_effects(dosages, trait, covariates),
    )
    for site in set(range(10)) - {6}:
        line = stats.linregress(dosages[:, site], trait)
        assert plain.slope[site] == pytest.approx(line.slope)
        assert plain.p[site] == pytest.approx(line.pvalue, rel=1e-6)
        design = np.column_stack([dosages[:, site], np.ones(50), covariates])
        solution, rest, *_ = np.linalg.lstsq(design, trait)
        error = np.sqrt(rest[0] / 45 * np.linalg.inv(design.T @ design)[0, 0])
        assert adjusted.slope[site] == pytest.approx(solution[0])
        assert adjusted.t[site] == pytest.approx(solution[0] / error)
    assert (plain.slope[6], plain.t[6], plain.p[6]) == (0, 0, 1)


def test_p_values_are_uniform_without_effects(rng):
    found = marginal_effects(genotypes(rng, 200, 400), rng.random(200) < 0.3)
    assert stats.kstest(found.p, "uniform").pvalue > 0.01


def test_clumping_keeps_the_strongest_of_each_neighbourhood(rng):
    contigs = np.array(["1", "1", "1", "1", "2", "2"])
    positions = np.array([300, 100, 199, 400, 100, 100])
    p = np.array([0.2, 0.01, 0.001, 0.3, 0.5, 0.5])
    assert clump(p, contigs, positions, 100).tolist() == [True, False, True, False, True, False]
    contigs, positions = rng.integers(3, size=80), rng.integers(2000, size=80)
    p = rng.random(80)
    kept = clump(p, contigs, positions, 60)
    expected = []
    for site in np.argsort(p):
        near = [
            one
            for one in expected
            if contigs[one] == contigs[site] and abs(positions[one] - positions[site]) <= 60
        ]
        if not near:
            expected.append(site)
    assert sorted(expected) == np.flatnonzero(kept).tolist()


def test_ridge_solves_its_equations(rng, monkeypatch):
    monkeypatch.setattr(passes, "SITES", 6)
    dosages, _, cases, (train, valid, _) = world(rng, 5, people=90, sites=20)
    both = np.column_stack([~cases, cases])
    one = Genotyped(dosages[train], both[train])
    _, (other, found) = ridge_scores(one, Genotyped(dosages[valid], both[valid]), [0.5, 0.2])
    frequency = one.dosages.mean(axis=0) / 2
    scale = np.sqrt(2 * frequency * (1 - frequency))
    standard = (one.dosages - 2 * frequency) / scale
    system = standard.T @ standard + 20 * 0.8 / 0.2 * np.eye(20)
    centred = cases[train] - cases[train].mean()
    expected = np.linalg.solve(system, standard.T @ centred) / scale
    assert found.weights == pytest.approx(expected, rel=1e-6)
    assert (other.setting, found.setting) == (0.5, 0.2)
    area = auroc(dosages[valid] @ found.weights, cases[valid])
    assert found.validation == pytest.approx(float(area))


def test_sums_over_blocks_are_those_over_all_sites(rng, monkeypatch):
    monkeypatch.setattr(passes, "SITES", 3)
    dosages, weights = genotypes(rng, 9, 10), rng.standard_normal((10, 2))
    weights[3:6] = 0
    assert passes.weighted_sum(dosages, weights) == pytest.approx(dosages @ weights)
    assert passes.weighted_sum(dosages, weights[:, 0]) == pytest.approx(dosages @ weights[:, 0])
    with pytest.raises(ValueError, match="9 weights are not of 10 sites"):
        passes.weighted_sum(dosages, weights[:9])


def test_scores_predict_planted_effects_and_nothing_else(rng):
    positions = np.arange(120) * 1000
    for causal, low, high in ((12, 0.7, 1.0), (0, 0.4, 0.6)):
        dosages, effects, cases, (train, valid, test) = world(rng, causal)
        (found,) = polygenic_scores(
            Genotyped(dosages[train], cases[train][:, None]),
            Genotyped(dosages[valid], cases[valid][:, None]),
            np.zeros(120),
            positions,
            distance=500,
        )
        assert low < auroc(found.score(dosages[test]), cases[test]) < high
        if causal:
            assert found.validation > 0.65
            assert np.corrcoef(found.weights, effects)[0, 1] > 0.5


def test_covariates_take_out_stratification(rng):
    population = np.arange(400) % 2
    frequency = np.where(population[:, None] == 1, 0.6, 0.3)
    dosages = rng.binomial(2, np.broadcast_to(frequency, (400, 50)))
    cases = rng.random(400) < np.where(population == 1, 0.7, 0.2)
    people = [
        Genotyped(dosages, cases[:, None], covariates)
        for covariates in (None, population[:, None] * 1.0)
    ]
    sites = [clumped_scores(one, one, np.zeros(50), np.arange(50), 0, [1e-4])[0] for one in people]
    assert sites[0][0].sites > 20
    assert not sites[1]


def test_scores_need_cases_and_controls(rng):
    dosages = genotypes(rng, 20, 5)
    good = Genotyped(dosages, np.arange(20)[:, None] < 5)
    bad = Genotyped(dosages, np.zeros((20, 1), dtype=bool))
    with pytest.raises(ValueError, match="validation people are all"):
        polygenic_scores(good, bad, np.zeros(5), np.arange(5))


def features(rng, gain, people=1600):
    """Covariates, a score and a network that adds ``gain`` to what the score knows."""
    hidden = rng.standard_normal((people, 3))
    liability = hidden @ [0.4, 0.8, gain] + rng.standard_normal(people)
    columns = {
        "covariates": np.column_stack([hidden[:, 0], rng.standard_normal(people)]),
        "prs": hidden[:, 1],
        "phenformer": 0.5 * hidden[:, 1] + hidden[:, 2],
    }
    half = np.arange(people) % 2 == 0
    return columns, liability > 0.7, np.flatnonzero(half), np.flatnonzero(~half)


def difference(found, model, against):
    table = found.differences.set_index(["model", "against"])
    return table.loc[(model, against)]


def test_an_ensemble_gains_by_new_knowledge_and_not_without(rng):
    assert set(MODELS) >= {"covariates", "prs+covariates", "prs+phenformer+covariates"}
    found = ensembles(*features(rng, 0.9), rng=rng, resamples=500)
    gain = difference(found, "prs+phenformer+covariates", "prs+covariates")
    assert gain["low"] > 0.02
    null = ensembles(*features(rng, 0.0), rng=rng, resamples=500)
    gain = difference(null, "prs+phenformer+covariates", "prs+covariates")
    assert gain["low"] < 0.005
    assert abs(gain["difference"]) < 0.02
    areas = found.areas.set_index("model")
    assert (areas["low"] < areas["auroc"]).all()
    assert (areas["auroc"] < areas["high"]).all()
    assert (areas["n"] == 800).all()
    assert areas["auroc"].idxmax() == "prs+phenformer+covariates"
    # Paired: narrower than two separate intervals together.
    widths = (areas["high"] - areas["low"])[["prs+phenformer+covariates", "prs+covariates"]]
    assert gain["high"] - gain["low"] < np.hypot(*widths) / 2


def test_test_people_do_not_enter_the_fit(rng):
    columns, cases, valid, test = features(rng, 0.5, people=400)
    found = ensembles(columns, cases, valid, test, rng=rng, resamples=10)
    flipped = cases.copy()
    flipped[test] = ~flipped[test]
    again = ensembles(columns, flipped, valid, test, rng=rng, resamples=10)
    for model, probabilities in found.probabilities.items():
        assert np.array_equal(probabilities, again.probabilities[model])
    assert again.areas["auroc"].to_numpy() == pytest.approx(1 - found.areas["auroc"].to_numpy())


def test_an_ensemble_needs_cases_in_every_part(rng):
    columns, cases, valid, test = features(rng, 0.5, people=100)
    cases[test] = False
    with pytest.raises(InputError, match="0 cases among 50 test people"):
        ensembles(columns, cases, valid, test, rng=rng)


def test_populations_are_told_apart_with_their_sizes(rng):
    people = np.repeat(["b", "a", "c"], [400, 300, 20])
    cases = rng.random(720) < 0.3
    cases[people == "c"] = False
    scores = rng.standard_normal(720) + np.where(people == "b", 2.0, 0.0) * cases
    table = by_population(scores, cases, people, "b", rng=rng, resamples=400)
    assert table["population"].tolist() == ["b", "a", "c"]
    assert table["n"].tolist() == [400, 300, 20]
    big, other, empty = table.to_dict("records")
    assert (big["ratio"], big["ratio_low"], big["ratio_high"]) == (1, 1, 1)
    assert other["auroc"] == pytest.approx(auroc(scores[people == "a"], cases[people == "a"]))
    assert other["ratio"] == pytest.approx(other["auroc"] / big["auroc"])
    assert other["ratio_low"] < other["ratio"] < other["ratio_high"] < 0.8
    assert np.isnan(empty["auroc"])
    assert empty["cases"] == 0
    with pytest.raises(ValueError, match="nobody is of population 'x'"):
        by_population(scores, cases, people, "x", rng=rng)


def test_populations_are_averaged_over_the_diseases_that_they_have():
    columns = ["disease", "population", "auroc", "ratio"]
    rows = [
        ("a", "EUR", 0.8, 1.0),
        ("a", "AFR", 0.6, 0.75),
        ("a", "EAS", np.nan, np.nan),
        ("b", "EUR", 0.9, 1.0),
        ("b", "AFR", 0.8, 8 / 9),
        ("b", "EAS", 0.7, 7 / 9),
    ]
    found = dict(over_diseases(pd.DataFrame(rows, columns=columns)))
    assert found["AFR/auroc"] == t_interval([0.6, 0.8])
    assert found["EAS/auroc"].estimate == 0.7
    assert found["EAS/auroc"].n == 1
    assert found["EUR/ratio"].estimate == 1.0
    # 0.2 of one disease, more than 0.15 of two.
    assert found["largest-gap"].estimate == pytest.approx(0.2)
    alone = pd.DataFrame(rows, columns=columns).query("population == 'EUR'")
    assert not dict(over_diseases(alone))
    silent = pd.DataFrame([*rows, ("b", "SAS", np.nan, np.nan)], columns=columns)
    assert np.isnan(dict(over_diseases(silent))["SAS/auroc"].estimate)


def test_a_majority_of_area_zero_gives_no_ratio():
    scores, cases = [1, 2, 3, 4, 1, 2], [True, True, False, False, False, True]
    table = by_population(
        scores, cases, list("aaaabb"), "a", rng=np.random.default_rng(0), resamples=9
    )
    assert table["auroc"].tolist() == [0, 1]
    assert np.isnan(table["ratio"]).all()


def test_people_of_whom_a_disease_is_not_known_have_no_part_in_its_score(rng):
    dosages, _, cases, (train, valid, _) = world(rng, 20, sites=60)
    both = np.column_stack([cases, cases])
    known = np.ones_like(both)
    known[rng.permutation(len(cases))[:250], 1] = False
    places = np.zeros(60, dtype=int), np.arange(60) * 1_000_000
    covariates = rng.standard_normal((len(cases), 1))

    def given(rows, diseases=slice(None), mask=known):
        return Genotyped(
            dosages[rows], both[rows][:, diseases], covariates[rows], mask[rows][:, diseases]
        )

    found = polygenic_scores(given(train), given(valid), *places)
    # By hand: the second disease alone, of those of whom it is known.
    told = [rows[known[rows, 1]] for rows in (train, valid)]
    alone = polygenic_scores(*(given(rows, slice(1, 2)) for rows in told), *places)
    whole = polygenic_scores(given(train, slice(0, 1)), given(valid, slice(0, 1)), *places)
    assert np.allclose(found[1].weights, alone[0].weights)
    assert np.allclose(found[0].weights, whole[0].weights)
    assert not np.allclose(found[0].weights, found[1].weights)
    # Whatever stands where it is not known changes nothing.
    both[~known] = ~both[~known]
    again = polygenic_scores(given(train), given(valid), *places)
    assert np.array_equal(again[1].weights, found[1].weights)


def test_populations_keep_their_rows_without_people_of_whom_a_disease_is_known(rng):
    scores, cases = rng.random(60), rng.random(60) < 0.4
    names = np.repeat(["a", "b", "c"], 20)
    known = names != "c"
    known[:5] = False
    kept = by_population(
        scores, cases, names, "b", rng=np.random.default_rng(0), resamples=20, known=known
    )
    assert kept["population"].tolist() == ["b", "a", "c"]
    assert kept["n"].tolist() == [20, 15, 0]
    assert np.isnan(kept["auroc"].iloc[2])
    assert kept["auroc"].iloc[1] == auroc(scores[5:20], cases[5:20])
