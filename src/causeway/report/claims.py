"""The step that joins the judged claims of all systems to one table and one page."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from causeway import numerals
from causeway.claims import table as tables
from causeway.claims.judging import Verdict
from causeway.report import pages
from causeway.report.attribution import UNJUDGED, metrics_of, spent
from causeway.report.marks import mark
from causeway.report.records import Records, cost
from causeway.report.surroundings import commits
from causeway.report.wording import told
from causeway.systems import systems

log = logging.getLogger(__name__)

ICONS = {
    Verdict.REPRODUCED: "check",
    Verdict.INCONCLUSIVE: "question",
    Verdict.NOT_REPRODUCED: "cross",
    Verdict.NOT_ATTEMPTED: "ring",
    Verdict.NOT_REPRODUCIBLE: "bar",
}
GROUPS = {"paper": "Paper claims", "control": "Our controls"}
"""Title of the claims of each origin, which are counted apart."""


def claims(
    *,
    judged: list[Path],
    template: Path,
    style: Path,
    table: Path,
    page: Path,
    records: Path,
    scale: str,
) -> None:
    """Write all judged claims as one table and as one self-contained HTML page.

    Parameters
    ----------
    judged
        Tables of judged claims, one per system.
    template
        Jinja2 template of the page.
    style
        Its style sheet, shared with other pages.
    table
        Joined table to write.
    page
        Page to write; it needs no other file and no network.
    records
        Folder with the results of this scale, in which jobs left their records.
    scale
        Scale of the run.
    """
    found = pd.concat([tables.read(path) for path in judged], ignore_index=True)
    tables.write(found, table)
    ledger = Records.read(records)
    content = {
        "scale": scale,
        "systems": [_system(tables.read(path), path, ledger) for path in judged],
        "verdicts": [
            {"name": verdict.value, "icon": icon}
            for verdict, icon in ICONS.items()
            if (found["verdict"] == verdict).any()
        ],
        "tallies": [
            _tally(found[found["origin"] == origin], title) for origin, title in GROUPS.items()
        ],
        "synthetic": sorted(found.loc[found["synthetic"], "dataset"].unique()),
        "cost": told(cost(ledger.behind(map(str, judged)))),
        "commits": commits(ledger.behind(map(str, judged))),
    }
    pages.write(page, template, style, content)
    log.info("%d rows of %d systems", len(found), len(judged))


def _tally(table: pd.DataFrame, title: str) -> dict[str, Any]:
    """Count the verdicts on one group of claims."""
    return {
        "title": title,
        "total": len(table),
        "judged": int((~table["verdict"].isin(UNJUDGED)).sum()),
        "verdicts": [
            {
                "name": verdict.value,
                "icon": icon,
                "count": int((table["verdict"] == verdict).sum()),
            }
            for verdict, icon in ICONS.items()
        ],
    }


def _system(table: pd.DataFrame, path: Path, ledger: Records) -> dict[str, Any]:
    """Content of one system's section: its title and two groups of claims, judged ones first."""
    name = str(table["system"].iloc[0]) if len(table) else path.parent.name
    known = systems().get(name)
    metrics = metrics_of(path, ledger)
    rows = [_row(row, metrics, ledger) for row in table.to_dict("records")]
    rows.sort(key=lambda row: not row["judged"])
    groups: list[dict[str, Any]] = [
        {"title": title, "rows": [row for row in rows if row["origin"] == origin]}
        for origin, title in GROUPS.items()
    ]
    groups.sort(key=lambda group: not any(row["judged"] for row in group["rows"]))
    return {
        "name": name,
        "title": known.title if known else name,
        "arxiv": known.arxiv if known else "",
        "groups": groups,
    }


def _row(row: dict[Any, Any], metrics: list[str], ledger: Records) -> dict[str, Any]:
    """Content of one line of the page."""
    numbers = [float(row[name]) for name in tables.NUMBERS]
    attempted = row["verdict"] not in UNJUDGED
    return row | {
        "icon": ICONS[Verdict(row["verdict"])],
        "judged": attempted,
        "seal": row["mark"],
        "mark": mark(*numbers),
        "unit": row["unit"].removesuffix("s") if row["n"] == 1 else row["unit"],
        "interval": numerals.interval(*numbers[:3]),
        "cost": told(spent(row, metrics, ledger)),
    }
