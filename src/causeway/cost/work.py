"""What the jobs of a rule have to do, as a system counts it from its configuration.

A system may have a module ``causeway.<domain>.<system>.work`` with a function
``work(config, counts)``. It stands apart from ``config``, which every step imports: an edit of
what is planned must not run steps again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from causeway.cost.counts import Counts
from causeway.system import System
from causeway.systems import domain

FLOP = "FLOP"
"""Unit of work that GPUs do."""


@dataclass(frozen=True)
class Rate:
    """A throughput that was measured on a CPU.

    ``benchmark`` names a file of ``docs/benchmarks``, ``read`` makes units per second and core
    of its content, and ``of`` says in words what was measured.
    """

    benchmark: str
    of: str
    read: Callable[[Mapping[str, Any]], float]


@dataclass(frozen=True)
class Work:
    """Work of some jobs of a rule.

    ``rule`` is its name without the system's. ``amount`` is for all ``jobs`` together, in
    ``unit``; None is not known, and ``missing`` says why. ``longest`` is the amount of the
    longest job, if jobs differ. Without a ``rate`` the cost of a finished run is scaled by the
    amount, which is therefore one that cost is linear in. ``accelerated`` work is done by GPUs
    where there are any. ``memory`` is what a job holds at least, in bytes, ``host`` what of the
    machine's memory it takes even where a GPU holds that, and ``written`` what all jobs leave
    behind. Those of ``amount`` and ``written`` that are
    upper bounds are named by ``at_most``. ``note`` says what the amount rests on.
    """

    rule: str
    amount: float | None
    unit: str
    jobs: int
    rate: Rate | None = None
    longest: float | None = None
    accelerated: bool = False
    memory: float | None = None
    host: float | None = None
    written: float | None = None
    at_most: frozenset[str] = frozenset()
    note: str = ""
    missing: str = ""

    def __post_init__(self) -> None:
        """Refuse an amount that is not known for no reason."""
        if self.amount is None and not self.missing:
            raise ValueError(f"{self.rule}: say why the amount is not known")


def work_of(system: str, config: System, counts: Counts) -> list[Work]:
    """Work that a system counts; none if it has no module for that.

    Parameters
    ----------
    system
        Its name.
    config
        Its section.
    counts
        What is known of raw data before they are fetched.
    """
    name = f"causeway.{domain(system)}.{system}.work"
    if find_spec(name) is None:
        return []
    return list(import_module(name).work(config, counts))
