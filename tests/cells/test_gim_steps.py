"""Steps of gim, each once, and what they refuse."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from causeway import metrics as table
from causeway.cells.gim.config import Evaluation, GIMConfig, Network, Priors, Training, Variant
from causeway.cells.gim.contexts import Screen
from causeway.cells.gim.draw import draw
from causeway.cells.gim.evaluate import evaluate
from causeway.cells.gim.prepare import prepare
from causeway.cells.gim.sciplex import screen as sciplex_screen
from causeway.cells.gim.sources import SciPlex, ScreenFile
from causeway.cells.gim.train import train
from causeway.cells.worlds.hill import hill_world
from causeway.cells.worlds.hill_settings import HillWorld
from causeway.errors import InputError
from causeway.hardware import Hardware

WORLD = HillWorld(
    genes=5,
    degree=1,
    drugs=4,
    unseen_drugs=2,
    doses=[1.0, 2.0],
    unseen_doses=[1.5],
    cells=8,
    controls=30,
)
SEEDS = [3, 4]


def trained(folder, steps=20):
    folder.mkdir(exist_ok=True)
    (folder / ".resume").mkdir(exist_ok=True)
    train(
        screens=folder.parent / "screens",
        checkpoint=folder / "model.ckpt",
        history=folder / "history.parquet",
        settings=Variant(),
        network=Network(hidden=8),
        priors=Priors(),
        training=Training(steps=steps, steps_per_epoch=10, draws=1),
        hardware=Hardware(accelerator="cpu"),
        seeds=SEEDS,
        threads=1,
        resume=folder / ".resume",
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    place = tmp_path_factory.mktemp("world")
    prepare(cells=[], drugs=[], screens=place / "screens", source=WORLD, seeds=SEEDS)
    trained(place / "linear")
    evaluate(
        checkpoint=place / "linear" / "model.ckpt",
        screens=place / "screens",
        metrics=place / "linear" / "metrics.parquet",
        scores=place / "linear" / "scores.parquet",
        targets=place / "linear" / "targets.parquet",
        predictions=place / "linear" / "predictions.h5ad",
        evaluation=Evaluation(cells=6),
        seeds=SEEDS,
        dataset="world",
        variant="linear",
    )
    return place


def test_metrics_are_complete(run):
    numbers = table.read([run / "linear" / "metrics.parquet"])
    assert set(numbers["seed"]) == set(SEEDS)
    names = set(numbers["metric"])
    for split in ("unseen-dose", "unseen-drug"):
        for method in ("model", "nearest", "pooled", "mean", "control", "split-half"):
            for measure in ("energy-distance", "mmd", "wasserstein2", "rmse"):
                assert f"{split}/{method}/{measure}" in names
        assert f"{split}/targets/auprc" in names
    assert {"train/targets/auprc", "edges/auprc", "edges/hamming"} <= names
    gain = numbers.set_index(["seed", "metric"])["value"].loc[3]
    assert gain["unseen-dose/gain-pooled/rmse"] == pytest.approx(
        gain["unseen-dose/pooled/rmse"] - gain["unseen-dose/model/rmse"]
    )


def test_predictions_are_a_screen_of_the_test_contexts(run):
    predicted = anndata.read_h5ad(run / "linear" / "predictions.h5ad")
    assert predicted.n_obs == 2 * 6 * (4 + 2 * 2)
    assert predicted.obs_names.is_unique
    assert list(predicted.var_names) == [f"g{gene:03d}" for gene in range(5)]


def test_training_again_gives_the_same(run, tmp_path):
    (tmp_path / "screens").symlink_to(run / "screens")
    trained(tmp_path / "linear")
    a, b = (pd.read_parquet(place / "linear" / "history.parquet") for place in (run, tmp_path))
    pd.testing.assert_frame_equal(a, b)
    assert len(a) == 2 * 2 * 4


def test_figures_are_drawn(run, tmp_path):
    outputs = {name: tmp_path / f"{name}.svg" for name in ("posteriors", "distances", "curves")}
    draw(
        metrics=[run / "linear" / "metrics.parquet"],
        histories=[run / "linear" / "history.parquet"],
        targets=[run / "linear" / "targets.parquet"],
        source=WORLD,
        variants=["linear", "network"],
        **outputs,
    )
    assert all(
        ": a made-up world, not real cells" in path.read_text() for path in outputs.values()
    )


def broken(change):
    screen = hill_world(WORLD, 0)
    change(screen)
    return screen


def _undescribed(screen):
    screen.uns["descriptors"]["perturbations"] = np.array([f"x{i}" for i in range(6)])


def _no_controls(screen):
    screen.obs["perturbation"] = "drug000"
    screen.obs["nperts"] = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda screen: screen.obs.drop(columns="dose", inplace=True), "no column 'dose'"),
        (lambda screen: screen.uns.pop("descriptors"), "descriptors"),
        (_undescribed, "does not describe 'drug000'"),
        (_no_controls, "no control cells"),
    ],
)
def test_a_screen_that_cannot_be_used_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        Screen(broken(change), "mine.h5ad")


def test_your_own_screen_and_what_it_lacks(tmp_path):
    path = tmp_path / "mine.h5ad"
    screen = hill_world(WORLD, 0)
    # The field asks for states, labels, doses and descriptors, no more.
    del screen.obs["nperts"]
    screen.write_h5ad(path)
    source = ScreenFile(path=path, held_out=["drug001"], held_out_doses=[2.0])
    prepare(cells=[], drugs=[], screens=tmp_path / "good", source=source, seeds=[0])
    assert (tmp_path / "good" / "seed0.tsv").is_file()
    wrong = ScreenFile(path=path, held_out=["aspirin"])
    with pytest.raises(InputError, match="the screen has no aspirin"):
        prepare(cells=[], drugs=[], screens=tmp_path / "bad", source=wrong, seeds=[0])


def test_values_that_are_no_numbers_are_named(tmp_path):
    path = tmp_path / "mine.h5ad"
    screen = hill_world(WORLD, 0)
    screen.X[5, 2] = np.nan
    screen.write_h5ad(path)
    with pytest.raises(InputError, match=f"cell {screen.obs_names[5]}, gene g002: nan"):
        prepare(
            cells=[], drugs=[], screens=tmp_path / "bad", source=ScreenFile(path=path), seeds=[0]
        )
    screen = hill_world(WORLD, 0)
    screen.obs["dose"] = screen.obs["dose"].astype(object)
    last = screen.obs_names[-1]
    screen.obs.loc[last, "dose"] = "high"
    with pytest.raises(InputError, match=f"cell {last}: high is no finite number, one of 1"):
        Screen(screen, "mine.h5ad")


def test_known_graphs_need_worlds():
    run = {"datasets": ["sciplex3"], "variants": ["known"], "seeds": [0]}
    with pytest.raises(ValueError, match="the graph of sciplex3 is not known"):
        GIMConfig(run=run)


@pytest.fixture
def sciplex(tmp_path):
    """A file of SciPlex3's form, made up."""
    rng = np.random.default_rng(0)
    drugs = ["(+)-JQ1", "Alvespimycin (17-DMAG) HCl", "AR-42", "Unknown drug", "control"]
    obs = pd.DataFrame(
        [
            (drug, dose, line)
            for drug in drugs
            for dose in ([0.0] if drug == "control" else [10.0, 1000.0])
            for line in ("A549", "K562")
            for _ in range(30)
        ],
        columns=["perturbation", "dose_value", "cell_line"],
    )
    obs.index = [f"cell{n}" for n in range(len(obs))]
    counts = sparse.csr_matrix(rng.poisson(1.0, (len(obs), 40)).astype(np.float32))
    path = tmp_path / "sciplex.h5ad"
    anndata.AnnData(counts, obs, pd.DataFrame(index=[f"gene{n}" for n in range(40)])).write_h5ad(
        path
    )
    prints = pd.DataFrame(rng.integers(0, 2, (4, 8)), columns=[f"bit{n}" for n in range(8)])
    prints.insert(0, "drug", ["JQ1", "Alvespimycin", "AR-42", "control"])
    prints.to_parquet(tmp_path / "drugs.parquet")
    return path, tmp_path / "drugs.parquet"


