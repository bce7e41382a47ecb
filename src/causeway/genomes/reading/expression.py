"""Expression of genes in contexts, from CSV, GCT or h5ad, in one form.

The form is an AnnData whose rows are genes and whose columns are contexts (tissues, conditions or
people), with log(1 + transcripts per million) in ``X``, float32.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway import memory
from causeway.errors import InputError
from causeway.genomes.identifiers import check_unique, is_second_copy, unversioned
from causeway.genomes.reading.streams import compression, damaged, open_bytes
from causeway.genomes.reading.tables import read_table
from causeway.genomes.store import some

Units = Literal["tpm", "rpkm", "log1p", "log2", "log10"]
"""What the numbers are: transcripts per million, reads per kilobase and million, or a logarithm
of 1 + transcripts per million, natural, binary or decimal."""

MOST = 1.5e6
"""Sum of a column above which its numbers cannot be transcripts per million."""
DESCRIPTIONS = {"Description", "Gene_Symbol", "Chr", "Coord", "gene_name"}
"""Columns of published tables that are no contexts."""
_BYTES = 24
"""Memory per number at the peak: text, as read, and as log."""


def read_expression(path: Path, units: Units, *, drop: Sequence[str] = ()) -> anndata.AnnData:
    """Read a table of genes by contexts.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv`` or ``.txt`` with gene names in the first column, ``.gct`` (with its two
        lines before the header), each also gzipped, or ``.h5ad``.
    units
        What the numbers are.
    drop
        Columns that are no contexts, besides the usual descriptions.

    Returns
    -------
    AnnData
        Genes by contexts; versions of Ensembl identifiers are left out, and so are second copies
        of genes on both sex chromosomes.

    Raises
    ------
    InputError
        If the file is damaged, or does not fit into memory, a gene or context occurs twice, or
        numbers are missing, negative or not in the units that were told.
    """
    if ".h5ad" in path.suffixes:
        genes, contexts, values = _h5ad(path)
    else:
        genes, contexts, values = _text(path, drop)
    kept = ~is_second_copy(genes).to_numpy()
    names = unversioned(genes[kept])
    check_unique(names, path, "Keep one row of each gene")
    check_unique(contexts, path, "Keep one column of each context")
    log = _logarithms(values[kept], units, names, contexts, path)
    return anndata.AnnData(
        log, obs=pd.DataFrame(index=names.rename("gene")), var=pd.DataFrame(index=contexts)
    )


def select_genes(
    expression: anndata.AnnData, genes: pd.DataFrame, where: object, *, least: float = 0.5
) -> anndata.AnnData:
    """Expression of annotated genes, in the order of the annotation.

    Parameters
    ----------
    expression
        Genes by contexts.
    genes
        Table with a column ``gene``.
    where
        Stands in errors.
    least
        Part of the annotated genes that must be measured.

    Raises
    ------
    InputError
        If fewer are.
    """
    found = genes["gene"][genes["gene"].isin(expression.obs_names)]
    if len(found) == 0 or len(found) < least * len(genes):
        raise InputError(
            where,
            f"has {len(found):,} of {len(genes):,} annotated genes; its names are like "
            f"{some(expression.obs_names, 2)}, those of the annotation like "
            f"{some(genes['gene'], 2)}",
            "Give expression and annotation of one organism, under the same names of genes",
        )
    return expression[found.to_numpy()].copy()


_Table = tuple[pd.Index, pd.Index, NDArray[np.float64]]
"""Genes, contexts and numbers."""


def _text(path: Path, drop: Sequence[str]) -> _Table:
    if not path.is_file():
        raise InputError(path, "there is no such file", "Correct the path")
    size = path.stat().st_size * (4 if compression(path) != "none" else 1)
    # A number takes eight letters or so.
    memory.require(size / 8 * _BYTES + size, "the table", path, "Give .h5ad, or fewer contexts")
    promised = _gct_sizes(path) if ".gct" in path.suffixes else None
    table = read_table(path, skip=0 if promised is None else 2, index=True)
    kept = [name for name in table if name not in {*DESCRIPTIONS, *drop}]
    numbers = table[kept].apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna()
    if wrong.any(axis=None):
        row, column = np.argwhere(wrong.to_numpy())[0]
        raise InputError(
            f"{path}, {numbers.index[row]}, {kept[column]}",
            f"'{table[kept[column]].iloc[row]}' is no number",
            "Fill it in, or leave out the gene, or the column if it is no context",
        )
    if promised is not None and promised != numbers.shape:
        raise damaged(path, f"{numbers.shape} genes and contexts of {promised}")
    if numbers.size == 0:
        raise InputError(path, "has no numbers", "Give genes in rows and contexts in columns")
    return pd.Index(numbers.index.astype(str)), pd.Index(kept), numbers.to_numpy(np.float64)


def _gct_sizes(path: Path) -> tuple[int, int]:
    """Numbers of genes and contexts by the second line."""
    with open_bytes(path) as stream:
        version, sizes = stream.readline().strip(), stream.readline().split()
    if not version.startswith(b"#1.") or len(sizes) < 2:
        raise InputError(path, f"begins with {version[:20]!r}", "Give GCT, which begins with #1.2")
    return int(sizes[0]), int(sizes[1])


def _h5ad(path: Path) -> _Table:
    if not path.is_file():
        raise InputError(path, "there is no such file", "Correct the path")
    memory.require(
        8 * path.stat().st_size, "the table", path, "Give fewer contexts, or use a larger machine"
    )
    try:
        data = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise damaged(path, error) from error
    values = data.X if isinstance(data.X, np.ndarray) else data.to_df().to_numpy()
    return data.obs_names, data.var_names, np.asarray(values, dtype=np.float64)


def _logarithms(
    values: NDArray[np.float64], units: Units, genes: pd.Index, contexts: pd.Index, path: Path
) -> NDArray[np.float32]:
    """Natural logarithm of 1 + transcripts per million."""
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            f"{path}, {genes[row]}, {contexts[column]}",
            f"{values[row, column]} is no expression",
            "Give numbers from 0, not centred ones",
        )
    if units == "rpkm":
        values = values * (1e6 / np.maximum(values.sum(axis=0), np.finfo(float).tiny))
    base = {"log1p": 1.0, "log2": np.log(2), "log10": np.log(10)}.get(units)
    log = np.log1p(values) if base is None else values * base
    with np.errstate(over="ignore"):
        total = np.expm1(log).sum(axis=0)
    if (total > MOST).any():
        column = int(total.argmax())
        raise InputError(
            f"{path}, {contexts[column]}",
            f"adds up to {total[column]:.3g} transcripts per million, read as {units!r}",
            "Set units to what the numbers are: tpm, rpkm, log1p, log2 or log10",
        )
    return log.astype(np.float32)
