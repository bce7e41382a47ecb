"""A whole plan without Snakemake: sections, work, records and sums."""

import json

import pytest

from causeway.config import resolve
from causeway.cost import counts
from causeway.cost.cluster import Cluster
from causeway.cost.graph import Graph
from causeway.cost.records import read
from causeway.cost.report import make
from causeway.cost.work import work_of
from causeway.systems import systems
from made_up_run import leave

CHAIN = Graph(
    {"lcd_denoise": 320, "lcd_train": 340, "report_claims": 1},
    {"lcd_train": frozenset({"lcd_denoise"}), "report_claims": frozenset({"lcd_train"})},
)


@pytest.fixture
def full(root):
    return resolve(root, {"scale": "full", "systems": ["lcd"]})


def amount(root, config, rule):
    works = work_of("lcd", systems()["lcd"].model_validate(config["lcd"]), counts.read(root))
    chosen = [work for work in works if work.rule == rule]
    return sum(work.amount for work in chosen), sum(work.jobs for work in chosen)


def test_the_cost_of_a_run_is_scaled_by_its_work(root, full, tmp_path):
    demo = resolve(root, {"scale": "demo", "systems": ["lcd"]})
    small, jobs = amount(root, demo, "denoise")
    large, _ = amount(root, full, "denoise")
    logs = tmp_path / "demo" / "lcd" / "logs"
    for number in range(jobs):
        leave(logs / f"denoise_{number}.json", "lcd_denoise", cpu_seconds=2.0)
    made = make(root, full, CHAIN, Cluster(), read(tmp_path / "demo", ["lcd"]))
    found = {cost.rule: cost for cost in made.costs["lcd"]}
    assert found["lcd_denoise"].source == "scaled"
    assert found["lcd_denoise"].cpu_hours == pytest.approx(2 * jobs * large / small / 3600)
    assert found["lcd_train"].cpu_hours is None
    assert made.whole.jobs == 661
    assert "lcd_train" in made.whole.unknown


def test_a_run_that_is_planned_again_costs_what_it_cost(root, tmp_path):
    logs = tmp_path / "demo" / "codelength" / "logs"
    leave(logs / "draw.json", "codelength_draw", cpu_seconds=3.0)
    recorded = read(tmp_path / "demo", ["codelength"])
    graph = Graph({"codelength_draw": 6, "codelength_claims": 1}, {})

    def drawn(scale, **changed):
        config = resolve(root, {"scale": scale, "systems": ["codelength"], **changed})
        return make(root, config, graph, Cluster(), recorded).costs["codelength"][1]

    same, larger = drawn("demo"), drawn("full")
    assert same.cpu_hours == larger.cpu_hours == pytest.approx(18 / 3600)
    assert (same.source, larger.source) == ("measured", "as at demo")
    changed = drawn("demo", codelength={"sources": {"worlds": {"worlds": 7}}})
    assert changed.source == "as at demo"


def test_gpus_bound_a_plan_by_the_longest_chain_or_by_their_number(root, full):
    def whole(nodes):
        cluster = Cluster(nodes=nodes, gpus=1, flops=1e14, utilisation=0.25)
        return make(root, full, CHAIN, cluster).whole

    few, many = whole(1), whole(10**6)
    assert few.bound == "GPUs"
    total = sum(amount(root, full, rule)[0] for rule in ("denoise", "train"))
    assert few.gpu_hours == pytest.approx(total / 2.5e13 / 3600)
    assert few.wall == pytest.approx(total / 2.5e13)
    assert many.bound == "longest chain"
    assert many.gpu_hours == few.gpu_hours
    assert many.wall < few.wall


def test_a_plan_is_json(root, full):
    made = make(root, full, CHAIN, Cluster())
    text = json.dumps(made.plain(), allow_nan=False)
    rules = json.loads(text)["systems"]["lcd"]["rules"]
    assert {rule["rule"]: rule["gpu_hours"] for rule in rules} == {
        "lcd_denoise": None,
        "lcd_train": None,
    }
