"""Matrices of cells by genes whose rows are read block by block."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from causeway.errors import InputError

ENTRIES = 4_000_000
"""Non-zero entries of a block, about."""


class Rows(Protocol):
    """A matrix of cells by genes."""

    @property
    def shape(self) -> tuple[int, int]:
        """Cells and genes."""

    @property
    def density(self) -> float:
        """Share of entries that are stored."""

    def block(self, start: int, stop: int) -> sparse.csr_array:
        """Rows from ``start`` to before ``stop``."""


@dataclass(frozen=True)
class HeldRows:
    """Rows of a matrix in memory."""

    matrix: sparse.csr_array

    @property
    def shape(self) -> tuple[int, int]:
        """Cells and genes."""
        return self.matrix.shape

    @property
    def density(self) -> float:
        """Share of entries that are stored."""
        return self.matrix.nnz / max(self.matrix.shape[0] * self.matrix.shape[1], 1)

    def block(self, start: int, stop: int) -> sparse.csr_array:
        """Rows from ``start`` to before ``stop``."""
        return self.matrix[start:stop]


@dataclass(frozen=True)
class CompressedRows:
    """Compressed sparse rows in a file.

    Parameters
    ----------
    data, indices
        Arrays of the file; anything that can be sliced.
    indptr
        Where rows begin, in memory.
    genes
        Number of columns.
    where
        Stands in errors.
    """

    data: Any
    indices: Any
    indptr: NDArray[np.int64]
    genes: int
    where: str

    @property
    def shape(self) -> tuple[int, int]:
        """Cells and genes."""
        return len(self.indptr) - 1, self.genes

    @property
    def density(self) -> float:
        """Share of entries that are stored."""
        return float(self.indptr[-1]) / max(self.shape[0] * self.genes, 1)

    def block(self, start: int, stop: int) -> sparse.csr_array:
        """Rows from ``start`` to before ``stop``.

        Raises
        ------
        InputError
            If the arrays do not fit together.
        """
        stop = min(stop, self.shape[0])
        begin, end = int(self.indptr[start]), int(self.indptr[stop])
        parts = (
            _read(self.data, begin, end, self.where),
            _read(self.indices, begin, end, self.where),
        )
        columns = parts[1]
        if len(columns) != end - begin or (
            len(columns) and not 0 <= columns.min() <= columns.max() < self.genes
        ):
            raise InputError(
                self.where, "indices and indptr do not fit together", "Get the file again"
            )
        pointers = self.indptr[start : stop + 1] - begin
        block = sparse.csr_array((*parts, pointers), shape=(stop - start, self.genes))
        block.sort_indices()
        if not block.has_canonical_format:
            raise InputError(self.where, "an entry is stored twice", "Get the file again")
        return block


@dataclass(frozen=True)
class DenseRows:
    """Rows of a dense array in a file.

    Parameters
    ----------
    array
        Cells by genes; anything that can be sliced.
    where
        Stands in errors.
    """

    array: Any
    where: str

    @property
    def shape(self) -> tuple[int, int]:
        """Cells and genes."""
        return int(self.array.shape[0]), int(self.array.shape[1])

    @property
    def density(self) -> float:
        """Share of entries that are stored."""
        return 1.0

    def block(self, start: int, stop: int) -> sparse.csr_array:
        """Rows from ``start`` to before ``stop``."""
        return sparse.csr_array(_read(self.array, start, stop, self.where))


def _read(array: Any, start: int, stop: int, where: str) -> NDArray[Any]:
    """A stretch of an array of HDF5 or zarr; each reports damage in ways of its own."""
    try:
        return np.asarray(array[start:stop])
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise InputError(
            where, f"is damaged or not whole ({error})", "Get the file again"
        ) from error


def blocks(rows: Rows, entries: int = ENTRIES) -> Iterator[tuple[slice, sparse.csr_array]]:
    """Blocks of consecutive rows, of about as many entries each, with their places."""
    cells, genes = rows.shape
    step = max(1, int(entries / max(genes * rows.density, 1)))
    for start in range(0, cells, step):
        stop = min(start + step, cells)
        yield slice(start, stop), rows.block(start, stop)
