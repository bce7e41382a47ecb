"""Whether a cluster can run what is asked of it, told before anything is submitted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from causeway.cluster.partitions import PROFILE, Partition, chosen
from causeway.errors import InputError


class Request(NamedTuple):
    """What a job asks of each of its nodes, and of how many nodes.

    ``partition`` is a name, several joined by commas, or None for the cluster's default.
    """

    rule: str
    partition: str | None
    cpus: int
    mem_mb: int
    gpus: int
    minutes: int
    nodes: int


def check(requests: Iterable[Request], partitions: Mapping[str, Partition]) -> None:
    """See that every job can start somewhere.

    Parameters
    ----------
    requests
        Jobs that are to run.
    partitions
        Partitions of the cluster by name.

    Raises
    ------
    InputError
        If a partition is unknown, or jobs ask more than any partition of theirs has; all such
        rules are named at once.
    """
    problems = [
        problem
        for request in dict.fromkeys(requests)
        if (problem := _problem(request, chosen(request.partition, partitions)))
    ]
    if problems:
        raise InputError(
            f"{PROFILE}: set-resources",
            "; ".join(problems),
            "Choose another partition or ask less there; where there are no GPUs, set "
            "hardware.accelerator: cpu in the configuration of the system",
        )


def _problem(request: Request, homes: list[Partition]) -> str | None:
    """What keeps a job from starting in any of its partitions, if anything does."""
    wide = [home for home in homes if _takes(home, request)]
    names = ",".join(home.name for home in homes)
    if not wide:
        each = f" on each of {request.nodes} nodes" if request.nodes > 1 else ""
        return (
            f"rule {request.rule} asks {request.cpus} CPUs, {request.mem_mb} MB and "
            f"{request.gpus} GPUs{each}, but partition {names} has {_sizes(homes)}"
        )
    longest = max(home.minutes for home in wide)
    if request.minutes > longest:
        return (
            f"rule {request.rule} asks {request.minutes} minutes, but partition {names} allows "
            f"{longest:g}"
        )
    return None


def _takes(home: Partition, request: Request) -> bool:
    fits = (
        node.cpus >= request.cpus and node.mem_mb >= request.mem_mb and node.gpus >= request.gpus
        for node in home.nodes
    )
    return sum(fits) >= request.nodes


def _sizes(homes: list[Partition]) -> str:
    nodes = Counter(node for home in homes for node in home.nodes)
    return ", ".join(
        f"{count} x ({size.cpus} CPUs, {size.mem_mb} MB, {size.gpus} GPUs)"
        for size, count in nodes.most_common()
    )
