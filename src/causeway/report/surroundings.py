"""With which software and on what jobs ran."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from causeway import numerals
from causeway.report.records import Record


def packages(records: Iterable[Record]) -> dict[str, list[str]]:
    """All versions seen of each package that a job had imported."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        for name, version in record["versions"].items():
            found[name].add(version)
    return {name: sorted(seen) for name, seen in sorted(found.items())}


def distinct(items: Iterable[Any]) -> list[Any]:
    """Leave out repetitions of what cannot be hashed."""
    kept: list[Any] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept


def commits(records: Iterable[Record]) -> list[str]:
    """Commits that jobs ran from; a plus marks uncommitted changes."""
    states = [record["git"] for record in records if record.get("git")]
    return sorted({state["commit"] + "+" * bool(state["dirty"]) for state in states})


def environment(record: Record) -> str:
    """Name the environment that a job ran in, and the image of its container."""
    known = record.get("environment")
    if known is None:
        return "not recorded"
    if "sha256" in known:
        digest = known["sha256"][:8]
        name = f"{known.get('file', 'a file that is no longer in envs/')} ({digest})"
    else:
        digest = known["installed"][:8]
        owner = "the image's own" if "container" in known else "Snakemake's own"
        name = f"{owner}, no file of envs/ (versions {digest})"
    return name + (f", in {known['container']}" if "container" in known else "")


def machine(hardware: dict[str, Any]) -> str:
    """Name a machine by what a record knows of it."""
    memory = hardware.get("memory_bytes")
    parts = [
        hardware.get("cpu") or "unknown processor",
        f"{hardware.get('cores')} cores",
        *([f"{numerals.size(memory)} of memory"] if memory else []),
        *hardware.get("gpus", []),
    ]
    return ", ".join(parts)
