"""Synthetic worlds: their laws, their exact moments and the form of their screens."""

import anndata
import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse, stats

from causeway.cells.worlds import graphs, linear_world, saturating_world
from causeway.cells.worlds.decoding import draw_counts, softplus
from causeway.cells.worlds.linear import draw_states, draw_system, stationary_covariance
from causeway.cells.worlds.perturbations import draw_perturbations
from causeway.cells.worlds.saturating import simulate
from causeway.cells.worlds.settings import Counts, LinearWorld, SaturatingWorld

SMALL = {"genes": 12, "singles": 8, "degree": 3, "cells": 30}
QUICK = {"genes": 8, "singles": 6, "train_doubles": 5, "test_doubles": 3, "cells": 20, "time": 2.0}


def test_erdos_renyi_has_the_expected_number_of_parents():
    rng = np.random.default_rng(0)
    parents = np.concatenate([graphs.erdos_renyi(50, 5, rng).sum(axis=0) for _ in range(40)])
    # Binomial of 49 trials with mean 5: the mean of 2,000 has a standard error of 0.05.
    assert abs(parents.mean() - 5) < 0.2
    assert abs(parents.var() - 5 * (1 - 5 / 49)) < 0.5


def test_scale_free_graph_has_hubs_that_send_and_few_cycles_before_flipping():
    rng = np.random.default_rng(1)
    graph = graphs.scale_free(300, 10, rng, flipped=0.0)
    assert graph.sum() == 10 * (300 - 10) + sum(range(10))
    assert graph.sum(axis=0).max() == 10
    assert graph.sum(axis=1).max() > 60
    # Without flips it is acyclic: its adjacency matrix is nilpotent.
    assert np.abs(np.linalg.eigvals(graph.astype(float))).max() < 1e-2
    flipped = graphs.scale_free(300, 10, rng, flipped=0.1)
    assert flipped.sum() == graph.sum()
    assert not (flipped & flipped.T).any()


@pytest.mark.parametrize("seed", range(3))
def test_random_parents_are_exact(seed):
    graph = graphs.random_parents(9, 3, np.random.default_rng(seed))
    assert (graph.sum(axis=0) == 3).all()
    assert not graph.diagonal().any()


@pytest.mark.parametrize("graph", ["erdos-renyi", "scale-free"])
def test_linear_system_is_as_stated(graph):
    settings = LinearWorld(genes=40, singles=25, degree=5, graph=graph)
    system = draw_system(settings, np.random.default_rng(2))
    assert np.linalg.eigvals(system.drift).real.max() == pytest.approx(-0.5)
    others = system.drift[~np.eye(40, dtype=bool)]
    sizes = np.abs(others[others != 0])
    assert sizes.min() >= 1
    assert sizes.max() <= 3
    assert np.ptp(system.drift.diagonal()) < 1e-12
    assert np.abs(system.bias).max() <= 3
    shifts = system.perturbations.shifts
    assert not shifts[0].any()
    for label, shift in zip(system.perturbations.labels[1:], shifts[1:], strict=True):
        (hit,) = np.flatnonzero(shift)
        assert label == f"g{hit:03d}"
        assert 5 <= abs(shift[hit]) <= 15


def test_edges_point_from_columns_to_rows():
    settings = LinearWorld(genes=200, singles=1, degree=3, graph="scale-free", flipped=0.0)
    edges = draw_system(settings, np.random.default_rng(3)).drift != 0
    np.fill_diagonal(edges, False)
    # Hubs act on many genes: their columns, which hold the effects of one gene, are full.
    assert edges.sum(axis=0).max() > 5 * edges.sum(axis=1).max()


def test_lyapunov_covariance_against_simulation():
    drift = np.array([[-1.0, 0.8], [-0.6, -1.5]])
    covariance = stationary_covariance(drift)
    residual = drift @ covariance + covariance @ drift.T + np.eye(2)
    assert np.abs(residual).max() < 1e-12
    rng = np.random.default_rng(4)
    states = np.zeros((20_000, 2))
    for _ in range(1_500):
        states += 0.005 * states @ drift.T + np.sqrt(0.005) * rng.standard_normal(states.shape)
    assert np.allclose(np.cov(states.T), covariance, atol=0.02)


def test_drawn_states_have_the_exact_moments():
    system = draw_system(LinearWorld(**SMALL), np.random.default_rng(5))
    states = draw_states(system, 20_000, np.random.default_rng(6))
    spread = np.sqrt(system.covariance.diagonal())
    assert np.abs((states.mean(axis=1) - system.means) / spread).max() < 0.04
    correlation = np.cov(states[3].T) / np.outer(spread, spread)
    assert np.abs(correlation - system.covariance / np.outer(spread, spread)).max() < 0.05
    constants = system.bias + system.perturbations.shifts
    assert np.allclose(system.means @ system.drift.T, -constants, atol=1e-8)


def test_shifts_of_doubles_add_up_and_off_targets_are_extra():
    settings = LinearWorld(**SMALL, train_doubles=10, test_doubles=4)
    drawn = draw_perturbations(settings, np.random.default_rng(7))
    by_label = dict(zip(drawn.labels, drawn.shifts, strict=True))
    doubles = [label for label in drawn.labels if "+" in label]
    assert len(set(doubles)) == 14
    assert drawn.held_out == doubles[-4:]
    for label in doubles:
        first, second = label.split("+")
        assert np.array_equal(by_label[label], by_label[first] + by_label[second])
    hits = draw_perturbations(settings, np.random.default_rng(7), off_targets=0.5).shifts[1:9]
    assert 20 < (hits != 0).sum() < 75


