"""Sparse matrices in Matrix Market text, plain or gzipped."""

import zlib
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.io import mminfo, mmread

from causeway import memory
from causeway.errors import InputError

BYTES = 40
"""Memory per entry at the peak: as read (row, column, value) and sorted by rows."""


def read_matrix(path: Path) -> sparse.coo_array:
    """Read a matrix as it stands in the file.

    Raises
    ------
    InputError
        If the file is truncated or is no sparse matrix of numbers, or is too large for the memory.
    """
    try:
        rows, columns, entries, layout, field, _ = mminfo(path)
    except (OSError, ValueError, EOFError, OverflowError, zlib.error) as error:
        raise _damaged(path, error) from error
    if layout != "coordinate" or field not in ("integer", "unsigned-integer", "real"):
        raise InputError(
            f"{path}, line 1", f"is a {layout} matrix of field {field}", "Store counts, sparse"
        )
    memory.require(
        entries * BYTES,
        f"the matrix of {rows:,} by {columns:,} with {entries:,} entries",
        path,
        "Convert it into .h5ad, which is read in blocks",
    )
    try:
        matrix = sparse.coo_array(mmread(path, spmatrix=False))
    except (OSError, ValueError, EOFError, OverflowError, zlib.error) as error:
        raise _damaged(path, error) from error
    if matrix.nnz != entries:
        raise _damaged(path, f"{matrix.nnz} of {entries} entries")
    keys = matrix.row.astype(np.int64) * columns + matrix.col
    if len(np.unique(keys)) != len(keys):
        raise InputError(path, "an entry is given twice", "Get the file again")
    return matrix


def _damaged(path: Path, why: object) -> InputError:
    return InputError(path, f"is damaged or not whole ({why})", "Get the file again")
