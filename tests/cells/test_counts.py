"""Counts are what they say, or can be proved to lie behind normalised values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from causeway.cells.counts import check_counts, recover
from causeway.errors import InputError


def normalised(counts, target=1e4, dtype=np.float64):
    library = counts.sum(axis=1, keepdims=True)
    return sparse.csr_array(np.log1p(counts * (target / library)).astype(dtype))


@given(
    arrays(np.int64, (4, 9), elements=st.integers(0, 400)),
    st.sampled_from([1e3, 1e4, 1e6]),
    st.sampled_from([np.float32, np.float64]),
)
def test_counts_come_back(counts, target, dtype):
    counts[:, 0] = 1
    found = recover(normalised(counts, target, dtype))
    assert found.proved.all()
    assert np.array_equal(found.counts.toarray(), counts)
    assert found.counts.dtype == np.float32


def test_the_library_may_be_larger_than_the_panel():
    counts = np.array([[1, 2, 0, 5], [3, 1, 1, 0]])
    found = recover(sparse.csr_array(np.log1p(counts * 1e4 / 54_321)))
    assert np.array_equal(found.counts.toarray(), counts)


def test_cells_that_prove_nothing():
    rows = np.zeros((4, 3))
    rows[0] = np.log1p(np.array([2, 3, 5]) * 7.0)  # no count of one
    rows[1] = np.log1p([0.3, 0.71, 1.9])  # no counts at all
    rows[3] = np.log1p(np.array([1, 4, 0]) * 7.0)
    found = recover(sparse.csr_array(rows))
    assert found.proved.tolist() == [False, False, False, True]
    assert found.counts.toarray().tolist() == [[0, 0, 0]] * 3 + [[1, 4, 0]]


def test_precision_limits_what_is_proved():
    counts = np.array([[1, 3_000_000]])
    assert recover(normalised(counts)).proved.all()
    assert not recover(normalised(counts, dtype=np.float32)).proved.any()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1.0, "-1 is negative"),
        (np.nan, "nan is no finite number"),
        (np.inf, "inf is no finite number"),
        (0.5, "0.5 is no whole number.*log-normalised"),
    ],
)
def test_what_cannot_be_counts(value, message):
    counts = np.array([[0, 1, 2], [0, 0, 0], [3, 0, value]])
    with pytest.raises(InputError, match=f"file, cell c, gene z: {message}"):
        check_counts(sparse.csr_array(counts), ["a", "b", "c"], ["x", "y", "z"], "file")


def test_logarithms_may_be_fractions():
    check_counts(sparse.csr_array([[0.5]]), ["a"], ["x"], "file", whole=False)
    with pytest.raises(InputError, match="negative"):
        check_counts(sparse.csr_array([[-0.5]]), ["a"], ["x"], "file", whole=False)
