"""The step that joins the judged claims of all systems to one table and one page."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from causeway import numerals
from causeway.claims import table as tables
from causeway.claims.judging import Verdict
from causeway.report.marks import mark
from causeway.report.records import Cost, Record, Records, cost
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
UNJUDGED = [Verdict.NOT_ATTEMPTED, Verdict.NOT_REPRODUCIBLE]


def claims(
    *, judged: list[Path], template: Path, table: Path, page: Path, records: Path, scale: str
) -> None:
    """Write all judged claims as one table and as one self-contained HTML page.

    Parameters
    ----------
    judged
        Tables of judged claims, one per system.
    template
        Jinja2 template of the page.
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
        "cost": _told(cost(ledger.behind(map(str, judged)))),
        "commits": _commits(ledger.behind(map(str, judged))),
    }
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.from_string(template.read_text(encoding="utf-8")).render(content)
    page.write_text(text, encoding="utf-8")
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
    metrics = [
        file
        for record in ledger.makers.values()
        if str(path) in record["outputs"]
        for file in record["inputs"]
    ]
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
    asked = {"dataset": row["dataset"].split(", "), "variant": row["variants"].split(", ")}

    def behind(record: Record) -> bool:
        """Whether a job is about the row: one without the wildcard serves all its values."""
        wildcards = record["wildcards"]
        return all(wildcards[name] in asked[name] for name in asked.keys() & wildcards.keys())

    attempted = row["verdict"] not in UNJUDGED
    spent = cost(ledger.behind(metrics, behind)) if attempted else Cost(0, 0, 0, 0)
    return row | {
        "icon": ICONS[Verdict(row["verdict"])],
        "judged": attempted,
        "seal": row["mark"],
        "mark": mark(*numbers),
        "unit": row["unit"].removesuffix("s") if row["n"] == 1 else row["unit"],
        "interval": numerals.interval(*numbers[:3]),
        "cost": _told(spent),
    }


def _told(spent: Cost) -> dict[str, Any]:
    return {
        "jobs": spent.jobs,
        "cpu": numerals.duration(spent.cpu_seconds),
        "memory": numerals.size(spent.peak_bytes),
    }


def _commits(records: list[Record]) -> list[str]:
    """Short names of the commits that jobs ran from; a plus marks uncommitted changes."""
    states = [record["git"] for record in records if record.get("git")]
    return sorted({state["commit"][:10] + "+" * bool(state["dirty"]) for state in states})
