"""Genes, their windows and expression by part of the split."""

from dataclasses import dataclass
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.genes import read_genes
from causeway.genomes.splits import Part, read_split


@dataclass(frozen=True)
class SplitGenes:
    """Genes whose expression is known.

    Parameters
    ----------
    table
        Table of n genes.
    expression
        log(1 + TPM), shape (n, K).
    contexts
        K names.
    part
        Part of each gene; genes that no part uses are among them.
    """

    table: pd.DataFrame
    expression: NDArray[np.float32]
    contexts: list[str]
    part: NDArray[np.object_]

    def rows(self, part: Part) -> NDArray[np.intp]:
        """Genes of a part."""
        return np.flatnonzero(self.part == part)


def read_split_genes(genes: Path, expression: Path, splits: Path) -> SplitGenes:
    """Read what ``index`` and ``split`` wrote.

    Raises
    ------
    InputError
        If files do not fit each other.
    """
    table, values = read_genes(genes), anndata.read_h5ad(expression)
    if table["gene"].tolist() != values.obs_names.tolist():
        raise InputError(expression, "has other genes than the table of genes", "Index anew")
    parts = read_split(splits).set_index("gene")["part"]
    if unknown := sorted(set(parts.index) - set(table["gene"])):
        raise InputError(splits, f"there is no gene {unknown[0]!r}", "Split anew")
    return SplitGenes(
        table,
        np.asarray(values.X, dtype=np.float32),
        values.var_names.tolist(),
        parts.reindex(table["gene"]).fillna("").to_numpy(dtype=object),
    )
