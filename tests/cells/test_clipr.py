"""The step that reads a causal matrix off a trained drift, on a model that barely learnt."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from causeway import metrics as tables
from causeway.cells.lcd.clipr import clipr
from causeway.cells.lcd.config import Levels, Network, Readout, Sampling, Training, Variant
from causeway.cells.lcd.matrix_file import CausalFile, read_causal_file
from causeway.cells.lcd.train import train
from causeway.cells.screens import write_screen
from causeway.cells.splits import everything, named, write_splits
from causeway.cells.worlds import linear_world
from causeway.cells.worlds.settings import LinearWorld
from causeway.errors import InputError
from causeway.hardware import Hardware

CPU = Hardware(accelerator="cpu")
OUTPUTS = {
    "matrix": "matrix.npz",
    "edges": "edges.parquet",
    "modules": "modules.tsv",
    "sets": "sets.tsv",
    "sources": "sources.parquet",
    "implication": "implication.tsv",
    "metrics": "metrics.parquet",
}
GENES = [f"g{gene:03d}" for gene in range(10)]
SETTINGS = Readout(penalty=1e-3, quantiles=[0.5, 0.8], cluster_height=1.0, bootstraps=200)


@pytest.fixture(scope="module")
def screen():
    settings = LinearWorld(genes=10, singles=8, train_doubles=4, degree=2, cells=40)
    return linear_world(settings, 0)


@pytest.fixture(scope="module")
def trained(screen, tmp_path_factory) -> Path:
    """Folder with a panel, splits and a model of split ``fold0``, which holds two genes out."""
    folder = tmp_path_factory.mktemp("clipr")
    write_screen(screen, folder / "panel.h5ad")
    labels = screen.obs["perturbation"].unique()
    singles = [label for label in labels if label in GENES]
    write_splits(named(labels, singles[:2], 0), folder / "splits.tsv")
    write_splits(everything(labels, 0), folder / "all.tsv")
    train(
        panel=folder / "panel.h5ad",
        splits=folder / "splits.tsv",
        states=[],
        checkpoint=folder / "model.ckpt",
        history=folder / "history.parquet",
        network=Network(hidden=16, embedding=8, levels=Levels(count=5)),
        training=Training(steps=20, batch=64),
        ablation=Variant(),
        hardware=CPU,
        split="fold0",
        seed=0,
        threads=1,
        resume=folder / "resume",
    )
    return folder


def run(trained: Path, folder: Path, **changed: Any) -> dict[str, Path]:
    """Run the step with other arguments for some."""
    outputs = {name: folder / path for name, path in OUTPUTS.items()}
    arguments = {
        "panel": trained / "panel.h5ad",
        "splits": trained / "splits.tsv",
        "states": [],
        "checkpoint": trained / "model.ckpt",
        "settings": SETTINGS,
        "sampling": Sampling(steps=10),
        "hardware": CPU,
        "dataset": "linear",
        "split": "fold0",
        "variant": "lcd",
        "seed": 0,
        "threads": 1,
    }
    clipr(**outputs, **(arguments | changed))
    return outputs


@pytest.fixture(scope="module")
def written(trained, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("written")
    gmt = folder / "sets.gmt"
    gmt.write_text("".join(f"{gene}\tx\t{gene}\n" for gene in GENES))
    settings = SETTINGS.model_copy(update={"gene_sets": str(gmt), "enrichment_rate": 0.999})
    return run(trained, folder, settings=settings)


def test_matrix_is_consistent(written, screen):
    found = read_causal_file(written["matrix"])
    assert found.A.shape == (10, 10)
    assert found.genes.tolist() == GENES
    # Targets of trained doubles count as environments, even if their singles are held out.
    labels = screen.obs["perturbation"].unique()
    trained = [label for label in labels if label in GENES][2:]
    assert set(trained) <= set(found.environments.tolist())
    assert found.shifts.shape == (len(found.environments), 10)
    assert np.array_equal(found.truth, screen.uns["truth"]["A"])
    assert sorted(found.order) == list(range(10))
    # Rows of the inverse are known up to a factor, which the true rate of decay gives.
    known = [GENES.index(label) for label in trained]
    decay = np.abs(np.diag(screen.uns["truth"]["A"])).mean()
    assert decay > 1.1
    assert np.allclose(np.diag(found.inverse)[known], -decay)


def test_tables_agree_with_the_matrix(written):
    found = read_causal_file(written["matrix"])
    edges = pd.read_parquet(written["edges"])
    first = edges.iloc[0]
    off = np.abs(found.A - np.diag(np.diag(found.A)))
    assert abs(first["effect"]) == off.max()
    assert len(edges) == 45
    assert first["effect"] == found.A[GENES.index(first["target"]), GENES.index(first["source"])]
    assert first["reverse"] == found.A[GENES.index(first["source"]), GENES.index(first["target"])]
    assert edges["held_out"].any()
    assert edges["changed"].isna().any()
    modules = pd.read_csv(written["modules"], sep="\t")
    assert modules["gene"].tolist() == [GENES[gene] for gene in found.order]
    assert modules["module"].tolist() == found.clusters[found.order].tolist()
    sets = pd.read_csv(written["sets"], sep="\t")
    assert {"module", "set", "q"} <= set(sets.columns)


def test_implication_has_trained_and_held_out_sources(written):
    table = pd.read_csv(written["implication"], sep="\t")
    sources = pd.read_parquet(written["sources"])
    assert set(table["sources"]) == {"trained", "held-out"}
    held_out = sources[(sources["sources"] == "held-out") & (sources["quantile"] == 0.5)]
    assert len(held_out) == 2
    row = table[(table["sources"] == "held-out") & (table["quantile"] == 0.5)].iloc[0]
    assert row["edges"] == held_out["edges"].sum()


def test_metrics_hold_all_estimates(written):
    metrics = tables.read([written["metrics"]]).set_index("metric")["value"]
    for name in ("clipr", "known-target-inverse", "signed-shifts", "shifts", "ideal-score"):
        for what in ("sign-auroc", "pearson", "macro-f1", "edge-auroc"):
            assert np.isfinite(metrics[f"{name}/{what}"])
    assert metrics["clipr/asymmetry"] >= 0
    assert metrics["fixed-points/error"] > 0
    assert 0 < metrics["implication/trained/base"] < 1
    assert np.isfinite(metrics["implication/trained/probability-q0.5"])


def test_a_model_of_another_split_is_refused_and_nothing_written(trained, tmp_path):
    with pytest.raises(InputError, match="another panel or split"):
        run(trained, tmp_path, splits=trained / "all.tsv")
    assert not list(tmp_path.iterdir())


def test_states_of_a_screen_without_counts_are_refused(trained, tmp_path):
    with pytest.raises(InputError, match="observes states"):
        run(trained, tmp_path, states=[trained / "states.npz"])


def test_missing_gene_sets_are_refused(trained, tmp_path):
    settings = SETTINGS.model_copy(update={"gene_sets": str(tmp_path / "absent.gmt")})
    with pytest.raises(InputError, match=r"absent\.gmt"):
        run(trained, tmp_path, settings=settings)


def test_broken_matrix_files_are_refused(written, tmp_path):
    whole = written["matrix"].read_bytes()
    path = tmp_path / "matrix.npz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not a causal matrix"):
        read_causal_file(path)
    np.savez(path, A=np.eye(2))
    with pytest.raises(InputError, match="not a causal matrix"):
        read_causal_file(path)
    assert isinstance(read_causal_file(written["matrix"]), CausalFile)
