"""The step that writes what claims, systems and rules cost, with which software and on what."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from causeway.claims import table as tables
from causeway.report import pages
from causeway.report.attribution import UNJUDGED, metrics_of, spent
from causeway.report.records import Record, Records, cost
from causeway.report.reruns import reruns
from causeway.report.surroundings import commits, distinct, environment, machine, packages
from causeway.report.wording import told

log = logging.getLogger(__name__)


def costs(
    *, judged: list[Path], template: Path, style: Path, page: Path, records: Path, scale: str
) -> None:
    """Write the ledger of a run as one self-contained HTML page.

    Parameters
    ----------
    judged, template, style, page, records, scale
        As for the page of claims, see :func:`causeway.report.claims.claims`.
    """
    ledger = Records.read(records)
    behind = sorted(
        ledger.behind(map(str, judged)), key=lambda record: (record["rule"], _wildcards(record))
    )
    content = {
        "scale": scale,
        "total": told(cost(behind)),
        "systems": [
            {"name": path.parent.name} | told(cost(ledger.behind([str(path)]))) for path in judged
        ],
        "claims": [row for path in judged for row in _claims(path, ledger)],
        "rules": _grouped((record["rule"], record) for record in behind),
        "machines": [
            {"name": machine(hardware)}
            | told(cost(record for record in behind if record["hardware"] == hardware))
            for hardware in distinct(record["hardware"] for record in behind)
        ],
        "environments": _grouped((environment(record), record) for record in behind),
        "packages": packages(behind),
        "commits": commits(behind),
        "reruns": reruns(behind),
    }
    pages.write(page, template, style, content)
    log.info("%d jobs behind the claims of %d systems", len(behind), len(judged))


def _claims(judged: Path, ledger: Records) -> list[dict[str, Any]]:
    metrics = metrics_of(judged, ledger)
    return [
        {"name": row["claim"], "detail": f"{row['system']} · {row['dataset']}"}
        | told(spent(row, metrics, ledger))
        for row in tables.read(judged).to_dict("records")
        if row["verdict"] not in UNJUDGED
    ]


def _grouped(records: Iterable[tuple[str, Record]]) -> list[dict[str, Any]]:
    """Costs of each group, the dearest first."""
    groups: defaultdict[str, list[Record]] = defaultdict(list)
    for name, record in records:
        groups[name].append(record)
    totals = sorted(
        ((name, cost(members)) for name, members in groups.items()),
        key=lambda item: (-item[1].cpu_seconds, item[0]),
    )
    return [{"name": name} | told(total) for name, total in totals]


def _wildcards(record: Record) -> list[tuple[str, str]]:
    return sorted(record["wildcards"].items())
