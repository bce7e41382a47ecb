"""The steps: from a world or a file to figures, and a training that breaks off."""

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError

from causeway import metrics
from causeway.cells.stadion import environments as archive
from causeway.cells.stadion.config import PRESETS, Simulation, Split, StadionConfig, Training
from causeway.cells.stadion.draw import draw
from causeway.cells.stadion.evaluate import evaluate
from causeway.cells.stadion.prepare import prepare
from causeway.cells.stadion.sources import ScreenFile
from causeway.cells.stadion.train import train
from causeway.cells.worlds.linear import linear_world
from causeway.cells.worlds.settings import LinearWorld
from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.training import TimeIsUpError

WORLD = LinearWorld(genes=5, singles=5, degree=1, test_doubles=4, cells=60)
TRAINING = Training(steps=200, steps_per_epoch=100, batch=40, standardise="control")
SIMULATION = Simulation(step=0.05, thinning=20, samples=40)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    table = folder / "perturbations.tsv"
    prepare(
        source=WORLD,
        split=Split(singles=1),
        seeds=[0, 3],
        known_targets=True,
        environments=folder / "environments",
        perturbations=table,
    )
    roles = pd.read_csv(table, sep="\t").groupby(["seed", "role"])["cells"].agg(["size", "min"])
    assert roles["size"].to_dict() == {(s, r): 5 for s in (0, 3) for r in ("test", "train")}
    assert (roles["min"] == 60).all()
    return folder / "environments"


def trained(environments, folder, variant="known", seeds=(0, 3), hardware=None, resume=None):
    folder.mkdir(exist_ok=True)
    resume = resume or folder / "resume"
    resume.mkdir(exist_ok=True)
    files = {"checkpoint": folder / "model.ckpt", "history": folder / "history.parquet"}
    train(
        environments=environments,
        settings=PRESETS[variant],
        training=TRAINING,
        hardware=hardware or Hardware(accelerator="cpu"),
        seeds=list(seeds),
        threads=1,
        resume=resume,
        **files,
    )
    return files


def weights(files):
    return torch.load(files["checkpoint"], weights_only=True)["state_dict"]


def evaluated(environments, folder, files, variant="known"):
    outputs = {
        "metrics": folder / "metrics.parquet",
        "scores": folder / "scores.parquet",
        "effects": folder / "effects.parquet",
        "predictions": folder / "predictions.h5ad",
    }
    evaluate(
        environments=environments,
        checkpoint=files["checkpoint"],
        simulation=SIMULATION,
        dataset="linear",
        variant=variant,
        **outputs,
    )
    return outputs


def test_a_world_goes_through_all_steps(prepared, tmp_path):
    outputs = []
    for variant in PRESETS:
        folder = tmp_path / variant
        files = trained(prepared, folder, variant)
        history = pd.read_parquet(files["history"])
        loss = history[history["metric"] == "seed3/kds"].set_index("epoch")["value"]
        assert loss[1] < loss[0]
        outputs.append(evaluated(prepared, folder, files, variant))
    table = metrics.read([one["metrics"] for one in outputs])
    assert set(table["seed"]) == {0, 3}
    found = table.set_index(["variant", "metric", "seed"])["value"]
    assert found["known", "structure/empty/edge-auroc", 0] == 0.5
    assert 0 <= found["network", "structure/model/edge-auroc", 3] <= 1
    assert found["unknown", "unseen/skill-over-told", 0] <= 1
    # Baselines and the ceiling are the same for all variants.
    for metric in ("combination/additive/rmse", "unseen/split-half/energy-distance"):
        assert found["known", metric, 3] == found["network", metric, 3]
    scores = pd.read_parquet(outputs[0]["scores"])
    model = scores[(scores["predictor"] == "model") & (scores["kind"] == "combination")]
    mean = model.groupby("seed")["rmse"].mean()
    np.testing.assert_allclose(
        mean, [found["known", "combination/model/rmse", seed] for seed in mean.index]
    )
    figures = {name: tmp_path / f"{name}.svg" for name in ("effects", "structure", "predictions")}
    draw(
        metrics=[one["metrics"] for one in outputs],
        scores=[one["scores"] for one in outputs],
        matrices=[one["effects"] for one in outputs],
        source=WORLD,
        variants=list(PRESETS),
        **figures,
    )
    assert all(": a made-up world, not real cells" in one.read_text() for one in figures.values())


def test_replicates_learn_what_each_learns_alone(prepared, tmp_path):
    together = weights(trained(prepared, tmp_path / "together"))
    alone = weights(trained(prepared, tmp_path / "alone", seeds=[3]))
    assert alone
    for name, value in alone.items():
        assert torch.equal(value, together[name])


