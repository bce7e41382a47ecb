"""From work, measured rates and a cluster to hours, rule by rule and system by system."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from causeway.cluster.asked import Asked
from causeway.cost.cluster import Cluster
from causeway.cost.graph import Graph
from causeway.cost.records import Recorded
from causeway.cost.work import FLOP, Rate, Work
from causeway.numerals import duration, size

MEASURED, SCALED, ASSUMED = "measured", "scaled", "assumed"
"""Where seconds come from: a benchmark or records of this very configuration, those of another
by the counted work, or the speed that is said of a GPU."""

AMOUNT, MEMORY, WRITTEN = "amount", "memory", "written"
"""Parts of a cost; the amount is hours and seconds."""

CHAIN, CORES = "longest chain", "cores"
"""Bounds of the wall time that processor seconds of jobs make."""

UNCOUNTED = "nothing counts its work"
"""Why nothing is known of rules that have no records either."""


@dataclass(frozen=True)
class Cost:
    """Cost of a rule.

    Hours and bytes are of all its jobs; None is not known. ``longest`` is the seconds of the
    longest job as far as they are known, ``source`` where they come from, ``at_most`` the parts
    that are upper bounds, ``unscaled`` those that jobs of another scale took each, and
    ``missing`` why something is not known.
    """

    rule: str
    jobs: int
    cpu_hours: float | None = None
    gpu_hours: float | None = None
    longest: float = 0.0
    memory: float | None = None
    written: float | None = None
    source: str = ""
    at_most: tuple[str, ...] = ()
    unscaled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether a system counts any of its work, or records tell what it took."""
        return self.missing != (UNCOUNTED,)


@dataclass(frozen=True)
class Price:
    """Seconds of the work of some jobs: all together, and of the longest."""

    total: float
    longest: float
    gpu: bool
    source: str


@dataclass(frozen=True)
class Pricing:
    """What work is turned into seconds by.

    ``rate`` tells units per second and core that were measured. ``before`` is the work of the
    scales that ``records`` are of, and ``same`` the rules whose records are of the very
    configuration that is planned.
    """

    cluster: Cluster
    rate: Callable[[Rate], float]
    records: Mapping[str, Recorded] = field(default_factory=dict)
    before: Mapping[str, Sequence[Work]] = field(default_factory=dict)
    same: frozenset[str] = frozenset()

    def price(self, rule: str, work: Work) -> Price | None:
        """Seconds of work, by the best source there is; None if there is none."""
        if work.amount is None:
            return None
        share = work.amount / max(1, work.jobs) if work.longest is None else work.longest
        speed = self.cluster.gpu_rate
        if work.accelerated and work.unit == FLOP and speed:
            return Price(work.amount / speed, share / speed, True, ASSUMED)
        if work.rate is not None:
            speed = self.rate(work.rate)
            return Price(work.amount / speed, share / speed, False, MEASURED)
        scaled = self._scaled(rule, work.unit)
        if scaled is None:
            return None
        return Price(work.amount * scaled, share * scaled, False, SCALED)

    def _scaled(self, rule: str, unit: str) -> float | None:
        """Processor seconds per unit in the records, if all their work is known."""
        recorded, works = self.records.get(rule), self.before.get(rule, ())
        amounts = [work.amount for work in works if work.unit == unit]
        if recorded is None or not amounts or None in amounts or len(amounts) < len(works):
            return None
        jobs, whole = sum(work.jobs for work in works), sum(filter(None, amounts))
        if not whole or recorded.jobs != jobs:
            return None
        return recorded.cpu_seconds / whole


def by_rule(system: str, works: Iterable[Work]) -> dict[str, list[Work]]:
    """Work by the name of its rule, with the system's before it."""
    found: dict[str, list[Work]] = {}
    for work in works:
        found.setdefault(f"{system}_{work.rule}", []).append(work)
    return found


def cost(
    rule: str, jobs: int, works: Sequence[Work], pricing: Pricing, asked: Asked | None = None
) -> Cost:
    """Cost of a rule's jobs; a part without a price is named in ``missing``.

    What no count tells is taken from the records of the rule, if it has some. A note tells where
    the jobs ask a queue for less than they are counted to need, if it is known what they ask.
    """
    found = (
        _counted(rule, jobs, works, pricing, asked)
        if works
        else Cost(rule, jobs, missing=(UNCOUNTED,))
    )
    recorded = pricing.records.get(rule)
    return found if recorded is None else _filled(found, recorded, rule in pricing.same)


def _filled(found: Cost, recorded: Recorded, same: bool) -> Cost:
    """Fill in what is not known by what recorded jobs took each."""
    share = found.jobs / recorded.jobs
    filled: dict[str, Any] = {}
    parts = []
    if found.cpu_hours is None and found.gpu_hours is None:
        parts.append(AMOUNT)
        reasons = [] if same else [why for why in found.missing if why != UNCOUNTED]
        filled |= {
            "cpu_hours": share * recorded.cpu_seconds / 3600,
            "longest": recorded.longest,
            "source": MEASURED if same else f"as at {recorded.scale}",
            "at_most": tuple(part for part in found.at_most if part != AMOUNT),
            "notes": (*found.notes, *reasons),
            "missing": _cut_short(recorded),
        }
    # A GPU holds something else than the main memory that was recorded.
    if found.memory is None and found.gpu_hours is None:
        parts.append(MEMORY)
        filled["memory"] = float(recorded.peak_bytes)
    if found.written is None and recorded.written is not None:
        parts.append(WRITTEN)
        filled["written"] = share * recorded.written
    return replace(found, **filled, unscaled=() if same else tuple(parts))


