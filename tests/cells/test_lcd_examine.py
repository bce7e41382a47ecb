"""What is asked of stage 1."""

import numpy as np
import pytest
from scipy import optimize, stats

from causeway import metrics as tables
from causeway.cells.distances import energy_distance
from causeway.cells.lcd.config import Noise, Variant
from causeway.cells.lcd.denoise import denoise
from causeway.cells.lcd.evaluation import Evaluation
from causeway.cells.lcd.examine import examine, state_correlation
from causeway.cells.lcd.negative_binomial import likeliest
from causeway.cells.lcd.regeneration import HALVINGS, regeneration
from causeway.cells.lcd.states import States, read_states, write_states
from causeway.cells.splits import everything, write_splits
from causeway.cells.worlds.drawing import draw_states, draw_world
from causeway.cells.worlds.settings import Counts, LinearWorld, SaturatingWorld
from causeway.errors import InputError
from causeway.hardware import Hardware

WORLD = SaturatingWorld(
    genes=6, singles=4, train_doubles=2, test_doubles=1, cells=40, time=2.0, counts=Counts()
)
NOISE = Noise(
    latent=4,
    hidden=8,
    blocks=1,
    wide_hidden=8,
    wide_blocks=1,
    draws=64,
    batch=16,
    steps=60,
    learning_rate=1e-2,
    warmup=10,
    states=50,
)


@pytest.fixture(scope="module")
def denoised(tmp_path_factory):
    """A folder with all that the step reads."""
    folder = tmp_path_factory.mktemp("denoised")
    screen = draw_world(WORLD, 3)
    screen.write_h5ad(folder / "panel.h5ad")
    write_splits(everything(screen.obs["perturbation"].unique(), 3), folder / "splits.tsv")
    (folder / "resume").mkdir()
    denoise(
        panel=folder / "panel.h5ad",
        splits=folder / "splits.tsv",
        states=folder / "states.npz",
        checkpoint=folder / "noise.ckpt",
        history=folder / "history.parquet",
        noise=NOISE,
        ablation=Variant(),
        hardware=Hardware(accelerator="cpu"),
        split="fold0",
        seed=3,
        threads=1,
        resume=folder / "resume",
    )
    return folder


def examined(denoised, folder, **changed):
    arguments = {
        "panel": denoised / "panel.h5ad",
        "splits": denoised / "splits.tsv",
        "states": denoised / "states.npz",
        "checkpoint": denoised / "noise.ckpt",
        "metrics": folder / "metrics.parquet",
        "source": WORLD,
        "noise": NOISE,
        "ablation": Variant(),
        "settings": Evaluation(target_sum=100),
        "dataset": "toy",
        "split": "fold0",
        "variant": "lcd",
        "seed": 3,
        "threads": 1,
    }
    examine(**(arguments | changed))
    return tables.read([folder / "metrics.parquet"]).set_index("metric")


def test_stage_1_is_examined(denoised, tmp_path):
    found = examined(denoised, tmp_path)
    assert set(found.index) == {
        f"stage1/{name}"
        for name in (
            *("loglik-gain", "regeneration-ratio", "regeneration-distance"),
            *("split-half-upper-end", "state-correlation"),
        )
    }
    environments = 1 + 4 + 3
    assert found.loc["stage1/loglik-gain", "n"] == environments
    assert found.loc["stage1/state-correlation", "n"] == environments - 1
    assert (found["low"] <= found["value"]).all()
    assert (found["value"] <= found["high"]).all()
    again = examined(denoised, tmp_path)
    assert again["value"].equals(found["value"])


def test_states_that_are_wrong_are_found_out(denoised, tmp_path):
    states = read_states(denoised / "states.npz")
    swapped = States(states.genes, states.environments, states.states[::-1], states.measurement)
    write_states(swapped, tmp_path / "states.npz")
    right, wrong = (
        examined(denoised, tmp_path, states=folder / "states.npz")["value"]
        for folder in (denoised, tmp_path)
    )
    assert wrong["stage1/regeneration-ratio"] > right["stage1/regeneration-ratio"]
    assert wrong["stage1/state-correlation"] < right["stage1/state-correlation"]


