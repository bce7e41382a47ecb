"""Whether values are raw counts, and counts that can be proved to lie behind other values."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from causeway.errors import InputError

TOLERANCE = 0.01
"""Distance from a whole number within which rounding errors of float32 are expected."""


class Recovered(NamedTuple):
    """Counts behind normalised values, and the cells for which they are proved."""

    counts: sparse.csr_array
    proved: NDArray[np.bool_]


def check_counts(
    block: sparse.csr_array,
    cells: Sequence[str] | pd.Index,
    genes: Sequence[str] | pd.Index,
    where: object,
    *,
    whole: bool = True,
) -> None:
    """Refuse what cannot be counts, or logarithms of 1 plus counts.

    Parameters
    ----------
    block
        Cells by genes.
    cells, genes
        Their names, for errors.
    where
        File and field, for errors.
    whole
        Whether fractions are refused as well.

    Raises
    ------
    InputError
        With the first NaN or infinite, negative or fractional value.
    """
    values = block.data
    for wrong, what, remedy in (
        (~np.isfinite(values), "no finite number", "Get the counts again"),
        (values < 0, "negative", "Name the layer of raw counts by 'layer'"),
        (
            whole & (values != np.rint(values)),
            "no whole number",
            "Name the layer of raw counts by 'layer', or set values to log-normalised",
        ),
    ):
        if wrong.any():
            entry = int(np.flatnonzero(wrong)[0])
            cell = int(np.searchsorted(block.indptr, entry, side="right")) - 1
            raise InputError(
                f"{where}, cell {cells[cell]}, gene {genes[block.indices[entry]]}",
                f"{values[entry]:g} is {what}",
                remedy,
            )


def recover(block: sparse.csr_array, tolerance: float = TOLERANCE) -> Recovered:
    """Undo log(1 + x) and the scaling of each cell to a common library size.

    Within a cell, values are counts times an unknown factor. If a count of one is among them, it
    is the smallest, and all ratios to the smallest are whole. A cell is proved if they are, which
    leaves one assumption, that its counts have no common factor; no factor is guessed for others.
    The arithmetic must be able to tell whole numbers apart, too: a count too large for the
    precision of the values proves nothing.

    Parameters
    ----------
    block
        Log-normalised values, cells by genes, none negative.
    tolerance
        Largest distance of a ratio from a whole number.

    Returns
    -------
    Recovered
        Cells that are not proved, among them those without any count, have no entries.
    """
    stored = sparse.csr_array(block, copy=True)
    stored.eliminate_zeros()
    precision = np.finfo(stored.dtype if stored.dtype.kind == "f" else np.float64).eps
    logged = stored.data.astype(np.float64)
    linear = np.expm1(logged)
    filled = np.diff(stored.indptr) > 0
    proved = filled.copy()
    if filled.any():
        starts = stored.indptr[:-1][filled]
        sizes = np.diff(stored.indptr)[filled]
        ratios = linear / np.repeat(np.minimum.reduceat(linear, starts), sizes)
        error = np.abs(ratios - np.rint(ratios))
        # Each of normalising, taking logarithms and storing rounds once.
        rounding = 4 * precision * (1 + logged) * ratios
        good = (error <= tolerance) & (rounding <= tolerance)
        proved[filled] = np.logical_and.reduceat(good, starts)
        stored.data = np.where(np.repeat(proved[filled], sizes), np.rint(ratios), 0.0)
    counts = sparse.csr_array(stored, dtype=np.float32)
    counts.eliminate_zeros()
    return Recovered(counts, proved)
