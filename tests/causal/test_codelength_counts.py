"""Codes of counts, against trying all subsets and printed tables."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from causeway.causal.codelength import families, recover_counts, shift
from causeway.causal.codelength.config import CodelengthConfig
from causeway.causal.codelength.counts import grid, search_line, tally
from causeway.causal.codelength.references import deviation, read
from causeway.causal.codelength.slots import compare_slots, expected_saving
from causeway.errors import InputError

PUBLISHED = CodelengthConfig().sources["shift"]


def curve(case, samples, seed):
    drawn = shift.sample(PUBLISHED.cases[case], samples, 20, "poisson", seed)
    rest = shift.effect_bits(drawn, 20)
    return recover_counts(drawn.first, drawn.environment, environments=10, counted=20, rest=rest)


def all_subsets(bits, places, codebook, most):
    """Least cost of each size, giving each environment its nearest member of every subset."""
    best = []
    for size in range(1, most + 1):
        totals = []
        for chosen in combinations(range(len(codebook)), size):
            distances = np.abs(codebook[list(chosen)] - places[:, None])
            members = np.array(chosen)[distances.argmin(axis=1)]
            totals.append(bits[np.arange(len(places)), members].sum())
        best.append(min(totals))
    return best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 7), st.booleans())
def test_the_line_search_is_the_search_over_all_subsets(seed, environments, size, ties):
    generator = np.random.default_rng(seed)
    codebook = np.arange(1, size + 1) / 8
    places = generator.uniform(0, 1, environments)
    if ties:
        places = np.round(places * 16) / 16
    bits = generator.exponential(size=(environments, size))
    found = search_line(bits, places, codebook, size)
    np.testing.assert_allclose(found.cost, all_subsets(bits, places, codebook, size), rtol=1e-12)
    rows = np.arange(environments)
    for count, members in enumerate(found.members, start=1):
        assert len(set(members)) <= count
        assert bits[rows, members].sum() == pytest.approx(found.cost[count - 1])


@pytest.mark.parametrize("family", ["poisson", "geometric", "gaussian"])
def test_probabilities_are_those_of_the_law_with_its_tail_in_the_last_count(family):
    theta = np.array([0.05, 0.3, 0.9])
    table = families.mass_table(family, theta, 20)
    np.testing.assert_allclose(table.sum(axis=1), 1, rtol=1e-12)
    for row, value in zip(table, theta, strict=True):
        law = {
            "poisson": stats.poisson(22 * value),
            "geometric": stats.geom(value, loc=-1),
            "gaussian": stats.norm(22 * value, 1),
        }[family]
        if family == "gaussian":
            edges = np.concatenate([[-np.inf], np.arange(19) + 0.5, [np.inf]])
            expected = np.diff(law.cdf(edges))
        else:
            expected = np.append(law.pmf(range(19)), law.sf(18))
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("family", ["poisson", "geometric", "gaussian"])
def test_draws_follow_the_law_and_give_back_their_parameter(family):
    theta = 0.3
    counts = families.draw(np.random.RandomState(0), family, np.full(20_000, theta), 20)
    tallies = tally(counts, np.zeros(20_000, int), 1, 20)
    expected = 20_000 * families.mass_table(family, np.array([theta]), 20)
    seen = expected[0] > 5
    statistic = ((tallies[0] - expected[0])[seen] ** 2 / expected[0][seen]).sum()
    assert statistic < stats.chi2.isf(1e-6, seen.sum())
    assert families.estimates(family, tallies)[0] == pytest.approx(theta, rel=0.02)


def test_printed_mean_code_lengths(root):
    printed = read(root / "config/references/codelength/shift.tsv", "shift", "poisson")
    computed = {
        f"10/{case}/{k + 1}": value
        for case in PUBLISHED.cases
        for k, value in enumerate(np.mean([curve(case, 10, s).total for s in range(5)], axis=0))
    }
    assert deviation(computed, printed)[1] == 24
    assert {name: f"{computed[name]:.1f}" for name in printed} == printed


def test_data_bits_keep_falling_where_the_code_does_not():
    data = np.mean([curve("seven", 10, seed).data for seed in range(5)], axis=0)
    assert round(data[3], 1) == 838.6
    assert round(data[7], 1) == 833.0


def test_two_mechanisms_are_found_in_every_data_set():
    assert {curve("two", 10, seed).mechanisms for seed in range(5)} == {2}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(10)))
def test_relabelling_environments_changes_nothing(seed, order):
    drawn = shift.sample(PUBLISHED.cases["four"], 10, 20, "poisson", seed)
    relabelled = np.array(order)[drawn.environment]
    plain = recover_counts(drawn.first, drawn.environment, environments=10)
    mixed = recover_counts(drawn.first, relabelled, environments=10)
    np.testing.assert_allclose(mixed.total, plain.total, rtol=1e-12)


def test_one_mechanism_is_the_pooled_model():
    drawn = shift.sample(PUBLISHED.cases["four"], 10, 20, "poisson", 3)
    found = recover_counts(drawn.first, drawn.environment, environments=10)
    table = families.mass_table("poisson", grid(20), 20)
    pooled = -np.log2(table[:, drawn.first]).sum(axis=1)
    assert found.data[0] == pytest.approx(pooled.min() + 100 * np.log2(10))


def test_the_penalty_counts_the_whole_codebook_unless_told_otherwise():
    counts, environment = np.array([1, 9, 2, 8]), np.array([0, 1, 0, 1])
    true = recover_counts(counts, environment, environments=2, most=2)
    said = recover_counts(counts, environment, environments=2, most=2, counted=20)
    np.testing.assert_allclose(
        true.penalty - said.penalty,
        [2 * np.log2(21 / 20), 2 * np.log2(21 * 20 / (20 * 19))],
    )


@pytest.mark.parametrize("mechanisms", [1, 2, 3])
def test_sharing_saves_what_the_formula_says_when_environments_are_many(mechanisms):
    """Without any noise in the data both slots use the same members, and only names differ."""
    tallies = np.zeros((60, 20))
    tallies[np.arange(60), 6 * (np.arange(60) % mechanisms)] = 500
    found = compare_slots(tallies, tallies[::-1], most=4)
    assert found.saving == pytest.approx(expected_saving(mechanisms, 21), abs=0.01)


def test_other_mechanisms_do_not_gain_by_sharing():
    first, second = np.zeros((30, 20)), np.zeros((30, 20))
    first[np.arange(30), 12 * (np.arange(30) % 2)] = 500
    second[np.arange(30), 6 + 12 * (np.arange(30) % 2)] = 500
    assert compare_slots(first, second, most=4).saving < 0


@pytest.mark.parametrize(
    ("counts", "environment", "words"),
    [
        ([1, 2], [0, 0], "environment 1: it has no samples"),
        ([1, 20], [0, 1], "whole numbers from 0 to 19"),
        ([1, -1], [0, 1], "whole numbers from 0 to 19"),
        ([1.0, np.nan], [0, 1], "whole numbers from 0 to 19"),
        ([1.5, 2], [0, 1], "whole numbers from 0 to 19"),
        ([1, 2], [0, 2], "environment: values are not whole numbers from 0 to 1"),
        ([1, 2, 3], [0, 1], "not one label per count"),
    ],
)
def test_counts_outside_the_model_are_refused(counts, environment, words):
    with pytest.raises(InputError, match=words):
        recover_counts(np.array(counts), np.array(environment), environments=2, most=1)


def test_more_mechanisms_than_environments_or_members_are_refused():
    counts, environment = np.array([1, 2, 1, 2]), np.arange(4)
    with pytest.raises(InputError, match="only 4 environments"):
        recover_counts(counts, environment, environments=4, most=5)
    with pytest.raises(InputError, match="only 3 members"):
        recover_counts(counts, environment, environments=4, most=4, counted=3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"family": "x"}, "family: 'x' is not known. Give one of poisson, geometric, gaussian"),
        ({"most": 1.5}, "most: 1.5 is no whole number"),
        ({"values": 20.0}, "values: 20.0 is no whole number"),
        ({"environments": 2.0}, "environments: 2.0 is no whole number"),
        ({"counted": 8.5}, "codebook: 8.5 is no whole number"),
    ],
)
def test_words_and_numbers_of_no_meaning_are_refused(arguments, words):
    settings = {"environments": 2, "most": 1, **arguments}
    with pytest.raises(InputError, match=words):
        recover_counts(np.array([1, 2]), np.arange(2), **settings)
