"""The steps of LCD, each once, on small worlds."""

from types import SimpleNamespace

import anndata
import numpy as np
import pandas as pd
import pytest
import torch

from causeway import memory
from causeway.cells.labels import CONTROL
from causeway.cells.lcd.batches import StepData
from causeway.cells.lcd.config import Levels, Network, Noise, Sampling, Training, Variant
from causeway.cells.lcd.denoise import denoise
from causeway.cells.lcd.model import load
from causeway.cells.lcd.module import build
from causeway.cells.lcd.sample import sample
from causeway.cells.lcd.states import Measurement, States, read_states, write_states
from causeway.cells.lcd.train import train
from causeway.cells.lcd.training_cells import read_split
from causeway.cells.splits import random_doubles, write_splits
from causeway.cells.worlds.saturating import saturating_world
from causeway.cells.worlds.settings import Counts, SaturatingWorld
from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.schedules import cosine

CPU = Hardware(accelerator="cpu")
NETWORK = Network(hidden=8, embedding=4, levels=Levels(count=4))
TRAINING = Training(steps=6, batch=16)
NOISE = Noise(
    latent=4,
    hidden=8,
    blocks=1,
    wide_hidden=8,
    wide_blocks=1,
    draws=16,
    batch=8,
    steps=6,
    warmup=2,
    states=20,
)
SAMPLING = Sampling(steps=3, step_size=1e-5, samples=5, decodings=2)


@pytest.fixture(params=[False, True], ids=["states", "counts"])
def place(request, tmp_path):
    """A folder with the panel and the splits of a world of 5 genes."""
    world = SaturatingWorld(
        genes=5,
        singles=4,
        train_doubles=3,
        test_doubles=1,
        cells=12,
        parents=2,
        time=1.0,
        counts=Counts() if request.param else None,
    )
    screen = saturating_world(world, 0)
    screen.write_h5ad(tmp_path / "panel.h5ad")
    labels = screen.obs["perturbation"].unique().tolist()
    write_splits(random_doubles(labels, folds=1, share=0.25, seed=0), tmp_path / "splits.tsv")
    (tmp_path / "resume").mkdir()
    return tmp_path


def given(place):
    return {"panel": place / "panel.h5ad", "splits": place / "splits.tsv", "split": "fold0"}


def run_denoise(place, resume="resume"):
    denoise(
        **given(place),
        states=place / "states.npz",
        checkpoint=place / "noise.ckpt",
        history=place / "noise.parquet",
        noise=NOISE,
        ablation=Variant(),
        hardware=CPU,
        seed=0,
        threads=1,
        resume=place / resume,
    )


def run_train(place, states=(), ablation=None):
    (place / "resume2").mkdir(exist_ok=True)
    train(
        **given(place),
        states=list(states),
        checkpoint=place / "model.ckpt",
        history=place / "history.parquet",
        network=NETWORK,
        training=TRAINING,
        ablation=ablation or Variant(),
        hardware=CPU,
        seed=0,
        threads=1,
        resume=place / "resume2",
    )


def test_from_panel_to_predictions(place):
    panel = anndata.read_h5ad(place / "panel.h5ad")
    counted = "counts" in panel.layers
    if counted:
        run_denoise(place)
        states = read_states(place / "states.npz")
        assert states.environments[0] == CONTROL
        assert np.stack(states.states).shape == (len(states.environments), 20, 5)
    run_train(place, [place / "states.npz"] if counted else [])
    history = pd.read_parquet(place / "history.parquet")
    assert history["step"].tolist() == [1, 2, 3, 4, 5, 6]
    sample(
        **given(place),
        checkpoint=place / "model.ckpt",
        predictions=place / "predictions.h5ad",
        settings=SAMPLING,
        hardware=CPU,
        seed=0,
        threads=1,
    )
    answer = anndata.read_h5ad(place / "predictions.h5ad")
    table = pd.read_csv(place / "splits.tsv", sep="\t")
    held_out = table.loc[table["role"] == "test", "perturbation"].tolist()
    assert answer.obs["perturbation"].unique().tolist() == held_out
    assert answer.n_obs == (10 if counted else 5) * len(held_out)
    assert answer.var_names.equals(panel.var_names)
    assert ("counts" in answer.layers) == counted
    if counted:
        sums = np.expm1(answer.X.toarray()).sum(1)
        control = panel[panel.obs["perturbation"] == CONTROL]
        typical = np.median(np.expm1(control.X.toarray()).sum(1))
        assert np.allclose(sums[sums > 0], typical, rtol=1e-3)


