"""A screen as it was published, with its matrix not yet read."""

from dataclasses import dataclass

import pandas as pd

from causeway.cells.reading.rows import Rows
from causeway.errors import InputError


@dataclass(frozen=True)
class Raw:
    """A screen as it was published.

    Parameters
    ----------
    cells
        Table of cells, by barcode.
    genes
        Table of genes, by name.
    rows
        Matrix of cells by genes.
    where
        File, for errors.
    """

    cells: pd.DataFrame
    genes: pd.DataFrame
    rows: Rows
    where: str

    def __post_init__(self) -> None:
        """Refuse tables that do not fit the matrix."""
        for noun, table, length in (
            ("cells", self.cells, self.rows.shape[0]),
            ("genes", self.genes, self.rows.shape[1]),
        ):
            if len(table) != length:
                raise InputError(
                    self.where,
                    f"the table of {noun} has {len(table)} rows, the matrix {length} {noun}",
                    "Get the file again",
                )
