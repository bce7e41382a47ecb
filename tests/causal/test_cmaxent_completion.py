"""Completion of covariances: against closed forms, a naive solver and infeasible patterns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.causal.cmaxent import complete
from causeway.errors import InputError


def covariance(seed: int, d: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(d, d + 2))
    scale = 10 ** generator.uniform(-3, 3, d)
    return root @ root.T * np.outer(scale, scale)


def hidden(matrix: np.ndarray, seed: int, share: float) -> np.ndarray:
    d = len(matrix)
    away = np.triu(np.random.default_rng(seed).random((d, d)) < share, 1)
    return np.where(away | away.T, np.nan, matrix)


def by_coordinates(partial: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Slow: set one unknown entry at a time to where its precision is zero, from a feasible start.

    With all else fixed that entry is S_i,rest inverse(S_rest,rest) S_rest,j.
    """
    matrix = np.where(np.isnan(partial), start, partial)
    d = len(matrix)
    pairs = [(i, j) for i in range(d) for j in range(i) if np.isnan(partial[i, j])]
    for _ in range(3000):
        for i, j in pairs:
            rest = [k for k in range(d) if k not in (i, j)]
            inner = np.linalg.solve(matrix[np.ix_(rest, rest)], matrix[rest, j]) if rest else 0.0
            matrix[i, j] = matrix[j, i] = matrix[i, rest] @ inner if rest else 0.0
    return matrix


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), d=st.integers(2, 8), share=st.floats(0.1, 0.9))
def test_known_entries_stay_and_the_precision_is_zero_elsewhere(seed, d, share):
    partial = hidden(covariance(seed, d), seed + 1, share)
    found = complete(partial)
    known = np.isfinite(partial)
    assert np.array_equal(found[known], partial[known])
    deviation = np.sqrt(np.diagonal(partial))
    correlation = found / np.outer(deviation, deviation)
    assert np.linalg.eigvalsh(correlation)[0] > 0
    precision = np.linalg.inv(correlation)
    scale = np.sqrt(np.outer(np.diagonal(precision), np.diagonal(precision)))
    assert np.abs((precision / scale)[~known]).max(initial=0.0) < 1e-7


@pytest.mark.parametrize("seed", range(5))
def test_a_naive_solver_finds_the_same(seed):
    full = covariance(seed, 5)
    full /= np.sqrt(np.outer(np.diagonal(full), np.diagonal(full)))
    partial = hidden(full, seed + 7, 0.5)
    assert np.isnan(partial).any()
    np.testing.assert_allclose(complete(partial), by_coordinates(partial, full), atol=1e-9)


def test_no_other_completion_has_a_larger_determinant():
    full = covariance(3, 4)
    partial = hidden(full, 5, 0.6)
    best = np.linalg.slogdet(complete(partial))[1]
    assert best >= np.linalg.slogdet(full)[1]


def test_a_chain_has_a_closed_form():
    partial = np.array([[2.0, 0.8, np.nan], [0.8, 1.0, -0.3], [np.nan, -0.3, 0.5]])
    assert complete(partial)[0, 2] == pytest.approx(0.8 * -0.3 / 1.0, rel=1e-12)


def test_unknown_pairs_alone_become_independent():
    found = complete([[4.0, None, None], [None, 9.0, None], [None, None, 1.0]])
    np.testing.assert_allclose(found, np.diag([4.0, 9.0, 1.0]), atol=1e-12)


def cycle(correlations) -> np.ndarray:
    """Four features of variance 1 in a ring; the two diagonals of the ring are unknown."""
    matrix = np.full((4, 4), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for k, value in enumerate(correlations):
        matrix[k, (k + 1) % 4] = matrix[(k + 1) % 4, k] = value
    return matrix


@pytest.mark.parametrize(
    "partial",
    [
        [[1.0, 1.2], [1.2, 1.0]],
        [[1.0, 0.9, 0.9], [0.9, 1.0, -0.9], [0.9, -0.9, 1.0]],
        [[1.0, 1.1, np.nan], [1.1, 1.0, 0.0], [np.nan, 0.0, 1.0]],
        # Every fully known block is positive definite, the ring as a whole is not.
        cycle([0.9, 0.9, 0.9, -0.9]),
        # On the edge: only a singular completion exists.
        cycle([1 / np.sqrt(2)] * 3 + [-1 / np.sqrt(2)]),
    ],
)
def test_what_no_covariance_has_is_refused(partial):
    with pytest.raises(InputError, match="no positive definite covariance"):
        complete(np.array(partial))


def test_a_ring_just_inside_the_edge_is_completed():
    found = complete(cycle([0.7, 0.7, 0.7, -0.7]))
    assert 0 < np.linalg.eigvalsh(found)[0] < 0.02


@pytest.mark.parametrize(
    "partial",
    [
        [1.0, 2.0],
        np.ones((2, 3)),
        np.zeros((0, 0)),
        [[np.nan, 0.0], [0.0, 1.0]],
        [[0.0, 0.0], [0.0, 1.0]],
        [[np.inf, 0.0], [0.0, 1.0]],
        [[1.0, 0.2], [0.1, 1.0]],
        [[1.0, np.nan], [0.1, 1.0]],
    ],
)
def test_malformed_matrices_are_refused(partial):
    with pytest.raises(InputError, match="covariance"):
        complete(partial)
