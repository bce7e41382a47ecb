"""Filters do what scanpy's do, and what they drop is listed."""

import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from published import LOOSE, published
from scipy import sparse

from causeway import memory
from causeway.cells.lcd.config import Holdout
from causeway.cells.lcd.fetch import fetch
from causeway.cells.lcd.panel import panel
from causeway.cells.lcd.prepare import prepare
from causeway.cells.lcd.split import split
from causeway.cells.quality import Reason
from causeway.cells.reading import rows
from causeway.cells.refused import Refusal
from causeway.cells.screens import read_screen, write_screen
from causeway.cells.sources import Panel, Quality, Registered, ScreenFile
from causeway.cells.splits import members, read_splits
from causeway.cells.worlds.settings import Counts, LinearWorld, SaturatingWorld
from causeway.errors import InputError

STRICT = Quality(
    min_genes=15,
    min_cells=100,
    percent_mitochondrial=9,
    counts_above=30,
    counts_below=110,
    genes_above=16,
    genes_below=26,
    perturbation_cells=20,
)


def read_refused(path):
    return pd.read_csv(path, sep="\t", keep_default_na=False)


def run(folder, screen, quality, source=None, seed=0):
    folder.mkdir(exist_ok=True)
    screen.write_h5ad(folder / "raw.h5ad")
    source = source or ScreenFile(path=folder / "raw.h5ad")
    out, refused = folder / "screen.h5ad", folder / "refused.tsv"
    prepare(raw=folder, screen=out, refused=refused, source=source, quality=quality, seed=seed)
    return read_screen(out), read_refused(refused)


def scanpys(screen, quality):
    """The released code's order of filters."""
    sc.pp.filter_cells(screen, min_genes=quality.min_genes)
    sc.pp.filter_genes(screen, min_cells=quality.min_cells)
    screen.var["mt"] = screen.var_names.str.startswith("MT-")
    sc.pp.calculate_qc_metrics(screen, qc_vars=["mt"], inplace=True, percent_top=None, log1p=False)
    obs = screen.obs
    good = (
        (obs["pct_counts_mt"] < quality.percent_mitochondrial)
        & (obs["total_counts"] > quality.counts_above)
        & (obs["total_counts"] < quality.counts_below)
        & (obs["n_genes_by_counts"] > quality.genes_above)
        & (obs["n_genes_by_counts"] < quality.genes_below)
    )
    return screen[good].copy()


@pytest.mark.parametrize("entries", [200, 4_000_000])
def test_filters_are_scanpys(tmp_path, monkeypatch, entries):
    monkeypatch.setattr(rows.blocks, "__defaults__", (entries,))
    raw = published(seed=5)
    found, refused = run(tmp_path / "a", raw.copy(), STRICT)
    theirs = scanpys(raw.copy(), STRICT)
    labels = theirs.obs["perturbation"].astype(str)
    enough = labels.isin(labels.value_counts()[lambda n: n >= 20].index)
    measured = labels.map(lambda label: set(label.split("+")) <= {"control", *theirs.var_names})
    theirs = theirs[enough & measured].copy()
    assert 0 < found.n_obs < raw.n_obs
    assert list(found.obs_names) == list(theirs.obs_names)
    assert list(found.var_names) == list(theirs.var_names)
    assert np.array_equal(found.layers["counts"].toarray(), theirs.X.toarray())
    cells = refused[refused["kind"] == "cells"].set_index("reason")["number"]
    assert cells.sum() == raw.n_obs - found.n_obs
    assert set(cells.index) <= set(Reason)
    library = pd.Series(np.asarray(raw.X.sum(axis=1)).ravel(), raw.obs_names)[found.obs_names]
    np.testing.assert_allclose(found.obs["ncounts"], library)


