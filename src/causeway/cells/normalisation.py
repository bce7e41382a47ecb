"""Bring cells of different sources to one library size on one panel of genes."""

from typing import TypeAlias

import numpy as np
from scipy import sparse

Matrix: TypeAlias = np.ndarray | sparse.spmatrix | sparse.sparray
"""Cells by genes."""


def libraries(linear: Matrix) -> np.ndarray:
    """Sum over genes of counts, or of other expression that is not logged, shape (cells,)."""
    return np.asarray(linear.sum(axis=1), dtype=np.float64).ravel()


def log_normalised(linear: Matrix, target_sum: float) -> Matrix:
    """Scale each cell to a sum over genes, then take log(1 + x).

    Only proportions within a cell matter, so that counts and expression that was normalised
    before (and is not logged any more) give the same.

    Parameters
    ----------
    linear
        Cells by genes, not negative; dense, or in compressed rows, which it stays. A cell
        without counts remains zero.
    target_sum
        Sum over genes after scaling.
    """
    sums = libraries(linear)
    factors = np.divide(target_sum, sums, out=np.zeros_like(sums), where=sums > 0)
    if not sparse.issparse(linear):
        return np.log1p(linear * factors[:, None]).astype(np.float32)
    rows = sparse.csr_array(linear, dtype=np.float32)
    rows.data = np.log1p(rows.data * np.repeat(factors, np.diff(rows.indptr))).astype(np.float32)
    return rows


def linear(logged: Matrix) -> Matrix:
    """Undo log(1 + x); dense stays dense, sparse stays sparse."""
    if not sparse.issparse(logged):
        return np.expm1(logged)
    rows = sparse.csr_array(logged, copy=True)
    rows.data = np.expm1(rows.data)
    return rows
