"""Attacks on matrix releases, what they prove, and training under a budget."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from causeway.trust.wishart import (
    area,
    calibrate,
    epsilon_at_least,
    gaussian,
    noise_after_matrix,
    noise_before,
    reconstruct,
    release,
    symmetry,
)
from causeway.trust.wishart.attacks import by_reconstruction, by_symmetry, trial
from causeway.trust.wishart.audit import area_error
from causeway.trust.wishart.mechanism import projection
from causeway.trust.wishart.pairs import first_step, made_up
from causeway.trust.wishart.private import Recipe, fit
from causeway.trust.wishart.softmax import accuracy, residuals

SETTINGS = settings(max_examples=20, deadline=None)


def data(number=120, dimension=6, classes=3, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, number)
    return generator.normal(size=(number, dimension)) + 4 * np.eye(dimension)[labels], labels


@SETTINGS
@given(st.integers(4, 20), st.integers(2, 6), st.integers(1, 8), st.integers(0, 2**31))
def test_a_release_is_symmetric_in_its_own_query_only(dimension, columns, rank, seed):
    generator = np.random.default_rng(seed)
    pair = made_up(dimension, columns, generator)
    released = release(pair.with_member, rank, generator)
    assert symmetry(pair.with_member, released) < 1e-12
    assert symmetry(pair.without, released) > 1e-9


@SETTINGS
@given(st.integers(1, 9), st.integers(0, 2**31))
def test_known_columns_reveal_the_projection(rank, seed):
    generator = np.random.default_rng(seed)
    factor = projection(20, rank, generator)
    query = generator.normal(size=(20, 14))
    found = reconstruct(query, factor.T @ (factor @ query), rank)
    assert np.allclose(found, factor.T @ factor, atol=1e-8)


@pytest.mark.parametrize(
    ("dimension", "rank", "columns"), [(64, 8, 10), (64, 4, 32), (128, 16, 10)]
)
def test_membership_is_certain_without_noise(dimension, rank, columns):
    scores = trial(
        partial(made_up, dimension, columns),
        by_symmetry,
        rank=rank,
        noise=0.0,
        trials=40,
        generator=np.random.default_rng(0),
    )
    assert area(*scores).estimate > 0.99


def test_reconstruction_finds_the_member_of_one_column():
    scores = trial(
        partial(made_up, 40, 10, last=True),
        partial(by_reconstruction, rank=6),
        rank=6,
        noise=0.0,
        trials=20,
        generator=np.random.default_rng(0),
    )
    assert area(*scores).estimate == 1


def test_a_gradient_step_gives_its_member_away_and_noise_hides_it():
    draw = partial(first_step, *data(), 16)
    areas = [
        area(
            *trial(
                draw,
                by_symmetry,
                rank=3,
                noise=noise,
                trials=60,
                generator=np.random.default_rng(0),
            )
        ).estimate
        for noise in (0.0, 30.0)
    ]
    assert areas[0] > 0.99
    assert abs(areas[1] - 0.5) < 0.2


def test_a_members_gradient_has_rank_one_and_its_size():
    pair = first_step(*data(), 16, np.random.default_rng(0))
    member = pair.with_member - pair.without
    assert np.linalg.matrix_rank(member, tol=1e-10) == 1
    assert np.linalg.norm(member) == pytest.approx(pair.size)


def test_area_counts_pairs():
    generator = np.random.default_rng(0)
    a, b = generator.integers(0, 9, 40) + 1.0, generator.integers(0, 9, 50) + 0.0
    pairs = np.mean([(x > y) + 0.5 * (x == y) for x in a for y in b])
    found = area(a, b)
    assert found.estimate == pytest.approx(pairs)
    assert found.low < pairs < found.high


def test_the_interval_of_a_perfect_area_is_not_a_point():
    found = area(np.arange(200) + 500.0, np.arange(200.0))
    assert found.estimate == found.high == 1
    assert 0.985 < found.low < 0.995
    assert area(np.arange(200.0), np.arange(200) + 500.0).high == pytest.approx(1 - found.low)


def test_intervals_of_areas_cover():
    generator = np.random.default_rng(0)
    true = stats.norm.cdf(1 / np.sqrt(2))
    found = [area(generator.normal(1, 1, 60), generator.normal(0, 1, 60)) for _ in range(300)]
    assert np.mean([one.low <= true <= one.high for one in found]) > 0.92
    spread = np.std([one.estimate for one in found])
    assert area_error(true, 60, 60) == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_proven_epsilon_is_close_to_and_below_the_true_one(reverse):
    """Randomised response has one epsilon, which a long audit finds."""
    generator = np.random.default_rng(0)
    epsilon, number = 1.0, 40_000
    keep = np.exp(epsilon) / (1 + np.exp(epsilon))
    members = (generator.random(number) < keep).astype(float)
    others = (generator.random(number) < 1 - keep).astype(float)
    sign = -1 if reverse else 1
    proven = epsilon_at_least(sign * members, sign * others, delta=0)
    assert (proven == 0) if reverse else (0.9 < proven < epsilon)


def test_audits_are_rarely_wrong():
    """Against a mechanism with epsilon = 0.5 exactly, at 90 % confidence."""
    generator = np.random.default_rng(1)
    keep = np.exp(0.5) / (1 + np.exp(0.5))
    wrong = [
        epsilon_at_least(
            generator.random(200) < keep, generator.random(200) < 1 - keep, delta=0, confidence=0.9
        )
        > 0.5
        for _ in range(150)
    ]
    assert np.mean(wrong) <= 0.1


@pytest.mark.parametrize(
    ("mechanism", "dimension", "rank", "noise"),
    [
        (noise_after_matrix, 16, 4, 1.0),
        (noise_after_matrix, 64, 8, 3.0),
        (noise_before, 16, 4, 0.3),
        (noise_before, 16, 16, 1.0),
    ],
)
def test_no_attack_proves_more_than_the_account(mechanism, dimension, rank, noise):
    """The likelihood ratio of an attacker who knows the projection."""
    generator = np.random.default_rng(0)
    made = mechanism(dimension, rank, noise)
    scores = []
    for present in (1, 0):
        shifts = np.empty(4000)
        for k in range(len(shifts)):
            factor = projection(dimension, rank, generator)
            if mechanism is noise_before:
                kept = np.linalg.qr(factor.T)[0][0]
            else:
                kept = factor.T @ factor[:, 0]
            shifts[k] = np.linalg.norm(kept) / noise
        noises = generator.normal(size=len(shifts))
        scores.append(shifts * (present * shifts + noises) - shifts**2 / 2)
    proven = epsilon_at_least(*scores, delta=0.01, confidence=0.99)
    assert 0.2 * made.epsilon(0.01) < proven <= made.epsilon(0.01)


def test_residuals_are_the_slope_of_the_loss():
    features, labels = data(8)
    weights = np.random.default_rng(1).normal(size=(6, 3))

    def loss(w):
        logits = features @ w
        return np.sum(np.log(np.exp(logits).sum(1)) - logits[np.arange(8), labels])

    gradient = features.T @ residuals(features, labels, weights)
    for place in np.ndindex(*weights.shape):
        change = np.zeros_like(weights)
        change[place] = 1e-6
        slope = (loss(weights + change) - loss(weights - change)) / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-5)


def recipe(**changes):
    settings = {"method": "plain", "rank": 3, "noise": 0.0, "clip": 1.0, "rate": 1.0}
    return Recipe(**{**settings, "steps": 40, "sampling": 0.5, **changes})


@pytest.mark.parametrize("method", ["plain", "fresh", "frozen"])
def test_training_learns_repeats_and_suffers_from_noise(method):
    features, labels = data(400)
    quiet, again, loud = (
        fit(features, labels, 3, recipe(method=method, noise=noise), np.random.default_rng(0))
        for noise in (0.0, 0.0, 300.0)
    )
    assert np.array_equal(quiet, again)
    assert accuracy(features, labels, quiet) > (0.6 if method == "frozen" else 0.9)
    assert accuracy(features, labels, loud) < accuracy(features, labels, quiet)


def test_a_frozen_projection_keeps_the_weights_in_its_rows():
    features, labels = data()
    weights = fit(features, labels, 3, recipe(method="frozen", rank=2), np.random.default_rng(0))
    assert np.linalg.matrix_rank(weights, tol=1e-10) <= 2
    factor = projection(6, 2, np.random.default_rng(0))
    assert np.linalg.matrix_rank(np.vstack([factor, weights.T]), tol=1e-10) == 2


def replayed(method, rank):
    """The linear map from gradient to update of the first step, from the same random numbers."""
    generator = np.random.default_rng(0)
    if method == "plain":
        return np.eye(6)
    if method == "frozen":
        return projection(6, rank, generator).T
    generator.random(120)
    generator.normal(size=(6, 3))
    factor = projection(6, rank, generator)
    return factor.T @ factor


@pytest.mark.parametrize("method", ["plain", "fresh", "frozen"])
def test_no_example_moves_a_step_further_than_the_clip(method):
    features, labels = data()
    made = recipe(method=method, clip=0.1, steps=1, sampling=1.0)
    # An example without features has no gradient, and the random numbers stay the same.
    absent = np.vstack([np.zeros(6), features[1:]])
    with_it, without = (
        fit(x, labels, 3, made, np.random.default_rng(0)) for x in (features, absent)
    )
    moved = 120 * np.linalg.norm(with_it - without)
    assert 0 < moved <= 0.1 * np.linalg.norm(replayed(method, 3), 2) + 1e-12


@pytest.mark.parametrize("noise", [0.0, 5.0])
def test_a_fresh_step_is_the_projected_plain_one_with_its_noise(noise):
    features, labels = data()
    settings = {"rank": 1, "noise": noise, "steps": 1, "sampling": 1.0}
    plain, fresh = (
        fit(features, labels, 3, recipe(method=method, **settings), np.random.default_rng(0))
        for method in ("plain", "fresh")
    )
    assert np.allclose(fresh, replayed("fresh", 1) @ plain, atol=1e-12)
    assert np.linalg.matrix_rank(plain, tol=1e-10) > 1
    assert np.linalg.matrix_rank(fresh, tol=1e-10) == 1


def test_the_noise_of_a_fresh_step_is_projected_too():
    """Without features only noise moves the weights, by (r + d + 1)/r of its squared length."""
    settings = {"rank": 2, "noise": 3.0, "steps": 1, "sampling": 1.0}
    generator = np.random.default_rng(0)
    lengths = [
        np.sum(fit(np.zeros((9, 6)), np.zeros(9, int), 3, made, generator) ** 2)
        for made in [recipe(method="fresh", **settings)] * 2000
    ]
    unprojected = (3.0 / 9) ** 2 * 6 * 3
    assert np.mean(lengths) / unprojected == pytest.approx((2 + 6 + 1) / 2, rel=0.1)


@pytest.mark.parametrize(("method", "rank"), [("fresh", 2), ("frozen", 1)])
def test_only_a_fresh_projection_differs_between_steps(method, rank):
    features, labels = data()
    made = recipe(method=method, rank=1, steps=2, sampling=1.0)
    weights = fit(features, labels, 3, made, np.random.default_rng(0))
    assert np.linalg.matrix_rank(weights, tol=1e-10) == rank


@pytest.mark.parametrize("rank", [1, 16, 63])
def test_noise_of_a_projected_update_is_no_smaller_at_an_equal_budget(rank):
    """E|ME|^2 = (r + d + 1)/r |E|^2, which is more than the budget lets the noise shrink."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=64)
    growth = np.mean([np.sum(release(noise, rank, generator) ** 2) for _ in range(1500)])
    expected = (rank + 64 + 1) / rank
    assert growth / np.sum(noise**2) == pytest.approx(expected, rel=0.25)
    budget = {"epsilon": 0.2, "delta": 1e-5, "steps": 50}
    plain = calibrate(gaussian, **budget)
    projected = calibrate(partial(noise_before, 64, rank), **budget)
    assert projected < plain
    assert projected**2 * expected > plain**2