def test_normalised_to_the_median_control(tmp_path):
    raw = published()
    found, _ = run(tmp_path / "a", raw.copy(), LOOSE)
    control = raw[raw.obs["perturbation"] == "control"]
    target = float(np.median(np.asarray(control.X.sum(axis=1))))
    counts = raw.X.toarray()
    expected = np.log1p(counts * target / counts.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(found.X.toarray(), expected, rtol=2e-6)
    assert found.uns["target_sum"] == target
    assert found.X.dtype == found.layers["counts"].dtype == np.float32
    other, _ = run(tmp_path / "b", published(), LOOSE.model_copy(update={"target_sum": 1e4}))
    np.testing.assert_allclose(np.expm1(other.X.toarray()).sum(axis=1), 1e4, rtol=1e-5)


def test_targets_that_were_not_measured(tmp_path):
    raw = published(labels=["control", "G0", "G0+XX", "YY"])
    found, refused = run(tmp_path / "a", raw.copy(), LOOSE)
    assert set(found.obs["perturbation"]) == {"control", "G0"}
    listed = refused[refused["kind"] == "perturbation"]
    assert list(listed["name"]) == ["G0+XX", "YY"]
    assert set(listed["reason"]) == {"target not measured"}
    assert set(listed["number"]) == {60}
    kept, refused = run(tmp_path / "b", raw, LOOSE.model_copy(update={"unmeasured": "keep"}))
    assert set(kept.obs["perturbation"]) == {"control", "G0", "G0+XX", "YY"}
    assert refused.empty


def test_targets_that_must_be_measured(tmp_path):
    raw = published(labels=["control", "G0", "G0+XX", "MT-B", "YY"])
    counts = raw.X.toarray()
    counts[:, -1] = 0
    raw.X = sparse.csr_matrix(counts)
    refuse = LOOSE.model_copy(update={"unmeasured": "refuse"})
    with pytest.raises(InputError) as caught:
        run(tmp_path / "a", raw, refuse)
    told = str(caught.value)
    assert "3 have targets that are no genes of the screen: G0+XX, MT-B, YY" in told
    assert "1 of them names a gene in fewer than 1 cells" in told
    assert "quality.unmeasured to 'drop' or 'keep'" in told
    assert not (tmp_path / "a" / "screen.h5ad").exists()
    found, _ = run(tmp_path / "b", published(), refuse)
    assert found.obs["perturbation"].nunique() == 5


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            Refusal("perturbation", "ZZZ", "target not measured", 40, "all targets"),
            "perturbation ZZZ with 40 cells: target not measured (all targets)",
        ),
        (
            Refusal("cells", "", "too few counts", 7, "above 30"),
            "7 cells: too few counts (above 30)",
        ),
        (
            Refusal("genes", "", "genes in too few cells", 9, "2"),
            "9 genes: genes in too few cells",
        ),
        (Refusal("cell", "AAAC", "counts not proved", 1, "whole"), "cell AAAC: counts not proved"),
    ],
)
def test_refusals_are_told_in_words(row, sentence):
    assert row.sentence.startswith(sentence)


def test_rare_perturbations_are_listed(tmp_path):
    raw = published()
    rare = np.flatnonzero(raw.obs["perturbation"] == "G2")[5:]
    raw = raw[np.setdiff1d(np.arange(raw.n_obs), rare)].copy()
    found, refused = run(tmp_path / "a", raw, LOOSE)
    assert "G2" not in set(found.obs["perturbation"])
    row = refused[refused["kind"] == "perturbation"].iloc[0]
    assert (row["name"], row["reason"], row["number"]) == ("G2", "too few cells", 5)
    assert row["detail"] == "at least 10 good cells"


def test_cells_are_drawn(tmp_path):
    quality = LOOSE.model_copy(update={"draw": 12})
    first, refused = run(tmp_path / "a", published(), quality)
    again, _ = run(tmp_path / "a", published(), quality)
    other, _ = run(tmp_path / "a", published(), quality, seed=1)
    assert set(first.obs["perturbation"].value_counts()) == {12}
    assert list(first.obs_names) == list(again.obs_names) != list(other.obs_names)
    assert refused.set_index("reason").loc["not drawn", "number"] == 5 * (60 - 12)


