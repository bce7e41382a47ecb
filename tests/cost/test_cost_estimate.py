"""Prices, sums and bounds of a plan, by hand."""

import json

import pytest

from causeway.cluster.asked import Asked
from causeway.cost.cluster import Cluster
from causeway.cost.estimate import Pricing, cost, total
from causeway.cost.graph import parse
from causeway.cost.records import Recorded, read
from causeway.cost.table import row, rule_row
from causeway.cost.work import FLOP, Rate, Work
from causeway.errors import InputError

FAST = Rate("any", "things", lambda report: report["speed"])
DOT = """digraph snakemake_dag {
    0[label = "all", color = "0.0 0.6 0.8", style="rounded"];
    1[label = "toy_draw", color = "0.3 0.6 0.8", style="rounded"];
    2[label = "toy_train\\nseed: 0", color = "0.5 0.6 0.8", style="rounded"];
    3[label = "toy_train\\nseed: 1", color = "0.5 0.6 0.8", style="rounded"];
    4[label = "toy_fetch", color = "0.5 0.6 0.8", style="rounded,dashed"];
    1 -> 0
    2 -> 1
    3 -> 1
    4 -> 2
    4 -> 3
}
"""


def pricing(cluster=None, **given):
    return Pricing(cluster or Cluster(), lambda rate: rate.read({"speed": 10.0}), **given)


def test_jobs_and_order_are_read_from_snakemakes_graph():
    graph = parse(DOT)
    assert graph.jobs == {"toy_draw": 1, "toy_train": 2, "toy_fetch": 1}
    assert graph.before["toy_draw"] == {"toy_train"}
    assert graph.before["toy_train"] == {"toy_fetch"}
    assert graph.longest({"toy_fetch": 5, "toy_train": 100, "toy_draw": 1}) == 106
    assert graph.longest({}) == 0


def test_measured_rates_give_processor_hours():
    found = cost("toy_train", 2, [Work("train", 72_000, "files", 2, FAST)], pricing())
    assert (found.cpu_hours, found.gpu_hours, found.longest) == (2.0, None, 3600.0)
    assert found.source == "measured"
    assert found.missing == ()


def test_gpus_take_operations_of_trainings_and_nothing_else():
    cluster = Cluster(gpus=1, flops=100, utilisation=0.5)
    train = Work("train", 3600 * 50 * 4, FLOP, 4, FAST, longest=3600 * 50 * 3, accelerated=True)
    found = cost("toy_train", 4, [train], pricing(cluster))
    assert (found.cpu_hours, found.gpu_hours, found.longest) == (None, 4.0, 3 * 3600.0)
    assert found.source == "assumed"
    assert "4 *" in rule_row(found)
    files = Work("train", 36_000, "files", 1, FAST, accelerated=True)
    assert cost("toy_train", 1, [files], pricing(cluster)).gpu_hours is None


def test_twice_the_work_is_twice_the_hours():
    once, twice = (
        cost("toy_train", 1, [Work("train", amount, FLOP, 1, FAST)], pricing()).cpu_hours
        for amount in (1e6, 2e6)
    )
    assert twice == 2 * once


def test_what_is_not_known_stays_unknown():
    found = cost("toy_train", 1, [Work("train", None, FLOP, 1, FAST, missing="why")], pricing())
    assert (found.cpu_hours, found.gpu_hours, found.missing) == (None, None, ("why",))
    assert "unknown" in rule_row(found)
    assert cost("toy_draw", 1, [], pricing()).cpu_hours is None
    slow = cost("toy_train", 1, [Work("train", 5, FLOP, 1)], pricing())
    assert slow.cpu_hours is None
    assert slow.missing
    with pytest.raises(ValueError, match="say why"):
        Work("train", None, FLOP, 1)


def test_a_part_that_is_unknown_makes_the_rest_a_lower_bound():
    parts = [Work("train", 36_000, FLOP, 1, FAST), Work("train", None, FLOP, 1, missing="why")]
    graph = parse(DOT)
    costs = [cost("toy_train", 2, parts, pricing())]
    found = total("toy", costs, graph, Cluster(), (0, []))
    assert found.cpu_hours == 1
    assert row(found)[4] == "1 + ?"
    bound = Work("train", 36_000, FLOP, 2, FAST, at_most=frozenset({"amount"}))
    assert rule_row(cost("toy_train", 2, [bound], pricing()))[2] == "≤ 1"
    jobs_left = cost("toy_train", 2, [Work("train", 1, FLOP, 1, FAST)], pricing())
    assert jobs_left.missing == ("some jobs are not counted",)


