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

    @property
    def sentence(self) -> str:
        """The row in words, for logs."""
        what = {
            "cell": f"cell {self.name}",
            "cells": f"{self.number} cells",
            "genes": f"{self.number} genes",
            "perturbation": f"perturbation {self.name} with {self.number} cells",
        }[self.kind]
        return f"{what}: {self.reason} ({self.detail})"


def write_refused(rows: Sequence[Refusal], path: Path) -> None:
    """Write the table, separated by tabs."""
    pd.DataFrame(rows, columns=Refusal._fields).to_csv(path, sep="\t", index=False)
