"""Genes by a table with a header: commas or tabs, places from 1 and with the last base."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.genes import gene_table
from causeway.genomes.reading.tables import read_table

NAMES = {
    "gene": ("gene", "gene_id", "locus_tag"),
    "name": ("name", "gene_name", "symbol"),
    "contig": ("contig", "chrom", "chromosome", "seqid"),
    "start": ("start",),
    "end": ("end", "stop"),
    "strand": ("strand",),
    "operon": ("operon",),
    "biotype": ("biotype", "gene_biotype", "gene_type"),
}
"""Columns of ours, and what tables call them."""
NEEDED = ("gene", "contig", "start", "end", "strand")


def read_gene_table(
    path: Path, *, contig: str | None = None, columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Genes of a table, in the form of :mod:`causeway.genomes.genes`.

    Parameters
    ----------
    path
        Table with a header; values apart by tabs in ``.tsv`` and ``.txt``, else by commas.
    contig
        Where all genes lie, if no column tells.
    columns
        What the table calls a column of ours, where it is none of the usual names.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If a column is missing, a place is no number, or a gene is wrong or occurs twice.
    """
    table = read_table(path)
    given = dict(columns or {})
    found: dict[str, pd.Series] = {}
    for name, usual in NAMES.items():
        wanted = (given[name],) if name in given else usual
        column = next((column for column in wanted if column in table), None)
        if column is not None:
            found[name] = table[column]
        elif name in given:
            raise _missing(path, given[name], table)
    if contig is not None:
        found["contig"] = pd.Series(contig, index=table.index)
    for name in NEEDED:
        if name not in found:
            raise _missing(path, name, table)
    for name in ("start", "end"):
        numbers = pd.to_numeric(found[name], errors="coerce")
        if (numbers.isna() | (numbers % 1 != 0)).any():
            row = int((numbers.isna() | (numbers % 1 != 0)).to_numpy().argmax())
            raise InputError(
                f"{path}, row {row + 1}, {name}",
                f"'{found[name].iloc[row]}' is no place",
                "Give whole numbers from 1",
            )
        found[name] = numbers.astype("int64")
    found["start"] = found["start"] - 1
    return gene_table(pd.DataFrame(found), path)


def _missing(path: Path, name: str, table: pd.DataFrame) -> InputError:
    return InputError(
        path,
        f"no column {name}",
        f"Name the one that tells it so; there are {', '.join(map(str, table))}",
    )
