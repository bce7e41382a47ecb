"""Codes of linear Gaussian pairs, against slow forms and printed tables."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from causeway.causal.codelength import codebooks, encode, gaussian, search, worlds
from causeway.causal.codelength.comparison import both_directions, reversed_roles
from causeway.causal.codelength.config import CodelengthConfig
from causeway.causal.codelength.directions import by_sum
from causeway.causal.codelength.gaussian import Parameters
from causeway.errors import InputError

seeds = st.integers(0, 2**32 - 1)
PUBLISHED = CodelengthConfig().sources["discovery"]
TRUE = Parameters(*np.array(PUBLISHED.environments).T)


def drawn(seed, environments=4, samples=12):
    generator = np.random.default_rng(seed)
    true = worlds.random_world(generator, environments, (1, 25), (1, 2.5))
    return true, worlds.sample(generator, true, samples)


def book(seed, size=3):
    generator = np.random.default_rng(seed)
    return Parameters(
        np.sort(generator.uniform(0.5, 30, size)),
        np.sort(generator.uniform(0.5, 30, size)),
        np.sort(generator.uniform(-1, 3, size)),
    )


def divergence(p, q):
    """Kullback–Leibler divergence of centred Gaussians, in nats."""
    inside = np.trace(np.linalg.solve(q, p))
    return 0.5 * (np.log(np.linalg.det(q) / np.linalg.det(p)) - 2 + inside)


def joint(codebook):
    """Covariance of every triple of members, shape (M, M, M, 2, 2)."""
    grids = np.meshgrid(*codebook, indexing="ij")
    flat = gaussian.covariance(Parameters(*(grid.ravel() for grid in grids)))
    return flat.reshape(*grids[0].shape, 2, 2)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_divergences_add_to_that_of_the_joint_distribution(seed):
    _, samples = drawn(seed)
    moments, codebook = gaussian.moments(samples), book(seed)
    fast = gaussian.cause_divergence(moments, codebook.cause)[:, :, None, None]
    fast = fast + gaussian.effect_divergence(moments, *codebook[1:])[:, None]
    slow = [
        [divergence(p, q) for q in joint(codebook).reshape(-1, 2, 2)] for p in moments.covariance
    ]
    np.testing.assert_allclose(fast.reshape(len(samples), -1), slow, rtol=1e-9, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_bits_are_those_of_the_density(seed):
    _, samples = drawn(seed, samples=4)
    moments, codebook = gaussian.moments(samples), book(seed)
    fast = gaussian.cause_bits(moments, codebook.cause)[:, :, None, None]
    fast = fast + gaussian.effect_bits(moments, *codebook[1:])[:, None]
    spreads = joint(codebook)
    for index in [(0, 0, 0, 0), (3, 2, 1, 0), (1, 1, 2, 2)]:
        density = multivariate_normal([0, 0], spreads[index[1:]])
        slow = -density.logpdf(samples[index[0]]).sum() / np.log(2)
        assert fast[index] == pytest.approx(slow, rel=1e-9)


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_the_split_search_is_the_search_over_all_triples(seed):
    """Slot of the cause and slots of the effect apart, against every box of the joint table."""
    _, samples = drawn(seed)
    moments, codebook = gaussian.moments(samples), book(seed)
    tables = np.array(
        [[divergence(p, q) for q in joint(codebook).reshape(-1, 2, 2)] for p in moments.covariance]
    ).reshape(-1, 3, 3, 3)
    expected = np.empty((3, 3, 3))
    for counts in product(range(1, 4), repeat=3):
        totals = [
            sum(table[np.ix_(*box)].min() for table in tables)
            for box in product(*(combinations(range(3), k) for k in counts))
        ]
        expected[tuple(k - 1 for k in counts)] = min(totals)
    apart = search(gaussian.cause_divergence(moments, codebook.cause)).cost[:, None, None]
    apart = apart + search(gaussian.effect_divergence(moments, *codebook[1:])).cost
    np.testing.assert_allclose(apart, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(search(tables).cost, expected, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds, st.permutations(range(4)))
def test_relabelling_environments_changes_nothing(seed, order):
    _, samples = drawn(seed)
    plain = encode(gaussian.moments(samples), book(seed))
    mixed = encode(gaussian.moments([samples[e] for e in order]), book(seed))
    np.testing.assert_allclose(mixed.total, plain.total, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_one_mechanism_each_is_the_pooled_model(seed):
    """With one member per slot all environments are one, so the pooled samples decide."""
    _, samples = drawn(seed)
    codebook = book(seed)
    found = encode(gaussian.moments(samples), codebook, fit="likelihood")
    pooled = np.concatenate(samples)
    lengths = [
        -multivariate_normal([0, 0], spread).logpdf(pooled).sum() / np.log(2)
        for spread in joint(codebook).reshape(-1, 2, 2)
    ]
    labels = len(pooled) * np.log2(len(samples))
    assert found.data[0, 0, 0] == pytest.approx(min(lengths) + labels, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_data_bits_do_not_rise_with_more_mechanisms(seed):
    _, samples = drawn(seed)
    data = encode(gaussian.moments(samples), book(seed), fit="likelihood").data
    assert all((np.diff(data, axis=axis) <= 1e-9).all() for axis in range(3))


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_likelihood_never_needs_more_data_bits_than_divergence(seed):
    _, samples = drawn(seed)
    moments = gaussian.moments(samples)
    chosen = encode(moments, book(seed), fit="likelihood").data
    assert (chosen <= encode(moments, book(seed)).data + 1e-9).all()


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_both_directions_describe_the_same_distributions(seed):
    true, _ = drawn(seed)
    there = gaussian.covariance(true)
    back = gaussian.covariance(reversed_roles(true))
    np.testing.assert_allclose(back, there[:, ::-1, ::-1], rtol=1e-9)


def test_unconstrained_codes_of_both_directions_are_equal():
    """With a codebook of the estimates themselves neither direction loses anything."""
    _, samples = drawn(0, samples=30)
    centred = [sample - sample.mean(axis=0) for sample in samples]
    lengths = []
    for moments in (gaussian.moments(centred), gaussian.moments(centred).swapped()):
        exact = gaussian.parameters(moments.covariance)
        lengths.append(encode(moments, exact).shortest_data)
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-12)


def test_printed_code_lengths_and_mechanisms(root):
    """Five data sets in both directions, to the printed digit (derived, legacy generator)."""
    printed = {
        0: (1014.8, (2, 1, 1), 1044.8, (2, 1, 1)),
        1: (995.7, (3, 1, 1), 1001.4, (2, 1, 2)),
        2: (1036.2, (2, 1, 1), 1056.2, (2, 1, 2)),
        3: (1004.3, (3, 1, 1), 1013.3, (3, 1, 1)),
        4: (994.6, (2, 1, 1), 1015.2, (2, 1, 2)),
    }
    curves = []
    for seed, (causal, used, anticausal, used_back) in printed.items():
        samples = worlds.published(PUBLISHED.environments, PUBLISHED.samples, seed)
        found = both_directions(gaussian.moments(samples), TRUE, 8)
        # A constant share of the code: the labels of 100 samples from 5 environments.
        assert round(100 * np.log2(5), 1) == 232.2
        assert found.shorter == "forward"
        assert found.forward.mechanisms == used
        assert found.backward.mechanisms == used_back
        assert round(found.forward.shortest, 1) == causal
        assert round(found.backward.shortest, 1) == anticausal
        curves.append(
            [
                by_sum(array)
                for code in (found.forward, found.backward)
                for array in (code.total, code.data)
            ]
        )
    means = np.mean(curves, axis=0)
    assert means.min(axis=1).round(1).tolist() == [1010.5, 957.3, 1026.5, 955.4]
    assert means[0].argmin() + 3 == means[2].argmin() + 3 == 5


def test_the_shortest_code_tells_its_values():
    _, samples = drawn(1)
    found = encode(gaussian.moments(samples), book(1))
    taken = found.assignment()
    for values, members, count in zip(taken, book(1), found.mechanisms, strict=True):
        assert set(values) <= set(members)
        assert len(set(values)) <= count


def test_published_codebooks_hold_the_truth_and_its_margin():
    found = codebooks.with_true_values(TRUE, 8)
    np.testing.assert_allclose(found.cause, [0, 1, 6.85, 9, 13.7, 20.55, 25, 27.4])
    assert all(len(values) == 8 for values in found)
    assert {1.0, 2.0, 2.5} <= set(found.coefficient)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(5, 12))
def test_codebooks_have_their_size(seed, size):
    true, samples = drawn(seed)
    estimates = gaussian.parameters(gaussian.moments(samples).covariance)
    for found in (
        codebooks.with_true_values(true, size),
        codebooks.from_estimates(estimates, size),
    ):
        assert [len(np.unique(values)) for values in found] == [size] * 3
        assert (found.cause >= 0).all()
        assert (found.noise >= 0).all()


def test_a_codebook_that_is_too_small_is_refused():
    with pytest.raises(InputError, match="2 members cannot hold 3 true values"):
        codebooks.with_true_values(TRUE, 2)
    with pytest.raises(InputError, match="leave nothing to choose"):
        codebooks.from_estimates(TRUE, 1)


GOOD = np.array([[0.0, 1], [1, 0], [2, 5], [3, 1]])


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([GOOD], "one environment alone cannot share"),
        ([GOOD, GOOD[:0]], "environment 1: 0 samples"),
        ([GOOD, GOOD[:2]], "environment 1: 2 samples"),
        ([GOOD, np.where(GOOD == 5, np.nan, GOOD)], "environment 1: a value is not finite"),
        ([GOOD, np.where(GOOD == 5, np.inf, GOOD)], "environment 1: a value is not finite"),
        ([GOOD, GOOD[:, [0, 0]]], "constant or a multiple"),
        ([GOOD, GOOD * [1, 0]], "constant or a multiple"),
        ([GOOD, GOOD[:, :1]], "Give two columns"),
    ],
)
def test_samples_that_show_no_covariance_are_refused(samples, words):
    with pytest.raises(InputError, match=words):
        gaussian.moments(samples)
