"""The table of genes that all steps share: a row per gene, in the order of the genome.

Columns: ``gene`` (unique), ``name``, ``contig``, ``start`` and ``end`` (0-based, half-open),
``strand`` (+ or -), ``tss`` (0-based place of the first transcribed base), ``operon`` (empty where
unknown) and ``biotype`` (empty where unknown).
"""

from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.coordinates import transcription_starts
from causeway.genomes.identifiers import check_unique, is_second_copy, unversioned

COLUMNS = ("gene", "name", "contig", "start", "end", "strand", "tss", "operon", "biotype")


def gene_table(rows: pd.DataFrame, where: object) -> pd.DataFrame:
    """Bring genes of any source into the shared form.

    Versions of Ensembl identifiers are left out, and so are second copies of genes that lie on
    both sex chromosomes.

    Parameters
    ----------
    rows
        Columns ``gene``, ``contig``, ``start``, ``end`` and ``strand``; ``name``, ``operon`` and
        ``biotype`` where they are known.
    where
        Stands in errors.

    Returns
    -------
    DataFrame
        The columns above, sorted by contig in the order of first appearance, then by place.

    Raises
    ------
    InputError
        If there are no genes, one occurs twice, has no strand, or ends before it starts.
    """
    table = rows.reset_index(drop=True)
    table = table[~is_second_copy(table["gene"])].reset_index(drop=True)
    if table.empty:
        raise InputError(where, "has no genes", "Give a table with a row per gene")
    table["gene"] = unversioned(table["gene"].fillna(""))
    check_unique(table["gene"], where, "Keep one row of each, under a name of its own")
    wrong = (table["start"] < 0) | (table["start"] >= table["end"])
    if wrong.any():
        row = table[wrong].iloc[0]
        raise InputError(
            f"{where}, {row['gene']}",
            f"goes from base {row['start'] + 1} to {row['end']}",
            "Give places from 1, the first one before the last",
        )
    table["tss"] = transcription_starts(table, where)
    for column in ("name", "operon", "biotype"):
        if column not in table:
            table[column] = ""
        table[column] = table[column].fillna("").astype(str)
    contigs = pd.Categorical(table["contig"], categories=table["contig"].unique())
    order = table.assign(contig=contigs).sort_values(["contig", "start", "end", "gene"]).index
    return table.loc[order, list(COLUMNS)].reset_index(drop=True)


def write_genes(genes: pd.DataFrame, path: Path) -> None:
    """Write the table to Parquet."""
    genes[list(COLUMNS)].to_parquet(path, index=False)


def read_genes(path: Path) -> pd.DataFrame:
    """Read the table.

    Raises
    ------
    InputError
        If it lacks a column.
    """
    table = pd.read_parquet(path)
    if missing := [name for name in COLUMNS if name not in table]:
        raise InputError(path, f"no column {', '.join(missing)}", "Make it again with prepare")
    return table
