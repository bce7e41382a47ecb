"""Sums over a screen that is read block by block."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from causeway.cells.reading.rows import Rows, blocks


class Moments:
    """Sums, sums of squares and numbers of non-zero values, per group of cells and gene.

    Parameters
    ----------
    groups, genes
        Sizes.
    """

    def __init__(self, groups: int, genes: int) -> None:
        self.cells = np.zeros(groups, dtype=np.int64)
        self.sums = np.zeros((groups, genes))
        self.squares = np.zeros((groups, genes))
        self.nonzero = np.zeros((groups, genes), dtype=np.int64)

    def add(self, block: sparse.csr_array, codes: NDArray[np.int64]) -> None:
        """Add cells.

        Parameters
        ----------
        block
            Cells by genes.
        codes
            Group of each cell; cells of negative groups are left out.
        """
        rows = np.flatnonzero(codes >= 0)
        groups = len(self.cells)
        member = sparse.csr_array(
            (np.ones(len(rows)), (codes[rows], rows)), shape=(groups, block.shape[0])
        )
        values = sparse.csr_array(block, dtype=np.float64)
        self.cells += np.bincount(codes[rows], minlength=groups)
        for total, part in (
            (self.sums, values.data),
            (self.squares, np.square(values.data)),
            (self.nonzero, (values.data != 0).astype(np.float64)),
        ):
            product = member @ sparse.csr_array(
                (part, values.indices, values.indptr), values.shape
            )
            total += product.toarray().astype(total.dtype)

    @property
    def means(self) -> NDArray[np.float64]:
        """Means, shape (groups, genes); NaN of groups without cells."""
        with np.errstate(invalid="ignore"):
            return self.sums / self.cells[:, None]

    @property
    def variances(self) -> NDArray[np.float64]:
        """Variances with n - 1, shape (groups, genes); NaN of groups of fewer than two cells."""
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = self.squares - self.cells[:, None] * np.square(self.means)
            return np.maximum(spread, 0) / (self.cells[:, None] - 1)

    def pooled(self) -> "Moments":
        """All groups taken as one."""
        one = Moments(1, self.sums.shape[1])
        one.cells[0] = self.cells.sum()
        for name in ("sums", "squares", "nonzero"):
            getattr(one, name)[0] = getattr(self, name).sum(axis=0)
        return one


def accumulate(rows: Rows, codes: NDArray[np.int64], groups: int) -> Moments:
    """Moments of groups of cells in one pass.

    Parameters
    ----------
    rows
        Cells by genes.
    codes
        Group of each cell, shape (cells,); negative for none.
    groups
        Number of groups.
    """
    moments = Moments(groups, rows.shape[1])
    for place, block in blocks(rows):
        moments.add(block, codes[place])
    return moments
