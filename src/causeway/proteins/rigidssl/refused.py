"""Tables of the files and chains that are not used: text, to be read by people in any viewer."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from causeway.proteins.reasons import Reason

COLUMNS = ["entry", "chain", "source", "reason", "detail"]
"""`chain` is empty where the whole file was refused, and `reason` is a word of
:class:`causeway.proteins.reasons.Reason`."""

Refusal = tuple[str, str, str, Reason, str]
"""One row, in the order of :data:`COLUMNS`."""


def write(rows: Sequence[Refusal], path: Path) -> None:
    """Write one table (tab-separated)."""
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, sep="\t", index=False)


def read(paths: Sequence[Path]) -> pd.DataFrame:
    """Read and join tables; all columns are text."""
    tables = [pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False) for path in paths]
    return pd.concat([pd.DataFrame(columns=COLUMNS), *tables], ignore_index=True)


def counts(table: pd.DataFrame) -> str:
    """Count by reason, the most frequent first, e.g. ``too short 2, empty file 1``."""
    found = table["reason"].value_counts(sort=True)
    return ", ".join(f"{reason} {count}" for reason, count in found.items())
