"""What a cluster has, and whether a run fits into it."""

from datetime import timedelta
from math import inf

import pytest

from causeway.cluster.partitions import Node, chosen, parse_partitions
from causeway.cluster.preflight import Request, check, room
from causeway.cluster.spans import span
from causeway.errors import InputError

SINFO = [
    "cpu*|n1|64|256000|(null)|7-00:00:00",
    "cpu*|n2|128|512000+|(null)|7-00:00:00",
    "gpu|g1|32|128000|gpu:a100:4(S:0-1),nvme:1|1-00:00:00",
    "debug|n1|64|256000|(null)|30:00",
    "endless|n1|64|256000|(null)|infinite",
]
PARTITIONS = parse_partitions(SINFO)


def request(**changes):
    asked = {
        "rules": ("train",),
        "group": None,
        "partition": "cpu",
        "account": None,
        "cpus": 1,
        "mem_mb": 1000,
        "gpus": 0,
        "minutes": 10,
        "nodes": 1,
    }
    return Request(**(asked | changes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30", timedelta(minutes=30)),
        ("4:05", timedelta(minutes=4, seconds=5)),
        ("0:30", timedelta(seconds=30)),
        ("1:00:00", timedelta(hours=1)),
        ("2-12", timedelta(days=2, hours=12)),
        ("2-12:30", timedelta(days=2, hours=12, minutes=30)),
        ("2-03:04:05", timedelta(days=2, hours=3, minutes=4, seconds=5)),
        ("UNLIMITED", None),
        ("infinite", None),
        ("INVALID", None),
        ("2-", None),
        ("1:2:3:4", None),
    ],
)
def test_spans_are_read_as_slurm_writes_them(text, expected):
    assert span(text) == expected


def test_partitions_are_read():
    assert list(PARTITIONS) == ["cpu", "gpu", "debug", "endless"]
    assert PARTITIONS["cpu"].default
    assert PARTITIONS["cpu"].nodes == [Node(64, 256_000, 0), Node(128, 512_000, 0)]
    assert PARTITIONS["cpu"].memory(cpus=64, gpus=0, nodes=1) == 512_000
    assert PARTITIONS["cpu"].memory(cpus=64, gpus=0, nodes=2) == 256_000
    assert PARTITIONS["cpu"].memory(cpus=65, gpus=0, nodes=2) == -inf
    assert PARTITIONS["gpu"].nodes == [Node(32, 128_000, 4)]
    assert PARTITIONS["debug"].minutes == 30


def test_a_job_without_a_partition_goes_to_the_default():
    assert chosen(None, PARTITIONS) == [PARTITIONS["cpu"]]
    assert chosen("gpu,debug", PARTITIONS) == [PARTITIONS["gpu"], PARTITIONS["debug"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"mem_mb": 512_000, "cpus": 128},
        {"partition": "gpu", "gpus": 4, "minutes": 24 * 60},
        {"partition": "gpu,cpu", "minutes": 7 * 24 * 60},
        {"partition": "endless", "minutes": 10**6},
        {"partition": None, "nodes": 2, "cpus": 64},
    ],
)
def test_what_fits_passes(changes):
    check([request(**changes)], PARTITIONS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mem_mb": 600_000}, r"rule train asks 1 CPUs, 600000 MB .* cpu has 1 x \(64 CPUs"),
        ({"gpus": 1}, r"1 GPUs, but partition cpu .* hardware\.accelerator: cpu"),
        ({"nodes": 2, "cpus": 65}, "on each of 2 nodes"),
        ({"minutes": 31, "partition": "debug"}, "asks 31 minutes, but partition debug allows 30"),
        # The node with the memory is not in the partition with the GPUs.
        ({"partition": "gpu,cpu", "gpus": 1, "mem_mb": 500_000}, "partition gpu,cpu has"),
        ({"partition": "PARTITION"}, r"slurm_partition: .* no partition 'PARTITION'.* of cpu, de"),
    ],
)
def test_what_would_wait_for_ever_is_told(changes, message):
    with pytest.raises(InputError, match=message):
        check([request(), request(**changes)], PARTITIONS)


def test_all_rules_that_ask_too_much_are_told_at_once():
    with pytest.raises(InputError, match=r"rule a .*; rule b ") as caught:
        check([request(rules=(name,), cpus=999) for name in ("a", "b", "a")], PARTITIONS)
    assert str(caught.value).count("rule a") == 1
    assert "group" not in str(caught.value)


def test_a_group_that_asks_too_much_is_told_with_its_rules():
    grouped = request(rules=("draw", "judge"), group="ends", cpus=999)
    with pytest.raises(InputError, match="group ends of rules draw, judge asks 999") as caught:
        check([grouped], PARTITIONS)
    assert "group-components" in str(caught.value)
    assert "set-resources" not in str(caught.value)


UNEVEN = parse_partitions(
    [
        "mixed*|big|64|500000|(null)|10:00:00",
        "mixed*|g1|64|20000|gpu:1|10:00:00",
        "mixed*|g2|64|18000|gpu:1|10:00:00",
        "brief|n1|64|900000|(null)|1:00:00",
    ]
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gpus": 1, "mem_mb": 16_000}, (1.25, 60)),
        ({"gpus": 1, "mem_mb": 16_000, "nodes": 2}, (1.125, 60)),
        ({"mem_mb": 16_000}, (31.25, 60)),
        # The long time and the large memory are not in the same place.
        ({"partition": "brief,mixed", "mem_mb": 250_000, "minutes": 40}, (2, 15)),
        ({"partition": "brief,mixed", "mem_mb": 500_000, "minutes": 40}, (1.8, 1.5)),
        ({"partition": "brief,mixed", "mem_mb": 1000, "minutes": 300}, (500, 2)),
    ],
)
def test_what_grows_as_far_as_it_may_still_fits(changes, expected):
    asked = request(**({"partition": "mixed"} | changes))
    times = room(asked, UNEVEN)
    assert times == pytest.approx(expected)
    for attempt in (1, 2, 3):
        memory, time = (min(attempt, limit) for limit in times)
        grown = {"mem_mb": int(asked.mem_mb * memory), "minutes": int(asked.minutes * time)}
        check([asked._replace(**grown)], UNEVEN)


def test_a_cluster_without_a_default_wants_a_name():
    with pytest.raises(InputError, match="no default partition"):
        chosen(None, parse_partitions(SINFO[2:]))