def test_sciplex_is_read_into_a_screen(sciplex):
    source = SciPlex(genes=12, cells=25, unseen_drugs=1, components=3)
    screen = sciplex_screen(*sciplex, source, 0)
    cells = Screen(screen, "sciplex")
    assert {one.perturbation for one in cells.contexts} == {"JQ1", "Alvespimycin", "AR-42"}
    assert {one.dose for one in cells.contexts} == {1.0, 3.0}
    assert screen.shape == (3 * 2 * 25 + 30, 12)
    assert len(cells.features(cells.contexts)[0]) == 4
    assert len(screen.uns["held_out"]) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drug_column": "compound"}, "no column 'compound'"),
        ({"cell_line": "HeLa"}, "no vehicle cells"),
        ({"unseen_drugs": 3}, "3 are to be held out"),
    ],
)
def test_sciplex_that_does_not_fit_is_refused(sciplex, change, message):
    with pytest.raises(InputError, match=message):
        sciplex_screen(*sciplex, SciPlex(genes=12, **{"unseen_drugs": 1} | change), 0)


def test_fingerprints(tmp_path):
    pytest.importorskip("rdkit")
    from causeway.cells.gim.fingerprints import fingerprints  # noqa: PLC0415

    smiles, drugs = tmp_path / "smiles.csv", tmp_path / "drugs.parquet"
    smiles.write_text("Ethanol,CCO,Others\nSame,OCC,Others\nOther,*.Cl.c1ccccc1,Others\n")
    fingerprints(smiles=smiles, drugs=drugs, source=SciPlex(bits=64))
    table = pd.read_parquet(drugs).set_index("drug")
    assert table.shape == (3, 64)
    assert (table.loc["Ethanol"] == table.loc["Same"]).all()
    assert (table.loc["Ethanol"] != table.loc["Other"]).any()
    smiles.write_text("Broken,C1CC,Others\n")
    with pytest.raises(InputError, match=r"line 1: 'C1CC' is no SMILES"):
        fingerprints(smiles=smiles, drugs=drugs, source=SciPlex())
