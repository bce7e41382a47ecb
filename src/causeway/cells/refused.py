"""The table of what was not used: text, to be read by people in any viewer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd


class Refusal(NamedTuple):
    """One row."""

    kind: Literal["cell", "cells", "genes", "perturbation"]
    """What was refused: a named cell, a number of cells or genes, a whole perturbation."""
    name: str
    """Barcode or label; empty where only a number is given."""
    reason: str
    """Word of :class:`causeway.cells.quality.Reason`."""
    number: int
    """Cells, or genes, that this concerns."""
    detail: str
    """What would have been good enough."""


def write_refused(rows: Sequence[Refusal], path: Path) -> None:
    """Write the table, separated by tabs."""
    pd.DataFrame(rows, columns=Refusal._fields).to_csv(path, sep="\t", index=False)


def read_refused(path: Path) -> pd.DataFrame:
    """Read the table."""
    return pd.read_csv(path, sep="\t", keep_default_na=False)