def _cut_short(recorded: Recorded) -> tuple[str, ...]:
    if not recorded.resumed:
        return ()
    return (f"{recorded.resumed} of the recorded jobs tell of their last start alone",)


def _counted(
    rule: str, jobs: int, works: Sequence[Work], pricing: Pricing, asked: Asked | None
) -> Cost:
    prices = [pricing.price(rule, work) for work in works]
    known = [price for price in prices if price is not None]
    missing = [
        work.missing if work.amount is None else "nothing tells how fast it is"
        for work, price in zip(works, prices, strict=True)
        if price is None
    ]
    cpu = [price.total / 3600 for price in known if not price.gpu]
    gpu = [price.total / 3600 for price in known if price.gpu]
    notes = [work.note for work in works if work.note]
    if any(_too_large(work, pricing.cluster) for work in works):
        notes.append("does not fit into memory")
    # Jobs that a system does not count, e.g. of another dataset.
    if sum(work.jobs for work in works) < jobs:
        missing.append("some jobs are not counted")
    longest = max((price.longest for price in known), default=0.0)
    if asked and (less := _too_little(asked, works, longest, pricing.cluster)):
        notes.append(f"asks a queue for {less}")
    return Cost(
        rule,
        jobs,
        sum(cpu) if cpu else None,
        sum(gpu) if gpu else None,
        longest,
        max((work.memory for work in works if work.memory is not None), default=None),
        sum(work.written for work in works if work.written is not None) or None,
        "+".join(sorted({price.source for price in known})),
        tuple(sorted({name for work in works for name in work.at_most})),
        notes=tuple(dict.fromkeys(notes)),
        missing=tuple(dict.fromkeys(missing)),
    )


def _too_large(work: Work, cluster: Cluster) -> bool:
    return work.memory is not None and cluster.lacks_memory(work.memory, _on_gpu(work, cluster))


def _too_little(asked: Asked, works: Sequence[Work], longest: float, cluster: Cluster) -> str:
    """What of a request is less than what the longest and the largest job need.

    What resumes may use up all its attempts.
    """
    held = max((work.host if _on_gpu(work, cluster) else work.memory) or 0 for work in works)
    less = []
    if asked.mem_mb is not None and held > 1e6 * asked.mem_mb:
        less.append(size(10**6 * asked.mem_mb))
    if asked.minutes is not None and longest > 60 * asked.minutes * asked.attempts:
        often = f"{asked.attempts} times " if asked.attempts > 1 else ""
        less.append(often + duration(60 * asked.minutes))
    return " and ".join(less)


def _on_gpu(work: Work, cluster: Cluster) -> bool:
    return work.accelerated and cluster.gpu_rate is not None


@dataclass(frozen=True)
class Total:
    """Cost of a system, or of all.

    ``wall`` is the time on the cluster in seconds, the largest of ``bounds``: the longest chain
    of jobs, all work spread over all cores and GPUs, and fetching. What is not known of the
    ``unknown`` rules and of the ``unsized`` raw datasets is left out, and so are parts that are
    not known of every rule, which ``lacks`` names. Parts that ``at_most`` names rest on upper
    bounds, those of ``unscaled`` on jobs of another scale.
    """

    name: str
    jobs: int
    raw: int
    cpu_hours: float
    gpu_hours: float
    memory: float
    written: float
    bounds: Mapping[str, float]
    unknown: tuple[str, ...]
    unsized: tuple[str, ...]
    lacks: tuple[str, ...]
    at_most: tuple[str, ...]
    unscaled: tuple[str, ...]
    assumed: bool

    @property
    def bound(self) -> str:
        """What takes longest; nothing if nothing is known."""
        found = max(self.bounds, key=self.bounds.__getitem__)
        return found if self.bounds[found] else ""

    @property
    def wall(self) -> float:
        """Seconds on the cluster."""
        return self.bounds[self.bound] if self.bound else 0.0


def total(
    name: str,
    costs: Sequence[Cost],
    graph: Graph,
    cluster: Cluster,
    raw: tuple[int, Sequence[str]],
) -> Total:
    """Sum costs up.

    Parameters
    ----------
    name
        Of the system.
    costs
        Of its rules.
    graph
        Jobs of the run.
    cluster
        Where it runs.
    raw
        Bytes to fetch that are known, and the datasets whose size is not.
    """
    cpu = sum(cost.cpu_hours or 0.0 for cost in costs)
    gpu = sum(cost.gpu_hours or 0.0 for cost in costs)
    bounds = {
        CHAIN: graph.longest({cost.rule: cost.longest for cost in costs}),
        CORES: cpu * 3600 / cluster.all_cores,
        "GPUs": gpu * 3600 / cluster.all_gpus if cluster.all_gpus else 0.0,
        "fetching": 8 * raw[0] / cluster.bandwidth,
    }
    return Total(
        name,
        sum(cost.jobs for cost in costs),
        raw[0],
        cpu,
        gpu,
        max((cost.memory or 0.0 for cost in costs), default=0.0),
        sum(cost.written or 0.0 for cost in costs),
        bounds,
        tuple(cost.rule for cost in costs if cost.missing),
        tuple(raw[1]),
        tuple(
            part
            for part in (MEMORY, WRITTEN)
            if any(getattr(cost, part) is None for cost in costs)
        ),
        tuple(sorted({name for cost in costs for name in cost.at_most})),
        tuple(sorted({name for cost in costs for name in cost.unscaled})),
        any(ASSUMED in cost.source for cost in costs),
    )
