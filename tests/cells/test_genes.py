"""Genes are chosen as scanpy and the released code of LCD choose them, by training cells only."""

import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from published import LOOSE, published
from scipy import sparse

from causeway.cells import selection
from causeway.cells.genes import choose, rank_scores, times_marker, variable_genes
from causeway.cells.labels import CONTROL
from causeway.cells.preparation import prepare_screen
from causeway.cells.reading.opening import open_raw
from causeway.cells.screens import read_screen
from causeway.cells.selection import select_panel
from causeway.cells.sources import Panel, ScreenFile
from causeway.errors import InputError

GENES = 120
TRAIN = [CONTROL, "G0", "G1", "G2"]
TEST = ["G0+G1"]


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screen")
    raw = published(cells=80, genes=GENES, seed=2)
    rates = 1 + 2 * np.random.default_rng(1).random((5, GENES))
    factors = rates[np.arange(raw.n_obs) % 5]
    counts = np.random.default_rng(3).poisson(raw.X.toarray() * factors)
    raw.X = sparse.csr_matrix(counts.astype(np.float32))
    raw.write_h5ad(folder / "raw.h5ad")
    with open_raw(folder / "raw.h5ad") as opened:
        source = ScreenFile(path=folder / "raw.h5ad")
        prepare_screen(opened, source, LOOSE, folder / "screen.h5ad", seed=0)
    return folder / "screen.h5ad"


def training(path):
    screen = read_screen(path)
    return screen[screen.obs["perturbation"].isin(TRAIN)].copy()


def test_dispersions_are_scanpys(screen, tmp_path):
    table = select_panel(screen, TRAIN, TEST, Panel(genes=20), tmp_path / "panel.h5ad")
    theirs = training(screen)
    sc.pp.highly_variable_genes(theirs, flavor="seurat", n_top_genes=20)
    for column in ("means", "dispersions", "dispersions_norm"):
        np.testing.assert_allclose(table[column], theirs.var[column], rtol=1e-5, atol=1e-6)


def test_genes_without_variance():
    means, variances = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0, 9.0])
    table = variable_genes(means, variances)
    assert table["dispersions"].isna().tolist() == [True, True, False, False]
    assert table["dispersions_norm"].iloc[3] == 1


def test_markers_are_scanpys(screen, tmp_path):
    top = 7
    table = select_panel(
        screen, TRAIN, TEST, Panel(genes=20, markers=top), tmp_path / "panel.h5ad"
    )
    theirs = training(screen)
    sc.tl.rank_genes_groups(
        theirs, "perturbation", method="wilcoxon", reference=CONTROL, rankby_abs=True, n_genes=top
    )
    names = pd.DataFrame(theirs.uns["rank_genes_groups"]["names"]).to_numpy().ravel()
    expected = pd.Series(names).value_counts().reindex(table.index, fill_value=0)
    assert table["markers"].tolist() == expected.tolist()


def test_scores_are_scanpys(screen):
    theirs = training(screen)
    sc.tl.rank_genes_groups(theirs, "perturbation", method="wilcoxon", reference=CONTROL)
    codes = theirs.obs["perturbation"].map({name: n for n, name in enumerate(TRAIN)}).to_numpy()
    ours = rank_scores(sparse.csc_array(theirs.X), codes.astype(np.int64), len(TRAIN))
    for row, name in zip(ours, TRAIN[1:], strict=True):
        table = sc.get.rank_genes_groups_df(theirs, name).set_index("names")
        np.testing.assert_allclose(
            row, table.loc[theirs.var_names, "scores"], rtol=1e-5, atol=1e-6
        )


def test_several_passes_give_the_same(screen, tmp_path, monkeypatch):
    once = select_panel(screen, TRAIN, TEST, Panel(genes=20), tmp_path / "a.h5ad")
    monkeypatch.setattr(selection, "GATHERED", 3_000)
    again = select_panel(screen, TRAIN, TEST, Panel(genes=20), tmp_path / "b.h5ad")
    pd.testing.assert_frame_equal(once, again)


def test_held_out_cells_decide_nothing(screen, tmp_path):
    """Other counts in held-out cells change nothing."""
    table = select_panel(screen, TRAIN, TEST, Panel(genes=20), tmp_path / "a.h5ad")
    changed = read_screen(screen)
    held_out = (changed.obs["perturbation"] == TEST[0]).to_numpy()
    changed.layers["counts"] = sparse.csr_matrix(
        changed.layers["counts"].toarray() * np.where(held_out, 5, 1)[:, None]
    )
    changed.X = sparse.csr_matrix(changed.X.toarray() * np.where(held_out, 3, 1)[:, None])
    changed.write_h5ad(tmp_path / "changed.h5ad")
    again = select_panel(
        tmp_path / "changed.h5ad", TRAIN, TEST, Panel(genes=20), tmp_path / "b.h5ad"
    )
    pd.testing.assert_frame_equal(table, again)


def test_a_panel_is_a_screen_with_its_targets(screen, tmp_path):
    table = select_panel(screen, TRAIN, TEST, Panel(genes=10), tmp_path / "panel.h5ad")
    panel, whole = read_screen(tmp_path / "panel.h5ad"), read_screen(screen)
    assert panel.n_vars == 10
    assert {"G0", "G1", "G2"} <= set(panel.var_names)
    assert table.loc[["G0", "G1"], "test_target"].all()
    assert not table.loc["G2", "test_target"]
    pd.testing.assert_frame_equal(panel.obs, whole.obs)
    for ours, theirs in (
        (panel.X, whole[:, panel.var_names].X),
        (panel.layers["counts"], whole[:, panel.var_names].layers["counts"]),
    ):
        assert np.array_equal(ours.toarray(), theirs.toarray())


def test_all_training_cells_or_only_singles(screen, tmp_path):
    singles, everything = (
        select_panel(
            screen, [*TRAIN, *TEST], [], Panel(learned_from=way), tmp_path / f"{way}.h5ad"
        )
        for way in ("singles", "train")
    )
    assert not np.allclose(singles["means"], everything["means"])
    with pytest.raises(InputError, match="learned_from"):
        select_panel(screen, [CONTROL, *TEST], [], Panel(), tmp_path / "none.h5ad")
    assert not (tmp_path / "none.h5ad").exists()


def test_the_order_of_genes():
    table = pd.DataFrame(
        {
            "test_target": [False, False, False, False, True, False],
            "train_target": [False, True, False, False, False, False],
            "abundant": [True, True, False, True, False, True],
            "markers": [0, 0, 9, 1, 0, 0],
            "dispersions_norm": [2.0, 0.0, 9.0, 0.0, 0.0, np.nan],
        }
    )
    order = [4, 1, 3, 0, 5, 2]
    for number in range(1, 7):
        assert choose(table, number).tolist() == sorted(order[:number])


def test_markers_are_counted():
    scores = np.array([[-5.0, 1, 2, 0], [0, 3, -4, np.nan]])
    assert times_marker(scores, 2).tolist() == [1, 1, 2, 0]
    assert times_marker(scores, 0).tolist() == [0, 0, 0, 0]


def test_abundant_genes_go_first(screen, tmp_path):
    table = select_panel(screen, TRAIN, TEST, Panel(min_mean=2.0), tmp_path / "panel.h5ad")
    assert (table["abundant"] == (table["mean_count"] > 2)).all()
    counts = training(screen).layers["counts"]
    means = np.asarray(counts.mean(axis=0)).ravel()
    np.testing.assert_allclose(table["mean_count"], means, rtol=1e-5)
