"""How often a job has run, and what had changed each time: reasons of reruns, from its records."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NOTHING = "nothing recorded"
"""Said of a run whose record is as the one before: it was forced, or its results were gone."""


def previous(path: Path) -> dict[str, Any] | None:
    """Read what the job recorded when it last ran; None if it never did, or not legibly."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def history(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> dict[str, Any]:
    """Count the runs of a job that ended well, and name what differs from the last of them.

    Snakemake hands its reason for a job to no script, so that this is the difference between two
    records: what gave rise to the run, or merely came with it.

    Parameters
    ----------
    before
        Record of the run before, if there was one.
    now
        Record of this run, with ``params``, ``seed`` and ``inputs``.

    Returns
    -------
    dict
        ``runs``, the number of runs; ``changed``, a sorted list such as ``["code", "inputs",
        "parameter training"]``, empty for a first run.
    """
    if before is None:
        return {"runs": 1, "changed": []}
    # As JSON gives them back: a tuple has become a list.
    kept = {name: now.get(name) for name in ("params", "seed", "inputs")}
    now = json.loads(json.dumps(kept, default=str))
    old, new = before.get("params") or {}, now["params"] or {}
    changed = {
        "code" if name == "code" else f"parameter {name}"
        for name in old.keys() | new.keys()
        if old.get(name) != new.get(name)
    }
    changed |= {"seed"} if before.get("seed") != now["seed"] else set()
    changed |= {"inputs"} if before.get("inputs") != now["inputs"] else set()
    runs = before.get("history", {}).get("runs", 1) + 1
    return {"runs": runs, "changed": sorted(changed) or [NOTHING]}
