"""Figures of the causal matrix and the implication test."""

import numpy as np
import pandas as pd

from causeway.cells.lcd.causal_plots import colour_limit, matrix, measured
from causeway.cells.lcd.draw_causal import draw_causal
from causeway.cells.lcd.implication import Sources, implication, source_counts
from causeway.cells.lcd.matrix_file import CausalFile, write_causal_file
from causeway.cells.lcd.modules import Modules, gene_modules


def _files(folder, truth, sources):
    rng = np.random.default_rng(0)
    genes = [f"g{gene:03d}" for gene in range(20)]
    effects = np.where(rng.random((20, 20)) < 0.2, rng.normal(0, 2, (20, 20)), 0) - 3 * np.eye(20)
    found = effects + rng.normal(0, 0.2, (20, 20))
    modules = gene_modules(found, height=0.6, smallest=3)
    write_causal_file(
        CausalFile(
            A=found,
            bias=np.zeros(20),
            shifts=np.zeros((20, 20)),
            genes=np.array(genes),
            environments=np.array(genes),
            clusters=modules.numbers,
            order=modules.order,
            tree=modules.tree,
            inverse=effects,
            signed_shifts=found.T,
            truth=effects if truth else np.zeros((0, 0)),
        ),
        folder / "matrix.npz",
    )
    changed = np.abs(effects.T[:sources]) > 1
    tested = Sources(np.arange(sources), changed, np.arange(sources) % 4 == 0)
    counts = source_counts(found, genes, tested, [0.5, 0.8, 0.9, 0.95])
    implication(counts, bootstraps=200, seed=0).to_csv(
        folder / "implication.tsv", sep="\t", index=False
    )
    return {"matrix": folder / "matrix.npz", "implication": folder / "implication.tsv"}


def _drawn(folder, suffix="svg", **files):
    figures = {name: folder / f"{name}.{suffix}" for name in ("effects", "calibration")}
    draw_causal(**files, **figures, dataset="toy", synthetic=True)
    return {name: path.read_bytes() for name, path in figures.items()}


def test_a_causal_matrix_and_its_test_are_drawn(tmp_path):
    files = _files(tmp_path, truth=True, sources=20)
    drawn = _drawn(tmp_path, **files)
    assert all(b"made-up world" in content for content in drawn.values())
    assert _drawn(tmp_path, **files) == drawn


def test_colours_end_where_known_effects_do():
    effects = np.zeros((50, 50))
    # Three genes of fifty were perturbed: most entries are zero by construction.
    effects[:, :3] = np.random.default_rng(0).normal(size=(50, 3))
    known = measured(effects)
    assert known.sum() == 150
    off = np.abs(effects[:, :3][~np.eye(50, 3, dtype=bool)])
    assert colour_limit(effects, known) == np.quantile(off, 0.99)
    assert colour_limit(np.zeros((2, 2)), measured(np.zeros((2, 2)))) == 1


def test_what_was_not_perturbed_is_grey():
    effects = np.diag([-1.0, -2.0, -1.5])
    effects[0, 2] = 0.5
    partial = effects.copy()
    partial[1] = 0
    modules = Modules(np.full(3, -1), np.arange(3), np.zeros((2, 4)))
    figure = matrix({"CLIPR": effects, "inverse": partial}, modules, ["a", "b", "c"])
    shown = [axes.images[0].get_array() for axes in figure.axes[:2]]
    assert not np.ma.getmaskarray(shown[0]).any()
    assert np.ma.getmaskarray(shown[1])[1].all()
    assert "not perturbed" in figure.legends[0].get_texts()[0].get_text()
    assert not matrix({"CLIPR": effects}, modules, ["a", "b", "c"]).legends


def test_without_truth_or_sources_the_figures_say_so(tmp_path):
    files = _files(tmp_path, truth=False, sources=4)
    table = pd.read_csv(files["implication"], sep="\t")
    table.assign(edges=0).to_csv(files["implication"], sep="\t", index=False)
    drawn = _drawn(tmp_path, **files)
    assert b"No edge starts at a gene" in drawn["calibration"]
