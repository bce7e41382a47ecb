"""Distances between clouds of cells, against slow plain forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from causeway.cells import distances
from causeway.cells.distances import BANDWIDTHS, Cloud, energy_distance, wasserstein

CLOUDS = st.tuples(st.integers(2, 8), st.integers(2, 8), st.integers(1, 4)).flatmap(
    lambda sizes: st.tuples(
        arrays(float, (sizes[0], sizes[2]), elements=st.floats(-5, 5, width=16)),
        arrays(float, (sizes[1], sizes[2]), elements=st.floats(-5, 5, width=16)),
    )
)


def discrepancy(x, y):
    return distances.distances(Cloud(x), Cloud(y))["mmd"]


def _mean(x, y, function, same):
    values = [
        function(a - b) for i, a in enumerate(x) for j, b in enumerate(y) if not same or i != j
    ]
    return np.mean(values)


def _plain_energy(x, y):
    return (
        2 * _mean(x, y, np.linalg.norm, False)
        - _mean(x, x, np.linalg.norm, True)
        - _mean(y, y, np.linalg.norm, True)
    )


def _plain_mmd(x, y):
    found = []
    for width in BANDWIDTHS * np.sqrt(x.shape[1]):

        def kernel(gap, width=width):
            return np.exp(-(gap @ gap) / (2 * width**2))

        found.append(
            _mean(x, x, kernel, True) + _mean(y, y, kernel, True) - 2 * _mean(x, y, kernel, False)
        )
    return np.mean(found)


@given(CLOUDS)
@settings(max_examples=30, deadline=None)
def test_distances_equal_their_definitions(clouds):
    x, y = clouds
    assert energy_distance(x, y) == pytest.approx(_plain_energy(x, y), abs=1e-6)
    assert discrepancy(x, y) == pytest.approx(_plain_mmd(x, y), abs=1e-6)
    marginals = [stats.wasserstein_distance(a, b) for a, b in zip(x.T, y.T, strict=True)]
    assert wasserstein(x, y) == pytest.approx(np.mean(marginals), abs=1e-9)


@given(CLOUDS, st.floats(-3, 3))
@settings(max_examples=30, deadline=None)
def test_distances_do_not_depend_on_order_or_origin(clouds, shift):
    x, y = clouds
    for distance in (energy_distance, discrepancy, wasserstein):
        expected = pytest.approx(distance(x, y), abs=1e-6)
        assert distance(y, x) == expected
        assert distance(x[::-1] + shift, y + shift) == expected


def test_blocks_do_not_change_distances(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 7)), rng.normal(1, 2, size=(45, 7))
    whole = distances.distances(Cloud(x), Cloud(y)), wasserstein(x, y)
    monkeypatch.setattr(distances, "PAIRS", 128)
    monkeypatch.setattr(distances, "CACHED", 50)
    monkeypatch.setattr(distances, "VALUES", 128)
    pieces = distances.distances(Cloud(x), Cloud(y)), wasserstein(x, y)
    assert pieces[0] == pytest.approx(whole[0], rel=1e-12)
    assert pieces[1] == pytest.approx(whole[1], rel=1e-12)


def test_the_energy_distance_is_the_same_alone():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=(30, 3))
    both = distances.distances(Cloud(x), Cloud(y))
    assert both["energy-distance"] == energy_distance(x, y)


def test_two_samples_of_one_population_are_unbiased():
    rng = np.random.default_rng(2)
    found = np.array(
        [[energy_distance(*pair), discrepancy(*pair)] for pair in rng.normal(size=(400, 2, 12, 3))]
    )
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0)) < 3 * error).all()
    assert (found < 0).any()


def test_a_pure_shift_is_the_wasserstein_distance():
    x = np.random.default_rng(3).normal(size=(50, 4))
    shift = np.array([0.5, -1.0, 0, 2])
    assert wasserstein(x, x + shift) == pytest.approx(np.abs(shift).mean())


def test_far_from_the_origin_nothing_is_lost():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 3))
    assert energy_distance(x + 1e6, y + 1e6) == pytest.approx(energy_distance(x, y), abs=1e-6)


def test_a_single_cell_has_no_spread():
    assert np.isnan(energy_distance(np.zeros((1, 2)), np.ones((3, 2))))
    with pytest.raises(ValueError, match="cells by genes"):
        Cloud(np.zeros((0, 2)))
