"""Sums over blocks are those of the whole, and memory does not grow with the screen."""

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from causeway import memory
from causeway.cells.growing import growing_screen
from causeway.cells.reading.rows import HeldRows, blocks
from causeway.cells.streaming import Moments, accumulate
from causeway.errors import InputError


def matrix(cells=50, genes=7, seed=0):
    return sparse.random_array(
        (cells, genes), density=0.3, format="csr", rng=np.random.default_rng(seed)
    )


@given(st.integers(1, 400), st.integers(1, 50))
def test_blocks_make_up_the_whole(entries, cells):
    values = matrix(cells)
    found = list(blocks(HeldRows(values), entries))
    assert np.array_equal(sparse.vstack([part for _, part in found]).toarray(), values.toarray())
    assert [place.start for place, _ in found[1:]] == [place.stop for place, _ in found[:-1]]


@given(st.integers(1, 6), st.integers(0, 5))
def test_moments_are_those_of_groups(groups, seed):
    values = matrix(seed=seed)
    codes = np.random.default_rng(seed).integers(-1, groups, 50)
    moments = Moments(groups, 7)
    for place, block in blocks(HeldRows(values), 13):
        moments.add(block, codes[place])
    for group in range(groups):
        part = values.toarray()[codes == group]
        assert moments.cells[group] == len(part)
        assert np.array_equal(moments.nonzero[group], (part != 0).sum(axis=0))
        if len(part):
            np.testing.assert_allclose(moments.means[group], part.mean(axis=0))
        if len(part) > 1:
            np.testing.assert_allclose(
                moments.variances[group], part.var(axis=0, ddof=1), atol=1e-12
            )
    part = values.toarray()[codes >= 0]
    np.testing.assert_allclose(moments.pooled().sums[0], part.sum(axis=0))


def test_accumulated_moments():
    values = matrix()
    found = accumulate(HeldRows(values), np.zeros(50, dtype=np.int64), 1)
    np.testing.assert_allclose(found.variances[0], values.toarray().var(axis=0, ddof=1))


@pytest.mark.parametrize("entries", [5, 1_000])
def test_growing_screens_are_anndata(tmp_path, entries):
    values = sparse.csr_array(matrix(), dtype=np.float32)
    cells = pd.DataFrame({"perturbation": "control"}, index=[f"c{n}" for n in range(50)])
    genes = pd.DataFrame(index=[f"g{n}" for n in range(7)])
    path = tmp_path / "a.h5ad"
    with growing_screen(path, cells, genes, {"target_sum": 3.0}) as screen:
        for _, block in blocks(HeldRows(values), entries):
            screen.append("X", block)
            screen.append("layers/counts", block)
    read = anndata.read_h5ad(path)
    assert np.array_equal(read.X.toarray(), values.toarray())
    assert np.array_equal(read.layers["counts"].toarray(), values.toarray())
    assert read.uns["target_sum"] == 3
    with h5py.File(path) as file:
        assert file["X/indices"].dtype == np.int32


def test_a_screen_that_breaks_off_is_no_screen(tmp_path):
    cells = pd.DataFrame(index=["a"])
    with (
        pytest.raises(RuntimeError),
        growing_screen(tmp_path / "a.h5ad", cells, pd.DataFrame(index=["g"])),
    ):
        raise RuntimeError
    with h5py.File(tmp_path / "a.h5ad") as file:
        assert "X" not in file


def test_containers_limit_memory(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("3000\n")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.available() == 2000
    memory.require(1000, "a matrix", "file", "Buy more")
    with pytest.raises(InputError, match=r"file: a matrix needs 1\.95 KiB of memory.*Buy more"):
        memory.require(2000, "a matrix", "file", "Buy more")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() > 1 << 20
