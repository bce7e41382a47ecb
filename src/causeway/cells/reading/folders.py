"""Folders of a Matrix Market file with tables of genes, barcodes and cells.

10x Genomics writes ``matrix.mtx.gz``, ``features.tsv.gz`` (before 2018 ``genes.tsv``) and
``barcodes.tsv.gz``; R users write ``matrix.mtx``, ``genes.csv``, ``barcodes.csv`` and a table of
cells. A common prefix of the names is allowed.
"""

from pathlib import Path

import pandas as pd
from scipy import sparse

from causeway.cells.reading.mtx import read_matrix
from causeway.cells.reading.raw import Raw
from causeway.cells.reading.rows import HeldRows
from causeway.errors import InputError

GENES = ("features.tsv", "genes.tsv", "features.csv", "genes.csv")
BARCODES = ("barcodes.tsv", "barcodes.csv")
CELLS = (
    "cells.csv",
    "cells.tsv",
    "metadata.csv",
    "metadata.tsv",
    "seurat_metadata.csv",
    "cell_identities.csv",
)
"""Names, in order of preference, each with or without ``.gz``."""
EXPRESSION = "Gene Expression"
"""What 10x calls genes, in contrast to guides and antibodies."""


def read_folder(folder: Path) -> Raw:
    """Read a folder.

    Genes are named by their symbols where the table has both; ``gene_ids`` then holds the other
    names. Rows of other kinds than gene expression are left out.

    Raises
    ------
    InputError
        If a file is missing, damaged, or does not fit the others.
    """
    path, prefix = _matrix(folder)
    genes = _genes(_find(folder, prefix, GENES, required=True))
    barcodes = _barcodes(_find(folder, prefix, BARCODES, required=True))
    matrix = read_matrix(path)
    if matrix.shape == (len(genes), len(barcodes)):
        rows = sparse.csr_array(matrix.T)
    elif matrix.shape == (len(barcodes), len(genes)):
        rows = sparse.csr_array(matrix)
    else:
        raise InputError(
            path,
            f"is {matrix.shape[0]} by {matrix.shape[1]}, with {len(genes)} genes and "
            f"{len(barcodes)} barcodes beside it",
            "Put files of the same screen there",
        )
    if "feature_types" in genes and (kept := genes["feature_types"] == EXPRESSION).any():
        rows, genes = rows[:, kept.to_numpy()], genes[kept]
    cells = pd.DataFrame(index=barcodes)
    table = _find(folder, prefix, CELLS, required=False)
    if table is not None:
        cells = _cells(table, barcodes)
    return Raw(cells, genes, HeldRows(rows), str(folder))


def _matrix(folder: Path) -> tuple[Path, str]:
    """The matrix, and what stands before its name."""
    found = sorted([*folder.glob("*matrix.mtx"), *folder.glob("*matrix.mtx.gz")])
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "no matrix.mtx or matrix.mtx.gz"
        raise InputError(folder, f"has {names}", "Put one matrix there, with its tables")
    return found[0], found[0].name.split("matrix.mtx")[0]


def _find(folder: Path, prefix: str, names: tuple[str, ...], *, required: bool) -> Path | None:
    for name in names:
        for path in (folder / f"{prefix}{name}", folder / f"{prefix}{name}.gz"):
            if path.is_file():
                return path
    if required:
        raise InputError(folder, f"has no {prefix}{names[0]}", f"Put one of {', '.join(names)}")
    return None


def _table(path: Path, *, header: bool) -> pd.DataFrame:
    try:
        return pd.read_csv(
            path,
            sep="\t" if ".tsv" in path.name else ",",
            header=0 if header else None,
            keep_default_na=False,
            dtype=None if header else str,
            low_memory=False,
        )
    except (OSError, ValueError, EOFError) as error:
        raise InputError(path, f"is not a whole table ({error})", "Get it again") from error


def _genes(path: Path | None) -> pd.DataFrame:
    assert path is not None
    if ".tsv" not in path.name:
        return pd.DataFrame(index=_names(path))
    table = _table(path, header=False)
    if table.shape[1] == 1:
        return pd.DataFrame(index=pd.Index(table[0]))
    genes = pd.DataFrame({"gene_ids": table[0].to_numpy()}, index=pd.Index(table[1]))
    if table.shape[1] > 2:
        genes["feature_types"] = table[2].to_numpy()
    return genes


def _barcodes(path: Path | None) -> pd.Index:
    assert path is not None
    return _names(path) if ".tsv" not in path.name else pd.Index(_table(path, header=False)[0])


def _names(path: Path) -> pd.Index:
    """Names in a table with a header: its first column that is no row number of R's."""
    table = _table(path, header=True)
    columns = [name for name in table if not (name == "" or str(name).startswith("Unnamed"))]
    if not columns:
        raise InputError(path, "has no column of names", "Write one, under a header")
    return pd.Index(table[columns[0]].astype(str))


def _cells(path: Path, barcodes: pd.Index) -> pd.DataFrame:
    """The table of cells in the order of the barcodes."""
    table = _table(path, header=True)
    table = table.set_index(table.columns[0])
    table.index = table.index.astype(str)
    if table.index.has_duplicates:
        twice = table.index[table.index.duplicated()][0]
        raise InputError(path, f"barcode {twice!r} occurs more than once", "Keep one row of each")
    missing = barcodes.difference(table.index)
    if len(missing):
        raise InputError(
            path, f"{len(missing)} barcodes are missing, e.g. {missing[0]!r}", "Add their rows"
        )
    return table.loc[barcodes]
