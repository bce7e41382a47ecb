"""Prices, sums and bounds of a plan, by hand."""

import pytest

from causeway.cluster.asked import Asked
from causeway.cost.cluster import Cluster
from causeway.cost.estimate import Pricing, cost, total
from causeway.cost.graph import parse
from causeway.cost.records import Recorded, read
from causeway.cost.table import row, rule_row
from causeway.cost.work import FLOP, Rate, Work
from causeway.errors import InputError
from made_up_run import leave

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


def recorded(jobs=2, seconds=20.0, **given):
    return Recorded(
        **{
            "scale": "demo",
            "rule": "toy_train",
            "jobs": jobs,
            "cpu_seconds": seconds,
            "longest": 15.0,
            "peak_bytes": 10**9,
            "written": 4 * 10**6,
        }
        | given
    )


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
    before = {"toy_train": [Work("train", 100, FLOP, 2)]}
    given = pricing(records={"toy_train": recorded()}, before=before)
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
    given = pricing(records={"toy_train": recorded(jobs)}, before={"toy_train": works})
    found = cost("toy_train", 2, [Work("train", 1, FLOP, 2)], given)
    assert found.cpu_hours == pytest.approx(20 / jobs * 2 / 3600)
    assert found.source == "as at demo"
    assert found.notes == ("nothing tells how fast it is",)


def test_rules_that_nothing_counts_cost_what_their_recorded_jobs_took_each():
    given = pricing(records={"toy_train": recorded(seconds=3600.0)})
    found = cost("toy_train", 10, [], given)
    assert (found.cpu_hours, found.longest, found.memory, found.written) == (5.0, 15.0, 1e9, 2e7)
    assert found.missing == ()
    assert rule_row(found)[2:] == ["5 †", "–", "15 s †", "1.0 GB †", "as at demo †", ""]
    summed = total("toy", [found], parse(DOT), Cluster(), (0, []))
    assert row(summed)[3:] == [
        "20 MB †", "5 †", "–", "1.0 GB †", "2.5 h †", "cores",
    ]  # fmt: skip
    gpu = Cluster(gpus=1, flops=1, utilisation=1)
    works = [Work("draw", 2e6, FLOP, 2, accelerated=True, at_most=frozenset({"amount"}))]
    mixed = row(
        total("toy", [found, cost("toy_draw", 2, works, pricing(gpu))], parse(DOT), gpu, (0, []))
    )
    assert (mixed[4], mixed[5], mixed[7]) == ("5 †", "≤ 556 *", "≤ 23.1 d *")
    other = cost("toy_draw", 1, [], given)
    assert not other.known
    assert row(total("toy", [found, other], parse(DOT), Cluster(), (0, [])))[4] == "5 † + ?"


def test_records_of_the_planned_configuration_are_measured():
    given = pricing(records={"toy_train": recorded()}, same=frozenset({"toy_train"}))
    found = cost("toy_train", 2, [], given)
    assert (found.source, found.unscaled) == ("measured", ())
    assert "†" not in "".join(rule_row(found))
    reasons = [Work("train", None, FLOP, 2, missing="why")]
    assert cost("toy_train", 2, reasons, given) == found


def test_records_fill_what_a_count_leaves_open_and_nothing_else():
    given = pricing(records={"toy_train": recorded()})
    found = cost("toy_train", 2, [Work("train", 72_000, "files", 2, FAST, written=7)], given)
    assert (found.cpu_hours, found.source, found.written) == (2.0, "measured", 7)
    assert (found.memory, found.unscaled) == (1e9, ("memory",))
    gpu = Cluster(gpus=1, flops=100, utilisation=0.5)
    train = [Work("train", 3600 * 50, FLOP, 2, accelerated=True)]
    on_gpu = cost("toy_train", 2, train, pricing(gpu, records={"toy_train": recorded()}))
    assert (on_gpu.gpu_hours, on_gpu.cpu_hours, on_gpu.memory) == (1.0, None, None)
    assert row(total("toy", [on_gpu], parse(DOT), gpu, (0, [])))[6] == "unknown"


def test_records_that_do_not_tell_all_leave_a_mark():
    cut = pricing(records={"toy_train": recorded(resumed=1, written=None)})
    found = cost("toy_train", 2, [], cut)
    assert found.missing == ("1 of the recorded jobs tell of their last start alone",)
    summed = total("toy", [found], parse(DOT), Cluster(), (0, []))
    assert row(summed)[3] == "unknown"
    assert row(summed)[4].endswith("† + ?")


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
    run = tmp_path / "demo"
    logs = run / "toy" / "logs"
    for name, seconds, peak in (("a", 2.5, 10), ("b", 4.0, 30)):
        leave(logs / f"{name}.json", "toy_train", cpu_seconds=seconds, peak_rss_bytes=peak)
    found = read(run, ["toy", "other"])
    assert list(found) == ["toy_train"]
    one = found["toy_train"]
    assert (one.scale, one.jobs, one.cpu_seconds, one.peak_bytes) == ("demo", 2, 6.5, 30)
    assert (one.longest, one.written, one.resumed) == (3.0, 14, 0)
    assert one.machine == "toy, 2 cores, 8.0 GB of memory"
    leave(logs / "b.json", "toy_train", resumed=True, outputs={"x": {"modified": 1.0}})
    again = read(run, ["toy"])["toy_train"]
    assert (again.written, again.resumed) == (None, 1)
    (logs / "c.json").write_text("{}")
    with pytest.raises(InputError, match=r"c\.json: is no record"):
        read(run, ["toy"])
    with pytest.raises(InputError, match="there is no such run"):
        read(tmp_path / "nowhere", ["toy"])
