"""What jobs of finished runs took, kept for everybody: ``config/measured.tsv``."""

import csv
from collections.abc import Iterable
from pathlib import Path

from causeway.cost.records import Recorded
from causeway.cost.tsv import rows
from causeway.errors import InputError

TABLE = Path("config/measured.tsv")

_Kept = dict[tuple[str, str], Recorded]


def read(root: Path, scale: str) -> dict[str, Recorded]:
    """Read what is known of each rule for a plan of a scale.

    Parameters
    ----------
    root
        Folder of the project.
    scale
        Which is planned: its own rows win, then those whose jobs took most.

    Returns
    -------
    dict
        By rule.

    Raises
    ------
    InputError
        If the table cannot be read, with the line.
    """
    kept = _kept(root).values()
    ordered = sorted(kept, key=lambda one: (one.scale == scale, one.cpu_seconds / one.jobs))
    return {one.rule: one for one in ordered}


def keep(root: Path, recorded: Iterable[Recorded]) -> Path:
    """Write rows into the table, in place of those of the same scale and rule; return its path.

    Parameters
    ----------
    root
        Folder of the project.
    recorded
        What jobs took.

    Raises
    ------
    InputError
        If the table cannot be read, with the line.
    """
    path = root / TABLE
    kept = _kept(root) | {(one.scale, one.rule): one for one in recorded}
    draft = path.with_name(f".{path.name}.part")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, Recorded.model_fields, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(one.model_dump() for _, one in sorted(kept.items()))
    draft.replace(path)
    return path


def _kept(root: Path) -> _Kept:
    found: _Kept = {}
    for where, one in rows(root / TABLE, Recorded):
        if (key := (one.scale, one.rule)) in found:
            raise InputError(where, "occurs twice", "Remove one")
        found[key] = one
    return found