def test_records_are_scaled_by_the_work_that_is_linear():
    records = {"toy_train": Recorded(jobs=2, cpu_seconds=20.0, peak_bytes=1)}
    before = {"toy_train": [Work("train", 100, FLOP, 2)]}
    given = pricing(records=records, before=before)
    found = cost("toy_train", 2, [Work("train", 36_000, FLOP, 2)], given)
    assert (found.cpu_hours, found.longest, found.source) == (2.0, 3600.0, "scaled")


@pytest.mark.parametrize(
    ("jobs", "works"),
    [
        (1, [Work("train", 100, FLOP, 2)]),
        (2, [Work("train", 100, "files", 2)]),
        (2, [Work("train", 100, FLOP, 1), Work("train", None, FLOP, 1, missing="why")]),
        (2, []),
    ],
    ids=["half a run", "another unit", "a part unknown", "no work"],
)
def test_records_whose_work_is_not_known_are_not_scaled(jobs, works):
    given = pricing(records={"toy_train": Recorded(jobs, 20.0, 1)}, before={"toy_train": works})
    assert cost("toy_train", 2, [Work("train", 1, FLOP, 2)], given).cpu_hours is None


def test_wall_time_is_the_largest_bound():
    graph = parse(DOT)
    works = [Work("train", 7_200_000, FLOP, 2, FAST)]
    costs = [cost("toy_train", 2, works, pricing())]
    raw = (8 * 10**9, [])
    wide = total("toy", costs, graph, Cluster(nodes=100), raw)
    assert (wide.bound, wide.wall) == ("longest chain", 360_000.0)
    narrow = total("toy", costs, graph, Cluster(cores=1), raw)
    assert (narrow.bound, narrow.wall) == ("cores", 720_000.0)
    far = total("toy", costs, graph, Cluster(nodes=100, bandwidth=1e3), raw)
    assert (far.bound, far.wall) == ("fetching", 64e6)


def test_jobs_that_fit_nowhere_are_told():
    work = Work("train", 1, FLOP, 1, FAST, accelerated=True, memory=50e9)
    small = cost("toy_train", 1, [work], pricing(Cluster(memory=40)))
    assert "does not fit into memory" in small.notes
    gpu = Cluster(memory=40, gpus=1, gpu_memory=80, flops=1, utilisation=1)
    assert cost("toy_train", 1, [work], pricing(gpu)).notes == ()


GPU = Cluster(gpus=1, flops=1, utilisation=1)


@pytest.mark.parametrize(
    ("cluster", "work", "asked", "told"),
    [
        (Cluster(), {"memory": 9e9}, Asked(8000, None, 1), "8.0 GB"),
        (Cluster(), {"memory": 8e9}, Asked(8000, None, 1), None),
        (Cluster(), {"memory": 9e9}, Asked(None, None, 1), None),
        (GPU, {"memory": 9e9}, Asked(8000, None, 1), None),
        (GPU, {"memory": 9e9, "host": 9e9}, Asked(8000, None, 1), "8.0 GB"),
        (GPU, {"amount": 7201.0}, Asked(1000, 120, 1), "2.0 h"),
        (GPU, {"amount": 7201.0}, Asked(1000, 60, 2), "2 times 1.0 h"),
        (GPU, {"amount": 7200.0}, Asked(1000, 60, 2), None),
        (GPU, {"amount": 10.0, "longest": 7201.0}, Asked(1000, 60, 2), "2 times 1.0 h"),
        (GPU, {"amount": 7201.0, "host": 9e9}, Asked(8000, 60, 2), "8.0 GB and 2 times 1.0 h"),
    ],
)
def test_what_asks_a_queue_for_too_little_is_told(cluster, work, asked, told):
    one = Work(
        **{"rule": "train", "amount": 1.0, "unit": FLOP, "jobs": 1} | work, accelerated=True
    )
    found = cost("toy_train", 1, [one], pricing(cluster), asked)
    assert found.notes == ((f"asks a queue for {told}",) if told else ())


def test_records_of_jobs_are_added_up(tmp_path):
    logs = tmp_path / "toy" / "logs"
    logs.mkdir(parents=True)
    for name, seconds, peak in (("a", 2.5, 10), ("b", 4.0, 30)):
        record = {"rule": "toy_train", "cpu_seconds": seconds, "peak_rss_bytes": peak}
        (logs / f"{name}.json").write_text(json.dumps(record))
    assert read(tmp_path, ["toy", "other"]) == {"toy_train": Recorded(2, 6.5, 30)}
    (logs / "c.json").write_text("{}")
    with pytest.raises(InputError, match=r"c\.json: is no record"):
        read(tmp_path, ["toy"])
    with pytest.raises(InputError, match="there is no such run"):
        read(tmp_path / "nowhere", ["toy"])