@pytest.mark.parametrize("counts", [None, Counts()])
@pytest.mark.parametrize("make", ["linear", "saturating"])
def test_screens_are_canonical_and_repeatable(make, counts, tmp_path):
    world, settings = {
        "linear": (linear_world, LinearWorld(**SMALL, test_doubles=2, counts=counts)),
        "saturating": (saturating_world, SaturatingWorld(**QUICK, counts=counts)),
    }[make]
    screen = world(settings, 8)
    again, other = world(settings, 8), world(settings, 9)
    dense = np.asarray(screen.X.todense()) if sparse.issparse(screen.X) else screen.X
    assert dense.dtype == np.float32
    assert (screen.X != again.X).sum() == 0
    assert (screen.X != other.X).sum() > 0
    assert screen.obs_names.is_unique
    assert list(screen.var_names) == [f"g{gene:03d}" for gene in range(settings.genes)]
    sizes = screen.obs["perturbation"].value_counts()
    assert (sizes == settings.cells).all()
    assert (screen.obs["nperts"] == 0).sum() == settings.cells
    assert set(screen.obs.loc[screen.obs["nperts"] == 0, "perturbation"]) == {"control"}
    assert set(screen.uns["held_out"]) < set(sizes.index)
    assert list(screen.uns["truth"]["perturbations"]) == list(screen.obs["perturbation"].unique())
    if counts is None:
        assert "counts" not in screen.layers
    else:
        raw = screen.layers["counts"].toarray()
        assert (raw == np.round(raw)).all()
        assert (raw >= 0).all()
        assert np.allclose(screen.obs["ncounts"], raw.sum(axis=1))
        control = (screen.obs["nperts"] == 0).to_numpy()
        typical = np.median(raw.sum(axis=1)[control])
        assert np.allclose(np.expm1(dense).sum(axis=1), typical, rtol=1e-4)
    screen.write_h5ad(tmp_path / "screen.h5ad")
    back = anndata.read_h5ad(tmp_path / "screen.h5ad")
    for name, value in screen.uns["truth"].items():
        assert np.array_equal(back.uns["truth"][name], value)
    assert list(back.uns["held_out"]) == list(screen.uns["held_out"])


def test_screen_without_held_out_perturbations_survives_a_file(tmp_path):
    screen = linear_world(LinearWorld(**SMALL), 0)
    screen.write_h5ad(tmp_path / "screen.h5ad")
    assert len(anndata.read_h5ad(tmp_path / "screen.h5ad").uns["held_out"]) == 0


def test_simulation_without_effects_has_known_moments():
    constants = np.array([[0.5, -2.0], [3.0, 0.0]])
    states = simulate(
        np.zeros((2, 2)), constants, 20_000, 0.7, 0.05, 20.0, np.random.default_rng(9)
    )
    assert np.allclose(states.mean(axis=1), constants, atol=0.02)
    # The Euler-Maruyama chain of rate 1: variance sigma^2 h / (1 - (1 - h)^2).
    exact = 0.49 * 0.05 / (1 - 0.95**2)
    assert np.allclose(states.var(axis=1), exact, rtol=0.05)


def test_saturating_effects_do_not_add_up():
    screen = saturating_world(SaturatingWorld(cells=60), 0)
    labels = screen.obs["perturbation"].to_numpy()
    means = {label: screen.X[labels == label].mean(axis=0) for label in set(labels)}
    control = means["control"]
    misses = []
    for label in screen.uns["held_out"]:
        additive = sum(means[target] - control for target in label.split("+"))
        misses.append(np.sqrt(np.square(means[label] - control - additive).mean()))
    # Standard errors of the means are about 0.1.
    assert np.mean(misses) > 0.4


def test_counts_follow_the_zero_inflated_poisson_law():
    rate, dropout = np.array([3.0, 8.0]), np.array([0.3, 0.0])
    states = np.zeros((200_000, 2), dtype=np.float32)
    counts = draw_counts(states, rate, dropout, np.random.default_rng(10))
    mean = rate * np.log(2)
    assert np.allclose(counts.mean(axis=0), (1 - dropout) * mean, rtol=0.02)
    zeros = dropout + (1 - dropout) * np.exp(-mean)
    assert np.allclose((counts == 0).mean(axis=0), zeros, atol=0.005)
    found = np.bincount(counts[:, 1].astype(int), minlength=40)[:12] / len(counts)
    assert np.abs(found - stats.poisson.pmf(np.arange(12), mean[1])).max() < 0.005


def test_softplus_neither_overflows_nor_underflows():
    values = softplus(np.array([-50.0, 0.0, 1e4], dtype=np.float32))
    assert np.isfinite(values).all()
    assert values[0] > 0
    assert values[2] == 1e4


@pytest.mark.parametrize(
    ("model", "wrong", "says"),
    [
        (LinearWorld, {"genes": 10, "singles": 11, "degree": 2}, "perturbed genes of only"),
        (LinearWorld, {"genes": 10, "singles": 10, "degree": 10}, "parents among only"),
        (SaturatingWorld, {"singles": 5, "train_doubles": 9, "test_doubles": 3}, "10 pairs"),
        (SaturatingWorld, {"weight": [3, 1]}, "weight"),
        (SaturatingWorld, {"counts": {"dropout": [0.5, 1.0]}}, "dropout"),
        (SaturatingWorld, {"counts": {"unit_scale": [0, 1]}}, "unit_scale"),
        (SaturatingWorld, {"degree": 3}, "Extra inputs"),
    ],
)
def test_impossible_worlds_are_refused(model, wrong, says):
    with pytest.raises(ValidationError, match=says):
        model.model_validate(wrong)