def test_counts_come_back_from_logarithms(tmp_path):
    raw = published()
    counts = raw.X.toarray()
    counts[0] = 0
    counts[0, :3] = 2, 3, 5
    library = counts.sum(axis=1)
    raw.X = sparse.csr_matrix(np.log1p(counts * 1e4 / library[:, None]))
    raw.obs["umis"] = library
    folder = tmp_path / "a"
    source = ScreenFile(path=folder / "raw.h5ad", values="log-normalised", library="umis")
    found, refused = run(folder, raw, LOOSE, source)
    ones = (counts == 1).any(axis=1)
    assert list(found.obs_names) == list(raw.obs_names[ones])
    assert np.array_equal(found.layers["counts"].toarray(), counts[ones])
    unproved = refused[refused["kind"] == "cell"]
    assert list(unproved["name"]) == list(raw.obs_names[~ones])
    assert set(unproved["reason"]) == {"counts not proved"}


def with_entry(value):
    screen = published()
    counts = screen.X.toarray()
    counts[7, 3] = value
    screen.X = sparse.csr_matrix(counts)
    return screen


@pytest.mark.parametrize(
    ("screen", "quality", "message"),
    [
        (with_entry(-1), {}, "raw.h5ad, X, cell cell7, gene G3: -1 is negative"),
        (with_entry(np.nan), {}, "cell cell7, gene G3: nan is no finite number"),
        (with_entry(0.5), {}, "cell cell7, gene G3: 0.5 is no whole number"),
        (published(), {"perturbation_cells": 61}, "control cells: 60 pass the filters, 61"),
        (
            published(),
            {"draw": 61},
            "has 60 cells.*quality.draw to at most 60, or .*perturbation_cells to 61",
        ),
        (published(), {"counts_above": 10_000}, "control cells: 0 pass"),
        (published(), {"min_cells": 301}, "no gene is expressed in 301 cells"),
        (published(labels=["control", "XX"]), {}, "unmeasured to 'keep'"),
    ],
)
def test_bad_input_writes_nothing(tmp_path, screen, quality, message):
    with pytest.raises(InputError, match=message):
        run(tmp_path / "a", screen, LOOSE.model_copy(update=quality))
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["raw.h5ad"]


def test_all_values_are_checked_before_anything_is_written(tmp_path, monkeypatch):
    """A wrong value in the last block is found as well."""
    monkeypatch.setattr(rows.blocks, "__defaults__", (300,))
    screen = published()
    screen.X.data[-1] = 0.25
    with pytest.raises(InputError, match="cell cell299"):
        run(tmp_path / "a", screen, LOOSE)
    assert not (tmp_path / "a" / "screen.h5ad").exists()


@pytest.mark.parametrize(
    "world",
    [
        LinearWorld(genes=6, singles=4, cells=20, degree=2),
        LinearWorld(genes=6, singles=4, train_doubles=2, cells=20, degree=2, counts=Counts()),
        SaturatingWorld(genes=5, singles=4, train_doubles=3, test_doubles=1, cells=10, time=1),
    ],
)
def test_worlds_are_screens(tmp_path, world):
    screen, refused, splits = (tmp_path / name for name in ("s.h5ad", "r.tsv", "t.tsv"))
    prepare(raw=tmp_path, screen=screen, refused=refused, source=world, quality=Quality(), seed=0)
    made = read_screen(screen)
    assert ("counts" in made.layers) == (world.counts is not None)
    assert read_refused(refused).empty
    split(screen=screen, splits=splits, holdout=Holdout(kind="all-train", folds=1), seed=0)
    panel(screen=screen, splits=splits, panel=tmp_path / "p.h5ad", settings=Panel(), split="fold0")
    chosen = read_screen(tmp_path / "p.h5ad")
    assert list(chosen.var_names) == list(made.var_names)
    assert np.array_equal(chosen.uns["truth"]["shifts"], made.uns["truth"]["shifts"])


def test_a_wrong_screen_is_not_written(tmp_path):
    good, _ = run(tmp_path / "a", published(), LOOSE)
    for change, message in (
        (lambda s: s.obs.drop(columns="nperts"), "no column 'nperts'"),
        (lambda s: s.obs.assign(nperts=7), "not the number of targets"),
        (lambda s: s.obs.assign(perturbation="G1+G0"), "write|Write 'G0.G1'"),
        (lambda s: s.obs.assign(perturbation="G0", nperts=1), "no control cells"),
        (lambda s: s.obs.drop(columns="ncounts"), "no column 'ncounts'"),
    ):
        wrong = good.copy()
        wrong.obs = change(wrong)
        with pytest.raises(InputError, match=message):
            write_screen(wrong, tmp_path / "wrong.h5ad")
    wrong = good.copy()
    wrong.layers["counts"] = wrong.layers["counts"] * 0.5
    with pytest.raises(InputError, match="negative or fractional"):
        write_screen(wrong, tmp_path / "wrong.h5ad")
    assert not (tmp_path / "wrong.h5ad").exists()


