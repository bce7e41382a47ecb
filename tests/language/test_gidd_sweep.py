"""Which runs a sweep has, and what their curves cost."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from causeway.language.gidd.curves import curve
from causeway.language.gidd.runs import departures
from causeway.language.gidd.settings import NOISES, SIZES, Network, Plan, Size, Sweep, Training
from causeway.language.gidd.sweep import plans, shares
from causeway.language.gidd.transformer import Transformer
from causeway.language.scaling.flops import flops_per_token, parameters
from causeway.language.scaling.runs import validate

TRAINING = Training(length=128)
SMALL = {"25k": Size(layers=2, width=32, head=16), "442k": Size(layers=4, width=96, head=16)}
SWEEP = Sweep(
    sizes=SMALL,
    budgets=[1e12, 3e12],
    batches=[16],
    rates=[0.2, 0.5],
    seeds=[0, 1, 2],
    repeated=["25k"],
    least_steps=1,
    twins=list(SMALL),
)


def per_token(size):
    return flops_per_token(size.layers, size.width, 128, 0)["flops"]


def test_a_sweep_has_all_its_runs():
    runs = plans(SWEEP, TRAINING)
    # Five types of noise and the twin, two rates, and three seeds of the smaller size.
    assert len(runs) == 6 * 2 * (3 + 1)
    names = [run.name for run in runs]
    assert len(set(names)) == len(names)
    assert "low-uniform.25k.b16.r0.2.s2" in names
    assert "autoregressive.442k.b16.r0.5.s0" in names
    assert "balanced.442k.b16.r0.5.s1" not in names
    by_name = dict(zip(names, runs, strict=True))
    assert by_name["uniform.25k.b16.r0.5.s1"].noise == NOISES["uniform"]
    assert by_name["autoregressive.25k.b16.r0.5.s1"].model == "autoregressive"


def test_a_run_reaches_the_largest_budget_and_is_measured_often():
    for run in plans(SWEEP, TRAINING):
        work = per_token(run.size) * run.batch * 128
        assert 3e12 <= run.steps * work < 1.05 * 3e12
        assert 30 <= run.steps / run.steps_per_epoch <= 50


def test_each_size_is_read_at_its_first_budget():
    sizes = SMALL | {"98k": Size(layers=2, width=64, head=16)}
    sweep = SWEEP.model_copy(
        update={"sizes": sizes, "budgets": [3e11, 3e12], "least_steps": 40, "measurements": 7}
    )
    for run in plans(sweep, TRAINING):
        first = 3e11 / (per_token(run.size) * run.batch * 128)
        assert first >= 40
        # The last reading before the budget is less than one step per measurement before it.
        assert 0 <= first - first // run.steps_per_epoch * run.steps_per_epoch < 8
        assert run.steps_per_epoch <= first


def test_annealed_branches_end_near_the_budgets():
    for run in plans(SWEEP.model_copy(update={"annealed": list(SMALL)}), TRAINING):
        work = per_token(run.size) * run.batch * 128
        # Branches leave between epochs: one in five can end one, of a third of 30 or more.
        assert len(run.annealed) == 2
        assert np.array(run.annealed) * work == pytest.approx([1e12, 3e12], rel=0.25)
        assert list(departures(run, TRAINING)) == run.annealed


def test_jobs_have_equal_work():
    runs = [
        Plan(name=f"run{steps}", size=SMALL["25k"], steps=steps, steps_per_epoch=1)
        for steps in (50, 10, 10, 30, 20)
    ]
    shared = shares(runs, 2, 128)
    assert [sorted(run.steps for run in share) for share in shared] == [[10, 50], [10, 20, 30]]
    assert len(shares(runs, 99, 128)) == 5


def test_repeated_sizes_exist():
    with pytest.raises(ValidationError, match="repeated names 1b"):
        Sweep(repeated=["1b"])


def test_published_sizes_are_those_of_the_sweep():
    runs = {run.name: run for run in plans(Sweep(), Training())}
    assert len(runs) == 5 * 5 * 7 * 6
    assert runs["masked.25m.b64.r0.3.s0"].size == SIZES["25m"]


def history(nats):
    steps = [50 * (number + 1) for number in range(len(nats))]
    measured = pd.DataFrame({"step": steps, "epoch": 0, "metric": "valid/nats", "value": nats})
    other = measured.assign(metric="train/nats", value=9.0)
    return pd.concat([other, measured])


def test_curves_are_a_table_of_runs():
    plan = Plan(name="a", size=SMALL["25k"], batch=16, steps=150, steps_per_epoch=50)
    told = {"length": 128, "vocabulary": 66}
    masked = curve(history([3.0, 2.0, 1.5]), plan, kind="masked", **told)
    other = plan.model_copy(update={"name": "b"})
    table = validate(pd.concat([masked, curve(history([3.0]), other, kind="uniform", **told)]))
    assert table["tokens"].tolist() == [n * 16 * 128 for n in (50, 100, 150, 50)]
    assert table["loss"].tolist() == [3.0, 2.0, 1.5, 3.0]
    assert table["noise"].tolist() == [*["masked"] * 3, "uniform"]
    assert (table["batch"] == 16 * 128).all()
    per_token = flops_per_token(2, 32, 128, 66)
    assert table["flops"].iloc[0] == per_token["flops"] * 50 * 16 * 128
    assert table["flops_with_head"].iloc[2] == per_token["flops_with_head"] * 150 * 16 * 128


def test_published_sizes_cost_what_the_study_says():
    # Parameters without embedding and head, and M / (6 P) at T = 2048.
    for name, millions, ratio in (("25m", 25.2, 1.67), ("567m", 566.7, 1.22)):
        size = SIZES[name]
        assert parameters(size.layers, size.width) / 1e6 == pytest.approx(millions, rel=2e-3)
        counts = flops_per_token(size.layers, size.width, 2048, 131_072)
        assert counts["flops"] / counts["flops_6p"] == pytest.approx(ratio, abs=0.005)


def test_weights_of_a_network_are_counted_as_scaling_laws_count_them():
    size = SMALL["442k"]
    made = Transformer(9, 8, size, Network())
    weights = sum(matrix.numel() for matrix in made.hidden_matrices())
    assert weights == parameters(size.layers, size.width)
