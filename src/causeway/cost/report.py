"""The whole plan of a run: resolve, ask Snakemake, count, price, sum up."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from causeway.config import resolve
from causeway.cost import counts, rates, raw
from causeway.cost.cluster import Cluster
from causeway.cost.estimate import Cost, Pricing, Total, by_rule, cost, total
from causeway.cost.graph import Graph
from causeway.cost.records import Recorded
from causeway.cost.work import Work, work_of
from causeway.data.datasets import registry
from causeway.system import System
from causeway.systems import systems

PARTS = ("data", "report")
"""What a run has beside its systems."""


@dataclass(frozen=True)
class Report:
    """Costs of rules by system, their totals, and the sum of all."""

    costs: Mapping[str, Sequence[Cost]]
    totals: Sequence[Total]
    whole: Total
    graph: Graph
    cluster: Cluster

    @property
    def rows(self) -> list[Total]:
        """Totals of systems that have jobs, and of all."""
        return [*(one for one in self.totals if one.jobs), self.whole]

    def plain(self) -> dict[str, Any]:
        """Return everything in JSON types, hours and bytes as numbers, None for unknown."""
        return {
            "cluster": self.cluster.model_dump(),
            "planning_seconds": round(self.graph.seconds, 2),
            "systems": {
                one.name: _plain(one)
                | {"rules": [asdict(found) for found in self.costs.get(one.name, ())]}
                for one in self.totals
            },
            "total": _plain(self.whole),
        }


def make(
    root: Path,
    config: Mapping[str, Any],
    graph: Graph,
    cluster: Cluster,
    recorded: Mapping[str, Recorded] | None = None,
) -> Report:
    """Plan a run.

    Parameters
    ----------
    root
        Folder of the project.
    config
        The resolved configuration.
    graph
        Its jobs.
    cluster
        Where it would run.
    recorded
        By rule, what its jobs took at some scale.

    Raises
    ------
    InputError
        If a table, benchmark or record cannot be used.
    """
    known, rows = counts.read(root), registry(root)
    chosen = [name for name in config["systems"] if name in systems()]
    sections = {name: _section(config, name) for name in chosen}
    pricing = _pricing(root, config, cluster, recorded or {}, known)
    costs, totals = {}, []
    for name in [*chosen, *PARTS]:
        works = _works(name, sections[name], known) if name in sections else {}
        costs[name] = [
            cost(rule, jobs, works.get(rule, []), pricing, graph.asked.get(rule))
            for rule, jobs in sorted(graph.jobs.items())
            if rule.startswith(f"{name}_")
        ]
        fetched = raw.bytes_of(sections[name], rows, known) if name in sections else (0, [])
        totals.append(total(name, costs[name], graph, cluster, fetched))
    every = [one for found in costs.values() for one in found]
    unsized = list(dict.fromkeys(name for one in totals for name in one.unsized))
    fetched = (sum(one.raw for one in totals), unsized)
    return Report(costs, totals, total("all", every, graph, cluster, fetched), graph, cluster)


def _pricing(
    root: Path,
    config: Mapping[str, Any],
    cluster: Cluster,
    recorded: Mapping[str, Recorded],
    known: counts.Counts,
) -> Pricing:
    before: dict[str, list[Work]] = {}
    same: set[str] = set()
    for scale in {one.scale for one in recorded.values()}:
        then = resolve(root, {"scale": scale})
        of_scale = {rule for rule, one in recorded.items() if one.scale == scale}
        for name in [*config["systems"], *PARTS]:
            rules = {rule for rule in of_scale if rule.startswith(f"{name}_")}
            if rules and name in systems():
                works = _works(name, _section(then, name), known)
                before |= {rule: works[rule] for rule in rules & works.keys()}
            if scale == config["scale"] and then.get(name) == config.get(name):
                same |= rules
    rate = cache(lambda rate: rates.per_core(root, rate))
    return Pricing(cluster, rate, recorded, before, frozenset(same))


def _section(config: Mapping[str, Any], name: str) -> System:
    return systems()[name].model_validate(config[name])


def _works(name: str, config: System, known: counts.Counts) -> dict[str, list[Work]]:
    return by_rule(name, work_of(name, config, known))


def _plain(one: Total) -> dict[str, Any]:
    return asdict(one) | {"bound": one.bound, "wall_seconds": one.wall}
