"""Merging: golden values, properties of both directions, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from causeway.causal.cmaxent import Moments, merge
from causeway.causal.cmaxent.causal import largest_association
from causeway.causal.cmaxent.worked import WORLD, cases
from causeway.errors import InputError

DIRECTIONS = ("causal", "anticausal")
PRINTED = Path(__file__).parents[2] / "config" / "references" / "cmaxent" / "worked.tsv"
directions = pytest.mark.parametrize("direction", DIRECTIONS)
seeds = st.integers(0, 10**6)
quick = settings(max_examples=30, deadline=None)


def moments(seed: int, d: int = 2) -> Moments:
    """Moments of a random world that both directions can have."""
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(d, d + 2))
    covariance = root @ root.T / (d + 2)
    pi = generator.uniform(0.1, 0.9)
    cross = np.linalg.cholesky(covariance) @ generator.normal(size=d)
    strength = np.sqrt(cross @ np.linalg.solve(covariance, cross))
    wanted = generator.uniform(0.05, 0.9) * largest_association(pi)
    return Moments(
        pi=pi,
        mean=generator.normal(size=d),
        covariance=covariance,
        cross=cross * wanted / strength,
    )


def quadrature(mean, covariance, nodes=201):
    """Points and weights for a Gaussian in two dimensions, of a fine lattice."""
    z = np.linspace(-8.5, 8.5, nodes)
    weight = np.exp(-(z**2) / 2)
    grid = np.stack(np.meshgrid(z, z, indexing="ij"), axis=-1).reshape(-1, 2)
    product = np.outer(weight, weight).ravel()
    return mean + grid @ np.linalg.cholesky(covariance).T, product / product.sum()


def test_worked_values_to_four_decimals():
    table = pd.read_csv(PRINTED, sep="\t", comment="#")
    kept = table[table["quantity"].str.startswith(("weight", "intercept"))]
    assert len(kept) == 17
    for row in kept.itertuples():
        one = merge(cases()[row.moments], row.direction)
        found = np.r_[one.intercept, one.weights][int(row.quantity[-1:].replace("t", "0"))]
        assert found == pytest.approx(row.value, abs=1e-4), (row.moments, row.quantity)


@quick
@given(seed=seeds)
def test_causal_moments_are_reproduced(seed):
    known = moments(seed)
    one = merge(known, "causal")
    spread = np.sqrt(one.weights @ one.covariance @ one.weights)
    assume(spread < 8)  # beyond that this lattice is too coarse
    x, weight = quadrature(known.mean, one.covariance)
    probability = one.probability(x)
    assert weight @ probability == pytest.approx(known.pi, abs=1e-8)
    cross = (weight * probability) @ x - known.pi * known.mean
    np.testing.assert_allclose(cross, known.cross, atol=1e-8)
    np.testing.assert_allclose(one.cross, known.cross, atol=1e-12)


@quick
@given(seed=seeds, d=st.integers(1, 6))
def test_anticausal_moments_are_reproduced(seed, d):
    known = moments(seed, d)
    one = merge(known, "anticausal")
    q = known.pi * (1 - known.pi)
    difference = one.cross / q
    within = one.covariance - q * np.outer(difference, difference)
    first = known.mean - known.pi * difference
    x = np.random.default_rng(seed).normal(size=(5, d)) + known.mean

    def log_density(mean):
        away = x - mean
        return -0.5 * np.einsum("ni,ni->n", away, np.linalg.solve(within, away.T).T)

    odds = log_density(first + difference) - log_density(first)
    odds += np.log(known.pi / (1 - known.pi))
    np.testing.assert_allclose(one.logit(x), odds, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(one.cross, known.cross, atol=1e-12)


@directions
@quick
@given(seed=seeds, d=st.integers(1, 5))
def test_affine_changes_of_features_change_nothing(direction, seed, d):
    known = moments(seed, d)
    generator = np.random.default_rng(seed + 1)
    turn = generator.normal(size=(d, d)) + 2 * np.eye(d)
    assume(np.linalg.cond(turn) < 1e3)
    shift = generator.normal(size=d)
    moved = Moments(
        pi=known.pi,
        mean=turn @ known.mean + shift,
        covariance=turn @ known.covariance @ turn.T,
        cross=turn @ known.cross,
    )
    one, other = merge(known, direction), merge(moved, direction)
    np.testing.assert_allclose(turn.T @ other.weights, one.weights, rtol=1e-7, atol=1e-8)
    assert other.intercept + shift @ other.weights == pytest.approx(one.intercept, rel=1e-7)


@directions
@quick
@given(seed=seeds, partly=st.booleans())
def test_exchanged_classes_turn_the_sign(direction, seed, partly):
    known = moments(seed, 3)
    known = known.forget(covariances=[(0, 2)]) if partly else known
    turned = Moments(
        pi=1 - known.pi, mean=known.mean, covariance=known.covariance, cross=-known.cross
    )
    try:
        one = merge(known, direction)
    except InputError:
        with pytest.raises(InputError):
            merge(turned, direction)
        return
    other = merge(turned, direction)
    np.testing.assert_allclose(other.weights, -one.weights, rtol=1e-8, atol=1e-9)
    assert other.intercept == pytest.approx(-one.intercept, rel=1e-8, abs=1e-9)


@quick
@given(seed=seeds, d=st.integers(2, 6))
def test_with_all_moments_both_directions_have_one_slope(seed, d):
    known = moments(seed, d)
    first, second = (merge(known, direction).weights for direction in DIRECTIONS)
    first, second = first / np.linalg.norm(first), second / np.linalg.norm(second)
    np.testing.assert_allclose(first, second, atol=1e-8)


@quick
@given(seed=seeds)
def test_what_is_implied_may_as_well_be_known(seed):
    known = moments(seed)
    q = known.pi * (1 - known.pi)
    for direction, covariance in (
        ("anticausal", known.cross[0] * known.cross[1] / q),
        ("causal", 0.0),
    ):
        told = known.covariance.copy()
        told[0, 1] = told[1, 0] = covariance
        full = Moments(pi=known.pi, mean=known.mean, covariance=told, cross=known.cross)
        try:
            one = merge(full, direction)
        except InputError:
            continue
        other = merge(known.forget(covariances=[(0, 1)]), direction)
        np.testing.assert_allclose(other.weights, one.weights, rtol=1e-8, atol=1e-10)
        assert other.intercept == pytest.approx(one.intercept, rel=1e-8, abs=1e-10)


@quick
@given(seed=seeds)
def test_separate_experts_multiply_in_the_anticausal_direction(seed):
    """Naive Bayes: log odds of experts add, less the prior that both counted."""
    known = moments(seed)
    both = merge(known.as_seen_by([[0], [1]]), "anticausal")
    x = np.random.default_rng(seed).normal(size=(4, 2))
    experts = [
        merge(
            Moments(
                pi=known.pi,
                mean=known.mean[[j]],
                covariance=known.covariance[j : j + 1, j : j + 1],
                cross=known.cross[[j]],
            ),
            "anticausal",
        ).logit(x[:, [j]])
        for j in (0, 1)
    ]
    prior = np.log(known.pi / (1 - known.pi))
    np.testing.assert_allclose(both.logit(x), sum(experts) - prior, rtol=1e-9, atol=1e-9)


@directions
def test_an_unlinked_feature_has_no_weight_but_an_implied_difference(direction):
    known = WORLD.moments().forget(cross=[1])
    one = merge(known, direction)
    assert one.weights[1] == 0
    assert one.cross[1] / 0.24 == pytest.approx(0.86 / 1.54 * 1.5, rel=1e-12)
    alone = Moments(pi=0.4, mean=[0.6], covariance=[[1.54]], cross=[0.36])
    assert one.weights[0] == pytest.approx(merge(alone, direction).weights[0], rel=1e-10)


@directions
def test_features_that_say_nothing_leave_the_prior(direction):
    one = merge(Moments(pi=0.3, mean=[1.0], covariance=[[2.0]], cross=[0.0]), direction)
    assert one.weights[0] == 0
    assert one.intercept == pytest.approx(np.log(0.3 / 0.7))


@pytest.mark.parametrize("rows", [1000, 100_000])
@pytest.mark.parametrize("d", [2, 7])
def test_anticausal_merging_is_lda(rows, d):
    generator = np.random.default_rng(rows + d)
    y = (generator.random(rows) < 0.3).astype(float)
    x = generator.normal(size=(rows, d)) @ generator.normal(size=(d, d))
    x += np.outer(y, generator.normal(size=d))
    reference = LinearDiscriminantAnalysis(solver="lsqr").fit(x, y)
    one = merge(Moments.of_sample(x, y), "anticausal")
    np.testing.assert_allclose(one.weights, reference.coef_[0], atol=1e-8)
    assert one.intercept == pytest.approx(reference.intercept_[0], abs=1e-8)
    np.testing.assert_allclose(one.probability(x[:50]), reference.predict_proba(x[:50])[:, 1])


@pytest.mark.parametrize("pi", [0.02, 0.4, 0.5, 0.97])
def test_the_causal_direction_ends_where_a_step_begins(pi):
    """A threshold on a Gaussian cause has the largest association that any target can have."""
    limit = largest_association(pi)

    def known(share):
        return Moments(pi=pi, mean=[0.0], covariance=[[1.0]], cross=[share * limit])

    assert merge(known(0.9999), "causal").weights[0] > 20
    with pytest.raises(InputError, match="Gaussian causes cannot"):
        merge(known(1.001), "causal")
    assert merge(known(1.001), "anticausal").weights[0] > 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pi": 0.0}, "pi"),
        ({"pi": 1.0}, "pi"),
        ({"pi": float("nan")}, "pi"),
        ({"mean": [0.0]}, "do not belong together"),
        ({"mean": [0.0, np.nan]}, "finite"),
        ({"mean": "ab"}, "numbers"),
        ({"mean": [[0.0, 0.0]]}, "dimensions"),
        ({"mean": [], "covariance": np.zeros((0, 0)), "cross": []}, "do not belong together"),
        ({"cross": [0.1, np.inf]}, "infinite"),
        ({"covariance": [[1.0, 0.5], [0.4, 1.0]]}, "symmetric"),
        ({"covariance": [[1.0, np.nan], [0.4, 1.0]]}, "symmetric"),
        ({"covariance": [[np.nan, 0.0], [0.0, 1.0]]}, "variance"),
        ({"covariance": [[-1.0, 0.0], [0.0, 1.0]]}, "variance"),
        ({"covariance": [1.0, 1.0]}, "dimensions"),
    ],
)
def test_bad_moments_are_refused(change, words):
    good = {"pi": 0.4, "mean": [0.0, 0.0], "covariance": np.eye(2), "cross": [0.1, 0.1]}
    with pytest.raises(InputError, match=words):
        Moments(**good | change)


@directions
@pytest.mark.parametrize(
    ("covariance", "cross"),
    [([[1.0, 1.1], [1.1, 1.0]], [0.1, 0.1]), ([[1.0, 0.0], [0.0, 1.0]], [0.4, 0.4])],
)
def test_infeasible_moments_are_refused(direction, covariance, cross):
    known = Moments(pi=0.5, mean=[0.0, 0.0], covariance=covariance, cross=cross)
    with pytest.raises(InputError, match="moments"):
        merge(known, direction)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([[0.0], [1.0]], [0, 1, 1], "2 rows and 3 targets"),
        ([[0.0], [np.nan]], [0, 1], "missing"),
        ([[0.0], [1.0]], [1, 1], "both 0 and 1"),
        ([[0.0], [1.0], [2.0]], [0, 1, 2], "both 0 and 1"),
        ([[1.0], [1.0]], [0, 1], "never vary"),
    ],
)
def test_bad_samples_are_refused(x, y, words):
    with pytest.raises(InputError, match=words):
        Moments.of_sample(x, y)


def test_what_cannot_be_forgotten_is_refused():
    known = WORLD.moments()
    with pytest.raises(InputError, match="only 2 features"):
        known.forget(cross=[2])
    with pytest.raises(InputError, match="variances"):
        known.forget(covariances=[(1, 1)])
    assert known.all_known
    assert not known.forget(cross=[0]).all_known


def test_unknown_directions_and_shapes_are_refused():
    with pytest.raises(InputError, match="sideways"):
        merge(WORLD.moments(), "sideways")
    with pytest.raises(InputError, match="rows of 2 features"):
        merge(WORLD.moments(), "causal").probability([[1.0, 2.0, 3.0]])
