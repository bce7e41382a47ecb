"""What a cluster has: partitions and their nodes."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from math import inf
from typing import NamedTuple

from causeway.cluster.commands import ask
from causeway.cluster.spans import span
from causeway.errors import InputError

FIELDS = "%P|%N|%c|%m|%G|%l"
"""For sinfo: partition, node, processors, MB of memory, devices, time limit."""

PROFILE = "profiles/slurm/config.yaml"


class Node(NamedTuple):
    """Size of a node."""

    cpus: int
    mem_mb: int
    gpus: int


class Partition(NamedTuple):
    """Nodes that take jobs of one kind, and the longest time in minutes that a job may ask."""

    name: str
    default: bool
    minutes: float
    nodes: list[Node]

    def memory(self, cpus: int, gpus: int, nodes: int) -> float:
        """MB that each of so many nodes has, all with at least these processors and GPUs.

        Minus infinity where there are not so many.
        """
        fit = (node.mem_mb for node in self.nodes if node.cpus >= cpus and node.gpus >= gpus)
        return min(sorted(fit, reverse=True)[nodes - 1 : nodes], default=-inf)


def read_partitions() -> dict[str, Partition]:
    """Ask sinfo for the partitions by name.

    Raises
    ------
    InputError
        If there is no sinfo or it has no answer.
    """
    return parse_partitions(ask("sinfo", "--noheader", "--Node", f"--format={FIELDS}"))


def parse_partitions(lines: Iterable[str]) -> dict[str, Partition]:
    """Gather the lines of sinfo, one per node and partition, in the format ``FIELDS``."""
    found: dict[str, Partition] = {}
    for line in lines:
        starred, _, cpus, memory, devices, limit = line.strip().split("|")
        name = starred.rstrip("*")
        longest = span(limit)
        minutes = inf if longest is None else longest / timedelta(minutes=1)
        partition = found.setdefault(name, Partition(name, starred.endswith("*"), minutes, []))
        # A plus sign marks the smallest of several.
        processors, megabytes = (int(text.rstrip("+")) for text in (cpus, memory))
        partition.nodes.append(Node(processors, megabytes, count_gpus(devices)))
    return found


def count_gpus(devices: str) -> int:
    """Count the GPUs of a list such as ``gpu:a100:4(S:0-1),nvme:1``."""
    return sum(map(int, re.findall(r"(?:^|,)gpu(?::[^:,()]+)?:(\d+)", devices)))


def chosen(names: str | None, partitions: Mapping[str, Partition]) -> list[Partition]:
    """Partitions that a job may go to: those named, or the default of the cluster.

    Parameters
    ----------
    names
        Names joined by commas, if any is given.
    partitions
        Partitions of the cluster by name.

    Raises
    ------
    InputError
        If one is unknown, or none is given and the cluster has no default.
    """
    where = f"{PROFILE}: default-resources.slurm_partition"
    remedy = f"Give one of {', '.join(sorted(partitions)) or 'none: the cluster has no nodes'}"
    if names is None:
        default = [partition for partition in partitions.values() if partition.default]
        if not default:
            raise InputError(where, "the cluster has no default partition", remedy)
        return default
    for name in names.split(","):
        if name not in partitions:
            raise InputError(where, f"the cluster has no partition {name!r}", remedy)
    return [partitions[name] for name in names.split(",")]