def test_files_that_do_not_belong_together_are_refused(denoised, tmp_path):
    states = read_states(denoised / "states.npz")
    other = States(["x"] * 6, states.environments, states.states, states.measurement)
    write_states(other, tmp_path / "states.npz")
    with pytest.raises(InputError, match="of another panel or split"):
        examined(denoised, tmp_path, states=tmp_path / "states.npz")
    wider = NOISE.model_copy(update={"hidden": 9})
    with pytest.raises(InputError, match=r"noise\.ckpt.*split or network"):
        examined(denoised, tmp_path, noise=wider)


@pytest.mark.parametrize("world", [WORLD, LinearWorld(genes=5, singles=4, degree=2, cells=30)])
def test_states_are_those_that_were_counted(world):
    world = world.model_copy(update={"counts": Counts(unit_scale=(1e4, 1e4), dropout=(0, 0))})
    counted, states = draw_world(world, 1), draw_states(world, 1)
    assert (counted.obs["perturbation"] == states.obs["perturbation"]).all()
    truth = counted.uns["truth"]
    shown = truth["location"] + truth["scale"] * (states.X - truth["origin"])
    rates = counted.layers["counts"].toarray() / 1e4
    # With so large a unit scale, counts are rates to a percent or so.
    assert np.allclose(rates, np.logaddexp(shown, 0), rtol=0.05, atol=0.05)


def test_the_likeliest_negative_binomial_is_found():
    rng = np.random.default_rng(0)
    counts = np.column_stack(
        [
            rng.negative_binomial(2, 0.3, 200),
            rng.negative_binomial(0.3, 0.05, 200),
            rng.poisson(4, 200),
            np.zeros(200),
        ]
    )
    total = 0.0
    for column in counts.T[:2]:

        def loss(at, column=column):
            size, mean = np.exp(at)
            return -stats.nbinom(size, size / (size + mean)).logpmf(column).sum()

        total -= optimize.minimize(loss, [0.0, np.log(column.mean())], method="Nelder-Mead").fun
    assert likeliest(counts[:, :2]).sum() == pytest.approx(total, abs=1e-3)
    poisson = stats.poisson(counts[:, 2].mean()).logpmf(counts[:, 2]).sum()
    assert likeliest(counts[:, 2:3]).sum() >= poisson - 1e-3
    assert likeliest(counts[:, 3:]) == pytest.approx(0, abs=1e-9)


def test_halves_are_compared_by_the_unbiased_energy_distance():
    rng = np.random.default_rng(1)
    observed = rng.normal(size=(40, 3))
    same = [regeneration(observed, rng.normal(size=(40, 3)), seed).ratio for seed in range(20)]
    assert np.mean(same) < 0.8
    assert max(same) < 3
    far = regeneration(observed, rng.normal(size=(40, 3)) + 1, 0)
    assert far.ratio > 5
    # The mean over halvings is near the distance of whole samples, which is unbiased too.
    made = rng.normal(size=(40, 3)) + 1
    assert regeneration(observed, made, 0).distance == pytest.approx(
        energy_distance(observed, made), rel=0.15
    )
    assert HALVINGS >= 100
    assert regeneration(observed[:39], made[:39], 0).ratio > 5
    with pytest.raises(ValueError, match="four or more"):
        regeneration(observed[:3], made[:3], 0)


def test_states_correlate_by_their_shifts_from_control():
    rng = np.random.default_rng(2)
    true = [rng.normal(size=(1, 4)) + np.zeros((5, 4)) for _ in range(4)]
    origin = rng.normal(size=4)
    known = States(list("abcd"), ["control", "A", "B", "C"], [3 * one + origin for one in true])
    found = state_correlation(known, true)
    assert found.estimate == pytest.approx(1)
    assert found.n == 3
    noisy = [one + rng.normal(size=4) for one in true]
    shifts = [
        np.ravel([one[k].mean(0) - one[0].mean(0) for k in (1, 2, 3)]) for one in (noisy, true)
    ]
    found = state_correlation(States(known.genes, known.environments, noisy), true)
    assert found.estimate == pytest.approx(np.corrcoef(*shifts)[0, 1])
    assert found.low < found.estimate < found.high
