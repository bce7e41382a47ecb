"""CLIPR's algebra on exact inputs, and the known-target inverse beside it."""

from typing import NamedTuple

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from causeway.cells.lcd.causal_matrix import (
    asymmetry,
    effects,
    latent_origin,
    penalised_inverse,
    read_out,
    to_latent,
)
from causeway.cells.lcd.inverse import known_target_inverse, shift_matrix, signed_shift_matrix
from causeway.cells.structure import structure
from causeway.cells.worlds.linear import draw_states, draw_system
from causeway.cells.worlds.settings import LinearWorld

SEEDS = range(5)


class Case(NamedTuple):
    """A linear system with what an ideal experiment on it would give."""

    drift: np.ndarray
    means: np.ndarray
    constants: np.ndarray
    targets: np.ndarray
    covariance: np.ndarray
    sampled: np.ndarray


def case(genes: int, degree: int, singles: int, seed: int) -> Case:
    rng = np.random.default_rng(seed)
    system = draw_system(LinearWorld(genes=genes, degree=degree, singles=singles), rng)
    return Case(
        system.drift,
        system.means,
        system.bias + system.perturbations.shifts,
        np.array([int(label[1:]) for label in system.perturbations.labels[1:]]),
        system.covariance,
        draw_states(system, 200, rng).mean(axis=1),
    )


@pytest.fixture(scope="module")
def small() -> list[Case]:
    return [case(20, 3, 20, seed) for seed in SEEDS]


@pytest.mark.parametrize(("genes", "degree"), [(20, 3), (50, 5), (100, 10)])
def test_exact_inputs_give_the_drift(genes, degree):
    errors, areas = [], []
    for seed in SEEDS:
        world = case(genes, degree, genes, seed)
        exact = effects(world.means[1:], world.constants[1:], 1e-8)
        assert structure(exact, world.drift).relative_error < 1e-6
        found = structure(effects(world.means[1:], world.constants[1:], 1e-3), world.drift)
        errors.append(found.relative_error)
        areas.append(found.sign_auroc)
        sampled = structure(effects(world.sampled[1:], world.constants[1:], 1e-3), world.drift)
        assert sampled.sign_auroc >= 0.99
    assert min(areas) >= 0.99
    assert np.mean(errors) <= 0.06


def test_without_a_penalty_the_drift_is_exact(small):
    for world in small:
        found = read_out(world.means[1:], world.constants[1:], world.means[0], 0.0)
        assert np.allclose(found.effects, world.drift, atol=1e-8)
        assert np.allclose(found.bias, world.constants[0], atol=1e-7)
        assert np.allclose(found.shifts, (world.constants - world.constants[0])[1:], atol=1e-7)


def test_ideal_score_gives_the_symmetric_precision(small):
    areas, precisions = [], []
    for world in small:
        precision = np.linalg.inv(world.covariance)
        scores = world.means[1:] @ precision
        matrix = effects(world.means[1:], scores, 1e-8)
        assert np.linalg.norm(matrix + precision) < 1e-5 * np.linalg.norm(precision)
        assert asymmetry(matrix) < 1e-5
        assert asymmetry(world.drift) > 0.3
        found = structure(matrix, world.drift)
        areas.append(found.sign_auroc)
        precisions.append(found.edge_precision)
    # The reference has 0.921 and 0.534 over five other systems, with a spread of some 0.03.
    assert 0.88 < np.mean(areas) < 0.98
    assert 0.4 < np.mean(precisions) < 0.7


def test_ideal_score_is_the_drift_under_detailed_balance():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((6, 6))
    drift = -(root @ root.T + np.eye(6)) / 2
    # A symmetric A has S = -A^-1 / 2, so that the score is 2 A x.
    shifts = np.diag(rng.uniform(5, 15, 6))
    means = -shifts @ np.linalg.inv(drift)
    matrix = effects(means, means @ (-2 * drift), 0.0)
    assert np.allclose(matrix, 2 * drift)


def test_known_target_inverse_finds_direction(small):
    for world in small:
        rate = -world.drift[0, 0]
        exact = known_target_inverse(
            world.means[1:] - world.means[0], world.targets, self_term=rate
        )
        assert np.allclose(exact, world.drift, atol=1e-8)
        sampled = known_target_inverse(
            world.sampled[1:] - world.sampled[0], world.targets, self_term=rate
        )
        found = structure(sampled, world.drift)
        assert found.sign_auroc >= 0.99
        assert found.pearson >= 0.97


def test_signed_shifts_beat_raw_ones_and_lose_to_the_inverse(small):
    raw, signed = [], []
    for world in small:
        shifts = world.sampled[1:] - world.sampled[0]
        raw.append(structure(shift_matrix(shifts, world.targets), world.drift).sign_auroc)
        matrix = signed_shift_matrix(shifts, world.targets)
        assert (matrix.diagonal() >= 0).all()
        assert np.array_equal(np.abs(matrix), np.abs(shift_matrix(shifts, world.targets)))
        signed.append(structure(matrix, world.drift).sign_auroc)
    assert np.mean(raw) < 0.6
    assert np.mean(raw) + 0.15 < np.mean(signed) < 0.95


