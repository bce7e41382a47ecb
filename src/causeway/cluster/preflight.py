"""Whether a cluster can run what is asked of it, told before anything is submitted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from causeway.cluster.partitions import PROFILE, Partition, chosen
from causeway.errors import InputError

REMEDIES = {
    False: "Under set-resources, choose another partition for a rule or ask less; where there are "
    "no GPUs, set hardware.accelerator: cpu in the configuration of the system.",
    True: "For a group, lower its number under group-components, or take rules out of it under "
    "groups.",
}
"""What to do about jobs that fit nowhere, whether they are groups of rules or not."""

UNNAMED = "ACCOUNT"
"""What the profile has for the account before it is filled in."""


class Request(NamedTuple):
    """What a job asks of each of its nodes, and of how many nodes.

    ``rules`` are one, or those of a ``group`` that goes as one job. ``partition`` is a name,
    several joined by commas, or None for the cluster's default.
    """

    rules: tuple[str, ...]
    group: str | None
    partition: str | None
    account: str | None
    cpus: int
    mem_mb: int
    gpus: int
    minutes: int
    nodes: int

    @property
    def name(self) -> str:
        """The job as the profile has it."""
        if self.group is None:
            return f"rule {self.rules[0]}"
        return f"group {self.group} of rules {', '.join(self.rules)}"


class Room(NamedTuple):
    """How many times what it asks a job may ask."""

    mem_mb: float
    runtime: float


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
        rules and groups are named at once.
    """
    problems = {
        request: problem
        for request in dict.fromkeys(requests)
        if (problem := _problem(request, chosen(request.partition, partitions)))
    }
    if problems:
        kinds = {request.group is not None for request in problems}
        raise InputError(
            PROFILE,
            "; ".join(problems.values()),
            " ".join(remedy for grouped, remedy in REMEDIES.items() if grouped in kinds),
        )


def check_account(requests: Iterable[Request]) -> None:
    """See that the account of the profile is filled in, which sinfo tells nothing of.

    Raises
    ------
    InputError
        If it is not.
    """
    if any(request.account == UNNAMED for request in requests):
        raise InputError(
            f"{PROFILE}: default-resources.slurm_account",
            f"the cluster has no account {UNNAMED!r}",
            "Fill in yours, or delete the line where there are no accounts",
        )


def room(request: Request, partitions: Mapping[str, Partition]) -> Room:
    """Tell how far a job that can start may grow so that it still can.

    Memory and time are of one and the same partition, the one that lets the job grow most, on as
    many nodes as it asks with its processors and GPUs.

    Parameters
    ----------
    request
        A job that passes :func:`check`.
    partitions
        Partitions of the cluster by name.
    """
    rooms = [
        Room(
            home.memory(request.cpus, request.gpus, request.nodes) / max(request.mem_mb, 1),
            home.minutes / max(request.minutes, 1),
        )
        for home in chosen(request.partition, partitions)
        if _takes(home, request) and request.minutes <= home.minutes
    ]
    # What grows least decides, then the other.
    return max(rooms, key=sorted)


def _problem(request: Request, homes: list[Partition]) -> str | None:
    """What keeps a job from starting in any of its partitions, if anything does."""
    wide = [home for home in homes if _takes(home, request)]
    names = ",".join(home.name for home in homes)
    if not wide:
        each = f" on each of {request.nodes} nodes" if request.nodes > 1 else ""
        return (
            f"{request.name} asks {request.cpus} CPUs, {request.mem_mb} MB and "
            f"{request.gpus} GPUs{each}, but partition {names} has {_sizes(homes)}"
        )
    longest = max(home.minutes for home in wide)
    if request.minutes > longest:
        return (
            f"{request.name} asks {request.minutes} minutes, but partition {names} allows "
            f"{longest:g}"
        )
    return None


def _takes(home: Partition, request: Request) -> bool:
    return home.memory(request.cpus, request.gpus, request.nodes) >= request.mem_mb


def _sizes(homes: list[Partition]) -> str:
    nodes = Counter(node for home in homes for node in home.nodes)
    return ", ".join(
        f"{count} x ({size.cpus} CPUs, {size.mem_mb} MB, {size.gpus} GPUs)"
        for size, count in nodes.most_common()
    )
