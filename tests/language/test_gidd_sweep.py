"""Which runs a sweep has, and what their curves cost."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from causeway.language.gidd.costs import cost
from causeway.language.gidd.curves import at_budgets, curve
from causeway.language.gidd.runs import departures
from causeway.language.gidd.settings import NOISES, SIZES, Plan, Size, Sweep, Training
from causeway.language.gidd.sweep import plans, shares

TRAINING = Training(length=128)
SMALL = {"25k": Size(layers=2, width=32, head=16), "442k": Size(layers=4, width=96, head=16)}
SWEEP = Sweep(
    sizes=SMALL,
    budgets=[1e12, 3e12],
    batches=[16],
    rates=[0.2, 0.5],
    seeds=[0, 1, 2],
    repeated=["25k"],
    twins=True,
)


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
        work = cost(run.size, 128, 0).attention * run.batch * 128
        assert 3e12 <= run.steps * work < 1.05 * 3e12
        assert 30 <= run.steps / run.steps_per_epoch <= 50


def test_annealed_branches_end_near_the_budgets():
    for run in plans(SWEEP.model_copy(update={"annealed": True}), TRAINING):
        work = cost(run.size, 128, 0).attention * run.batch * 128
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
    run = plans(Sweep(batches=[64], rates=[0.3]), Training())[0]
    assert run.size == SIZES["25m"]
    assert run.name == "masked.25m.b64.r0.3.s0"


def history(nats):
    steps = [50 * (number + 1) for number in range(len(nats))]
    measured = pd.DataFrame({"step": steps, "epoch": 0, "metric": "valid/nats", "value": nats})
    other = measured.assign(metric="train/nats", value=9.0)
    return pd.concat([other, measured])


def test_curves_cost_what_their_tokens_cost():
    plan = Plan(name="a", size=SMALL["25k"], batch=16, steps=150, steps_per_epoch=50)
    found = curve(history([3.0, 2.0, 1.5]), plan, length=128, vocabulary=66)
    assert found["tokens"].tolist() == [50 * 16 * 128, 100 * 16 * 128, 150 * 16 * 128]
    assert found["nats"].tolist() == [3.0, 2.0, 1.5]
    per_token = cost(SMALL["25k"], 128, 67)
    assert found["flops_attention"].iloc[0] == per_token.attention * 50 * 16 * 128
    assert found["flops_complete"].iloc[2] == per_token.complete * 150 * 16 * 128
    assert found["parameters"].iloc[0] == 12 * 2 * 32**2


def test_budgets_are_read_within_the_curve():
    # Nats fall by one per decade: what lies between is known.
    work = np.array([1e3, 1e4, 1e5])
    table = pd.DataFrame(
        {"run": "a", "tokens": work / 10, "parameters": 7, "nats": [5.0, 4, 3], "flops": work}
    )
    budgets = {"low": 1e2, "middle": 10**3.5, "high": 1e5, "beyond": 2e5}
    found = at_budgets(table, budgets, "flops")
    assert found["budget"].tolist() == ["middle", "high"]
    assert found["nats"].tolist() == pytest.approx([4.5, 3])
    assert found["tokens"].tolist() == pytest.approx([10**2.5, 1e4])
    assert at_budgets(table.iloc[:0], budgets, "flops").empty
