"""Screens that a user brings: what follows from labels is made, and what is wrong has a place."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from causeway import memory
from causeway.cells.own_screens import read_own_screen, states
from causeway.cells.screens import check_screen
from causeway.errors import InputError


@pytest.fixture(params=["dense", "sparse"])
def screen(request):
    """As the pages of the systems describe a screen, and nothing more."""
    values = np.arange(12.0).reshape(4, 3) % 5
    return anndata.AnnData(
        values if request.param == "dense" else sparse.csr_matrix(values),
        pd.DataFrame({"perturbation": ["control", "a", "a+b", "b"]}, index=list("wxyz")),
        pd.DataFrame(index=["a", "b", "c"]),
    )


def written(screen, path):
    screen.write_h5ad(path)
    return path


def test_numbers_of_targets_are_counted(screen, tmp_path):
    found = read_own_screen(written(screen, tmp_path / "mine.h5ad"))
    assert found.obs["nperts"].tolist() == [0, 1, 2, 1]
    check_screen(found, "mine")
    plain = states(found, "mine")
    assert plain.dtype == np.float32
    np.testing.assert_array_equal(plain, np.arange(12).reshape(4, 3) % 5)


def test_a_wrong_number_of_targets_is_not_corrected(screen, tmp_path):
    screen.obs["nperts"] = 1
    with pytest.raises(InputError, match="is not the number of targets"):
        read_own_screen(written(screen, tmp_path / "mine.h5ad"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_named(screen, tmp_path, value):
    screen.X[2, 1] = screen.X[3, 2] = value
    message = rf"mine.h5ad, X, cell y, gene b: {value} is no finite number, one of 2\. Fill"
    with pytest.raises(InputError, match=message):
        read_own_screen(written(screen, tmp_path / "mine.h5ad"))


def test_layers_are_held_to_the_same(screen, tmp_path):
    screen.layers["smooth"] = np.full(screen.shape, np.nan)
    with pytest.raises(InputError, match=r"layers\['smooth'\], cell w, gene a: nan"):
        read_own_screen(written(screen, tmp_path / "mine.h5ad"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.obs.drop(columns="perturbation", inplace=True), "Add the label of each"),
        (lambda one: one.obs.replace("a+b", np.nan, inplace=True), "cell y: 1 cells have no lab"),
        (lambda one: one.obs.replace("a+b", "b+a", inplace=True), "Write 'a\\+b'"),
        (lambda one: one.obs.replace("control", "c", inplace=True), "no control cells"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(screen, tmp_path, change, message):
    change(screen)
    with pytest.raises(InputError, match=message):
        read_own_screen(written(screen, tmp_path / "mine.h5ad"))


def test_damaged_and_absent_files_are_refused(tmp_path):
    path = tmp_path / "mine.h5ad"
    with pytest.raises(InputError, match="there is no such file"):
        read_own_screen(path)
    path.write_bytes(b"\x89HDF\r\n\x1a\n cut off")
    with pytest.raises(InputError, match=r"not a whole \.h5ad file"):
        read_own_screen(path)


def test_memory_is_that_of_all_zeros_too(tmp_path, monkeypatch):
    empty = anndata.AnnData(
        sparse.csr_matrix((1000, 500), dtype=np.float32),
        pd.DataFrame({"perturbation": ["control"] * 1000}, index=[f"c{n}" for n in range(1000)]),
        pd.DataFrame(index=[f"g{n}" for n in range(500)]),
    )
    path = written(empty, tmp_path / "mine.h5ad")
    # Written out these take two million bytes, stored next to none.
    monkeypatch.setattr(memory, "available", lambda: 10**6)
    for refused in (lambda: read_own_screen(path), lambda: states(empty, path)):
        with pytest.raises(InputError, match="matrix of 1,000 cells by 500 genes, zeros includ"):
            refused()
    monkeypatch.setattr(memory, "available", lambda: 10**7)
    assert states(read_own_screen(path), path).shape == (1000, 500)