@pytest.mark.parametrize("place", [True], indirect=True)
def test_counts_without_states_are_refused(place):
    with pytest.raises(InputError, match="has counts, but no states"):
        run_train(place)


@pytest.mark.parametrize("place", [True], indirect=True)
def test_counts_that_do_not_fit_are_refused_before_they_are_made(place, monkeypatch):
    split = read_split(**given(place))
    cells = sum(map(len, split.counts()))
    # Zeros are not stored, but they are trained on.
    monkeypatch.setattr(memory, "available", lambda: 4 * 5 * cells)
    with pytest.raises(InputError, match=rf"panel.*{cells} training cells by 5 genes.*quality"):
        split.counts()


@pytest.mark.parametrize("place", [False], indirect=True)
def test_states_are_not_denoised(place):
    with pytest.raises(InputError, match="no layer of counts"):
        run_denoise(place)


@pytest.mark.parametrize("place", [True], indirect=True)
def test_states_of_another_split_are_refused(place):
    measurement = Measurement(np.ones(5, np.float32), np.zeros(5, np.float32))
    other = States(list("abcde"), [CONTROL], [np.zeros((3, 5), np.float32)], measurement)
    write_states(other, place / "states.npz")
    with pytest.raises(InputError, match="of another split"):
        run_train(place, [place / "states.npz"])


def test_a_broken_file_of_states_is_named(tmp_path):
    path = tmp_path / "states.npz"
    path.write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="not a file of states"):
        read_states(path)


@pytest.mark.parametrize("place", [False], indirect=True)
@pytest.mark.parametrize("ablation", [{"drift": "simple"}, {"injection": "multiplicative"}])
def test_a_model_is_whole_in_its_checkpoint(place, ablation):
    run_train(place, ablation=Variant(**ablation))
    model = load(place / "model.ckpt")
    assert model.settings["variant"] == Variant(**ablation).model_dump()
    assert bool(model.drift.trained.all())
    states = model.states(["g000"] if "g000" in model.drift.tokens else [CONTROL], SAMPLING, None)
    assert torch.isfinite(states).all()


def test_batches_do_not_depend_on_what_came_before():
    states = States(["a", "b"], [CONTROL, "a"], [np.random.randn(9, 2).astype("f4")] * 2)
    module = build(states, ["a"], NETWORK, Variant(), TRAINING, 0, 1)
    module.log = lambda *_, **__: None
    first = float(module.training_step(3).detach())
    module.training_step(1)
    assert float(module.training_step(3).detach()) == first


def test_the_drift_decays_as_it_is_told():
    states = States(["a", "b"], [CONTROL, "a"], [np.ones((9, 2), "f4")] * 2)
    training = TRAINING.model_copy(update={"weight_decay": 0.7})
    optimizer = build(states, ["a"], NETWORK, Variant(), training, 0, 1).configure_optimizers()
    assert optimizer["optimizer"].param_groups[0]["weight_decay"] == 0.7


def test_step_sizes_rise_and_fall():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    schedule = cosine(optimizer, steps=30, warmup=10)
    sizes = []
    for _ in range(31):
        sizes += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    assert sizes[:11] == pytest.approx(np.linspace(0, 2, 11))
    assert sizes[20] == pytest.approx(1)
    assert sizes[30] == pytest.approx(0)


def test_epochs_cover_all_steps_once():
    for steps in (1, 7, 50, 51, 120):
        data = StepData(steps)
        made = []
        data.trainer = SimpleNamespace(global_step=0)
        for _ in range(data.epochs):
            made += list(data.train_dataloader())
            data.trainer.global_step = len(made)
        assert made == list(range(steps))
        assert data.epochs <= 50
