"""The step that says with which software, on what and from what a run was made."""

from collections import defaultdict
from pathlib import Path

import yaml

from causeway.report.records import Record, Records, cost
from causeway.report.surroundings import distinct, packages


def versions(*, judged: list[Path], records: Path, versions: Path, scale: str) -> None:
    """Merge the records of all jobs behind the claims into one YAML file.

    Parameters
    ----------
    judged
        Tables of judged claims, one per system.
    records
        Folder with the results of this scale, in which jobs left their records.
    versions
        File to write. ``sources`` are the files that no recorded job made: the raw data and the
        definitions of the claims.
    scale
        Scale of the run.
    """
    ledger = Records.read(records)
    behind = ledger.behind(map(str, judged))
    rules: defaultdict[str, list[Record]] = defaultdict(list)
    for record in behind:
        rules[record["rule"]].append(record)
    content = {
        "scale": scale,
        "git": distinct(record["git"] for record in behind),
        "packages": {
            name: seen if len(seen) > 1 else seen[0] for name, seen in packages(behind).items()
        },
        "hardware": distinct(record["hardware"] for record in behind),
        "rules": {
            rule: {name: round(value, 1) for name, value in cost(rules[rule])._asdict().items()}
            for rule in sorted(rules)
        },
        "sources": ledger.sources(behind),
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=99)
    versions.write_text(text, encoding="utf-8")
