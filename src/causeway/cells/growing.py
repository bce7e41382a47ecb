"""Screens that are written block by block of cells, so that they need not fit into memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse


class GrowingScreen:
    """Sparse matrices of one screen that grow by blocks of cells.

    Parameters
    ----------
    file
        Open file that has the tables already.
    genes
        Number of columns.
    """

    def __init__(self, file: h5py.File, genes: int) -> None:
        self._file, self._genes = file, genes
        self._indptr: dict[str, list[NDArray[np.int64]]] = {}

    def append(self, name: str, block: sparse.csr_array) -> None:
        """Add cells below those of the matrix ``name``, e.g. ``layers/counts``."""
        if name not in self._indptr:
            self._indptr[name] = [np.zeros(1, dtype=np.int64)]
            group = self._file.create_group(name)
            for part, kind in (("data", np.float32), ("indices", np.int32)):
                group.create_dataset(part, (0,), kind, maxshape=(None,), chunks=(1 << 16,))
        group, parts = self._file[name], self._indptr[name]
        last = int(parts[-1][-1])
        for part in ("data", "indices"):
            group[part].resize((last + block.nnz,))
            group[part][last:] = getattr(block, part)
        parts.append(block.indptr[1:].astype(np.int64) + last)

    def finish(self) -> None:
        """Write where rows begin, and what the matrices are."""
        for name, parts in self._indptr.items():
            indptr = np.concatenate(parts)
            group = self._file[name]
            group.create_dataset("indptr", data=indptr)
            group.attrs["encoding-type"] = "csr_matrix"
            group.attrs["encoding-version"] = "0.1.0"
            group.attrs["shape"] = np.array([len(indptr) - 1, self._genes])


@contextmanager
def growing_screen(
    path: Path, cells: pd.DataFrame, genes: pd.DataFrame, uns: dict[str, Any] | None = None
) -> Iterator[GrowingScreen]:
    """Write a screen whose cells are added block by block.

    Parameters
    ----------
    path
        ``.h5ad`` file.
    cells, genes
        Tables ``obs`` and ``var``.
    uns
        Further content.
    """
    anndata.AnnData(obs=cells, var=genes, uns=uns or {}).write_h5ad(path)
    with h5py.File(path, "r+") as file:
        if "X" in file:
            del file["X"]
        screen = GrowingScreen(file, len(genes))
        yield screen
        screen.finish()
