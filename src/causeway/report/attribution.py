"""Which jobs a claim rests on, and so what it cost."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from causeway.claims.judging import Verdict
from causeway.report.records import Cost, Record, Records, cost

UNJUDGED = [Verdict.NOT_ATTEMPTED, Verdict.NOT_REPRODUCIBLE]


def metrics_of(judged: Path, ledger: Records) -> list[str]:
    """Files that the job which judged a system's claims has read."""
    maker = ledger.makers.get(str(judged))
    return list(maker["inputs"]) if maker else []


def spent(row: Mapping[Any, Any], metrics: Iterable[str], ledger: Records) -> Cost:
    """Cost of all jobs behind one row of judged claims; none where nothing was judged.

    Parameters
    ----------
    row
        Row of a table of judged claims.
    metrics
        Metrics of the system, as of :func:`metrics_of`.
    ledger
        All records, joined.
    """
    asked = {"dataset": row["dataset"].split(", "), "variant": row["variants"].split(", ")}

    def about(record: Record) -> bool:
        """Whether a job is about the row: one without the wildcard serves all its values."""
        wildcards = record["wildcards"]
        return all(wildcards[name] in asked[name] for name in asked.keys() & wildcards.keys())

    return cost(ledger.behind(metrics, about) if row["verdict"] not in UNJUDGED else [])