def test_a_screen_that_does_not_fit_is_not_read(tmp_path, monkeypatch):
    run(tmp_path / "a", published(), LOOSE)
    monkeypatch.setattr(memory, "available", lambda: 1000)
    with pytest.raises(InputError, match=r"screen\.h5ad: the screen needs .*quality\.draw"):
        read_screen(tmp_path / "a" / "screen.h5ad")


def test_a_truncated_screen_is_not_read(tmp_path):
    run(tmp_path / "a", published(), LOOSE)
    path = tmp_path / "a" / "screen.h5ad"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"is not a whole \.h5ad"):
        read_screen(path)
    with pytest.raises(InputError, match="no such file"):
        read_screen(tmp_path / "none.h5ad")


def test_registered_screens_are_fetched_and_read(tmp_path, root, shared_data):
    """The real Norman subset, from the registry to a panel."""
    source = Registered(
        name="norman-subset",
        only={"dataset": ["norman19"]},
        values="log-normalised",
        library="ncounts",
    )
    raw = tmp_path / "raw"
    fetch(raw=raw, source=source, root=root, mirror=str(shared_data), resume=tmp_path / "resume")
    quality = LOOSE.model_copy(update={"unmeasured": "keep", "perturbation_cells": 50})
    screen, refused = tmp_path / "screen.h5ad", tmp_path / "refused.tsv"
    prepare(raw=raw, screen=screen, refused=refused, source=source, quality=quality, seed=0)
    found = read_screen(screen)
    labels = found.obs["perturbation"]
    assert found.n_obs == 3373
    assert labels.nunique() == 34
    assert (read_refused(refused)["kind"] == "cell").sum() == 2
    splits = tmp_path / "splits.tsv"
    split(screen=screen, splits=splits, holdout=Holdout(kind="covered-doubles", folds=5), seed=0)
    table = read_splits(splits)
    tests = {members(table, f"fold{fold}", "test")[0] for fold in range(5)}
    assert tests == {
        "KLF1+MAP2K6", "KLF1+TGFBR2", "MAP2K3+MAP2K6", "MAP2K3+SLC38A2", "MAPK1+TGFBR2"
    }  # fmt: skip
    out = tmp_path / "panel.h5ad"
    panel(screen=screen, splits=splits, panel=out, settings=Panel(genes=100), split="fold0")
    assert read_screen(out).n_vars == 100


def test_the_jurkat_screen(tmp_path, root, shared_data):
    source = Registered(name="jurkat-crispr", dialect="guide", library="ncounts")
    raw = tmp_path / "raw"
    fetch(raw=raw, source=source, root=root, mirror=str(shared_data), resume=tmp_path / "resume")
    quality = LOOSE.model_copy(update={"unmeasured": "keep", "min_genes": 5})
    screen, refused = tmp_path / "screen.h5ad", tmp_path / "refused.tsv"
    prepare(raw=raw, screen=screen, refused=refused, source=source, quality=quality, seed=0)
    found = read_screen(screen)
    assert found.obs["perturbation"].nunique() == 21
    assert found.n_obs + read_refused(refused).query("kind == 'cells'")["number"].sum() == 7500
    assert (found.obs["nperts"] <= 1).all()


def test_sources_that_need_no_download(tmp_path, root):
    raw = tmp_path / "raw"
    fetch(raw=raw, source=LinearWorld(), root=root, mirror=None, resume=tmp_path)
    assert not list(raw.iterdir())
    with pytest.raises(InputError, match="is empty"):
        prepare(
            raw=raw,
            screen=tmp_path / "s.h5ad",
            refused=tmp_path / "r.tsv",
            source=Registered(name="norman-subset"),
            quality=Quality(),
            seed=0,
        )