def test_half_of_the_perturbations_give_the_least_norm_solution():
    worlds = [case(100, 10, 50, seed) for seed in SEEDS]
    exact, scores, shifted, inverse = [], [], [], []
    for world in worlds:
        matrix = effects(world.means[1:], world.constants[1:], 1e-3)
        # Seen environments are explained, but not all of the drift is.
        left = world.means[1:] @ matrix.T + world.constants[1:]
        assert np.abs(left).max() < 0.05
        assert np.linalg.norm(matrix) < np.linalg.norm(world.drift)
        exact.append(structure(matrix, world.drift).sign_auroc)
        score = effects(world.means[1:], world.means[1:] @ np.linalg.inv(world.covariance), 1e-3)
        scores.append(structure(score, world.drift).sign_auroc)
        shifts = world.sampled[1:] - world.sampled[0]
        shifted.append(structure(shift_matrix(shifts, world.targets), world.drift).sign_auroc)
        rows = known_target_inverse(shifts, world.targets)
        untouched = np.setdiff1d(np.arange(100), world.targets)
        assert not rows[untouched].any()
        assert np.allclose(rows[world.targets, world.targets], -1)
        inverse.append(structure(rows, world.drift).sign_auroc)
    # The reference has 0.761, 0.549 and 0.499.
    assert 0.73 < np.mean(exact) < 0.80
    assert 0.50 < np.mean(scores) < 0.60
    assert 0.45 < np.mean(shifted) < 0.55
    assert np.mean(inverse) > 0.7


def test_estimator_is_the_penalised_normal_equation():
    rng = np.random.default_rng(1)
    points, constants = rng.standard_normal((7, 4)), rng.standard_normal((7, 4))
    for penalty in (1e-3, 0.1, 10.0):
        naive = -constants.T @ points @ np.linalg.inv(points.T @ points + penalty * np.eye(4))
        assert np.allclose(effects(points, constants, penalty), naive)
    assert np.allclose(penalised_inverse(points, 0.0), np.linalg.pinv(points))
    assert np.allclose(penalised_inverse(points[:2], 0.0), np.linalg.pinv(points[:2]))
    assert not penalised_inverse(np.zeros((3, 4)), 0.0).any()


def test_standardisation_is_undone():
    rng = np.random.default_rng(2)
    center, scale = rng.standard_normal(5), rng.uniform(0.5, 2, 5)
    covariance = np.eye(5) + 0.3
    mean = rng.standard_normal((8, 5))
    precision = np.linalg.inv(covariance)
    scaled = np.diag(scale) @ precision @ np.diag(scale)
    origin = latent_origin(center, scale)
    standard_means = (mean - center) / scale
    drifts = (standard_means - origin) @ scaled
    points, constants = to_latent(standard_means, drifts, center, scale)
    assert np.allclose(points, mean)
    assert np.allclose(constants, mean @ precision)
    assert np.allclose(effects(points, constants, 0.0), -precision)


def test_asymmetry_of_known_matrices():
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert asymmetry(np.eye(2) + turn) == pytest.approx(1.0)
    assert asymmetry(np.eye(2)) == 0.0


def test_repeated_targets_are_refused():
    with pytest.raises(ValueError, match="same target"):
        known_target_inverse(np.eye(3)[:2], [1, 1])


def test_structure_metrics_against_another_implementation():
    rng = np.random.default_rng(3)
    truth = rng.choice([-2.0, 0.0, 0.2, 1.5], (15, 15), p=[0.2, 0.4, 0.2, 0.2])
    guess = truth + rng.standard_normal((15, 15))
    found = structure(guess, truth)
    apart = ~np.eye(15, dtype=bool)
    g, t = guess[apart], truth[apart]
    sign = np.where(np.abs(t) < 0.5, 0, np.sign(t))
    pairs = [(-1, 0), (-1, 1), (0, 1)]
    areas = []
    for low, high in pairs:
        pair = np.isin(sign, (low, high))
        areas.append(roc_auc_score(sign[pair] == high, g[pair]))
    assert found.sign_auroc == pytest.approx(np.mean(areas))
    assert found.edge_auroc == pytest.approx(roc_auc_score(sign != 0, np.abs(g)))
    assert found.edge_precision == pytest.approx(average_precision_score(sign != 0, np.abs(g)))
    called = np.where(np.abs(g) < 0.5, 0, np.sign(g))
    assert found.macro_f1 == pytest.approx(f1_score(sign, called, average="macro"))
    assert found.pearson == pytest.approx(np.corrcoef(g, t)[0, 1])
    assert found.prevalence == pytest.approx((sign != 0).mean())


def test_structure_of_a_perfect_and_of_an_empty_matrix():
    truth = np.array([[-1.0, 2.0, 0.0], [0.0, -1.0, -2.0], [1.0, 0.0, -1.0]])
    perfect = structure(truth, truth)
    assert perfect[:6] == (1.0, 1.0, 1.0, pytest.approx(1.0), 1.0, 0.0)
    empty = structure(truth, -np.eye(3))
    assert np.isnan(empty.sign_auroc)
    assert np.isnan(empty.pearson)
    nothing = structure(np.zeros((3, 3)), truth)
    assert nothing.sign_auroc == 0.5


def test_with_threshold_zero_weak_effects_are_effects():
    truth = np.array([[-1.0, 0.1, 0.0], [0.0, -1.0, -0.2], [0.0, 0.0, -1.0]])
    assert np.isnan(structure(truth, truth).edge_auroc)
    for sign, area in ((1, 1.0), (-1, 0.0)):
        found = structure(sign * truth, truth, threshold=0.0)
        assert (found.edge_auroc, found.sign_auroc) == (1.0, area)
        assert found.prevalence == pytest.approx(1 / 3)
