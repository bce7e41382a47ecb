"""Which cells, genes and perturbations of a screen are good enough to be used.

The order and the bounds are those of the released code of LCD (arXiv:2601.15341), with the
meaning that ``scanpy.pp.filter_cells``, ``filter_genes`` and ``calculate_qc_metrics`` give them.
"""

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from causeway.cells.labels import CONTROL, targets
from causeway.cells.sources import Quality


class Reason(StrEnum):
    """Why something is not used."""

    UNLABELLED = "no perturbation label"
    UNPROVED = "counts not proved"
    EMPTY = "expresses almost nothing"
    RARE_GENES = "genes in too few cells"
    MITOCHONDRIAL = "mitochondrial counts"
    FEW_COUNTS = "too few counts"
    MANY_COUNTS = "too many counts"
    FEW_GENES = "too few genes"
    MANY_GENES = "too many genes"
    UNMEASURED = "target not measured"
    FEW_CELLS = "too few cells"
    NOT_DRAWN = "not drawn"


class Tally:
    """Counts and expressed genes per cell, summed block by block.

    Parameters
    ----------
    cells
        Number of cells.
    mitochondrial
        Mask of genes.
    """

    def __init__(self, cells: int, mitochondrial: NDArray[np.bool_]) -> None:
        self._mitochondrial = mitochondrial
        self.counts = np.zeros(cells)
        self.genes = np.zeros(cells, dtype=np.int64)
        self.mitochondrial_counts = np.zeros(cells)

    def add(self, places: NDArray[np.int64], block: sparse.csr_array) -> None:
        """Add cells by genes, which stand at ``places``."""
        self.counts[places] = block.sum(axis=1, dtype=np.float64)
        self.genes[places] = _positive_per_row(block)
        self.mitochondrial_counts[places] = block @ self._mitochondrial.astype(np.float64)

    @property
    def percent_mitochondrial(self) -> NDArray[np.float64]:
        """Share of mitochondrial counts in percent; 0 of cells without counts."""
        share = np.zeros_like(self.counts)
        np.divide(self.mitochondrial_counts, self.counts, out=share, where=self.counts > 0)
        return 100 * share


def verdicts(
    counts: NDArray[np.float64],
    genes: NDArray[np.int64],
    percent_mitochondrial: NDArray[np.float64],
    quality: Quality,
) -> NDArray[np.str_]:
    """Why each cell is refused, the first reason of several; empty for good cells.

    Parameters
    ----------
    counts, genes, percent_mitochondrial
        Counts, expressed genes and percentage of mitochondrial counts of each cell, over genes
        that are kept.
    quality
        Bounds, all exclusive.
    """
    found = np.full(len(counts), "", dtype=f"<U{max(map(len, Reason))}")
    for reason, values, low, high in (
        (Reason.MITOCHONDRIAL, percent_mitochondrial, None, quality.percent_mitochondrial),
        (Reason.FEW_COUNTS, counts, quality.counts_above, None),
        (Reason.MANY_COUNTS, counts, None, quality.counts_below),
        (Reason.FEW_GENES, genes, quality.genes_above, None),
        (Reason.MANY_GENES, genes, None, quality.genes_below),
    ):
        wrong = np.zeros(len(counts), dtype=bool)
        if low is not None:
            wrong |= values <= low
        if high is not None:
            wrong |= values >= high
        found[wrong & (found == "")] = reason
    return found


def unusable(labels: pd.Series, genes: pd.Index, quality: Quality) -> dict[str, Reason]:
    """Perturbations that are dropped whole, with the reason.

    Parameters
    ----------
    labels
        Canonical labels of the cells that are left.
    genes
        Genes that are left.
    quality
        Least number of cells, and what becomes of targets that were not measured.
    """
    dropped: dict[str, Reason] = {}
    measured = set(genes)
    numbers = labels.value_counts()
    for label in sorted(set(labels)):
        if label == CONTROL:
            continue
        if quality.unmeasured != "keep" and not measured.issuperset(targets(label)):
            dropped[label] = Reason.UNMEASURED
        elif numbers[label] < quality.perturbation_cells:
            dropped[label] = Reason.FEW_CELLS
    return dropped


def expressing_cells(block: sparse.csr_array, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many of the chosen cells express each gene, shape (genes,)."""
    part = block[np.flatnonzero(chosen)]
    return np.bincount(part.indices[part.data > 0], minlength=block.shape[1])


def _positive_per_row(block: sparse.csr_array) -> NDArray[np.int64]:
    before = np.concatenate([[0], np.cumsum(block.data > 0)])
    return np.diff(before[block.indptr])