def test_a_training_that_breaks_off_ends_as_an_undisturbed_one(prepared, tmp_path):
    whole = trained(prepared, tmp_path / "whole")
    resume = tmp_path / "kept"
    hurried = Hardware(accelerator="cpu", max_time="00:00:00:00")
    stops = 0
    while not (tmp_path / "broken" / "model.ckpt").exists():
        try:
            broken = trained(
                prepared,
                tmp_path / "broken",
                resume=resume,
                hardware=hurried if stops < 3 else None,
            )
        except TimeIsUpError:
            stops += 1
    assert stops == 3
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(broken)[name])
    pd.testing.assert_frame_equal(
        pd.read_parquet(whole["history"]), pd.read_parquet(broken["history"])
    )


def test_a_screen_of_your_own(prepared, tmp_path):
    path = tmp_path / "mine.h5ad"
    data = linear_world(WORLD, 0)
    held_out = data.uns["held_out"].tolist()
    # The page of the system asks for states and labels, no more.
    del data.uns["truth"], data.uns["held_out"], data.obs["nperts"]
    data.write_h5ad(path)
    prepare(
        source=ScreenFile(path=path, held_out=held_out),
        split=Split(),
        seeds=[0],
        known_targets=True,
        environments=tmp_path / "environments",
        perturbations=tmp_path / "perturbations.tsv",
    )
    read = archive.read(tmp_path / "environments" / "seed0.npz")
    assert read.truth is None
    assert read.held_out == sorted(held_out)
    files = trained(tmp_path / "environments", tmp_path / "known", seeds=[0])
    outputs = evaluated(tmp_path / "environments", tmp_path / "known", files)
    names = set(metrics.read([outputs["metrics"]])["metric"])
    assert "combination/model/energy-distance" in names
    assert not any(name.startswith(("structure", "unseen")) for name in names)
    draw(
        metrics=[outputs["metrics"]],
        scores=[outputs["scores"]],
        matrices=[outputs["effects"]],
        source=ScreenFile(path=path),
        variants=["known"],
        effects=tmp_path / "e.svg",
        structure=tmp_path / "s.svg",
        predictions=tmp_path / "p.svg",
    )


def test_targets_that_are_not_measured_are_refused_before_any_training(tmp_path):
    path = tmp_path / "mine.h5ad"
    data = linear_world(WORLD, 0)
    data[:, data.var_names != "g002"].copy().write_h5ad(path)
    given = {
        "source": ScreenFile(path=path),
        "split": Split(),
        "seeds": [0],
        "perturbations": tmp_path / "perturbations.tsv",
    }
    message = r"mine.h5ad, obs\['perturbation'\], 'g0.*g002 is not among the 4 genes"
    with pytest.raises(InputError, match=message):
        prepare(**given, known_targets=True, environments=tmp_path / "known")
    prepare(**given, known_targets=False, environments=tmp_path / "unknown")
    assert "g002" in archive.read(tmp_path / "unknown" / "seed0.npz").train


def test_dynamics_that_run_away_are_shown_as_such(prepared, tmp_path):
    files = trained(prepared, tmp_path / "known")
    saved = torch.load(files["checkpoint"], weights_only=True)
    saved["state_dict"]["diffusions.0.drift.effects"].fill_(100.0)
    torch.save(saved, files["checkpoint"])
    outputs = evaluated(prepared, tmp_path / "known", files)
    found = metrics.read([outputs["metrics"]]).set_index(["metric", "seed"])["value"]
    assert found["combination/model/energy-distance", 0] == np.inf
    assert found["combination/skill-over-control", 0] == -np.inf
    assert np.isfinite(found["combination/model/energy-distance", 3])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"no archive"])
def test_damaged_archives_are_refused(tmp_path, content):
    path = tmp_path / "seed0.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not an archive of environments"):
        archive.read(path)


def test_files_without_control_cells_leave_nothing_behind(tmp_path):
    path = tmp_path / "mine.h5ad"
    data = linear_world(WORLD, 0)
    data = data[data.obs["perturbation"] != "control"].copy()
    del data.uns["truth"]
    data.write_h5ad(path)
    with pytest.raises(InputError, match="control"):
        prepare(
            source=ScreenFile(path=path),
            split=Split(),
            seeds=[0],
            known_targets=True,
            environments=tmp_path / "environments",
            perturbations=tmp_path / "perturbations.tsv",
        )
    assert not list(tmp_path.glob("environments/*"))
    assert not (tmp_path / "perturbations.tsv").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"training": {"steps": 750}}, "multiple of steps_per_epoch"),
        ({"variants": {"known": {"drift": {"kind": "cubic"}}}}, "cubic"),
        ({"training": {"bandwidth": 0}}, "greater than 0"),
        ({"simulation": {"steps": 1}}, "Extra inputs"),
    ],
)
def test_settings_that_do_not_fit_are_refused(change, words):
    with pytest.raises(ValidationError, match=words):
        StadionConfig.model_validate(change)
