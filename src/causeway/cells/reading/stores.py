"""Screens in ``.h5ad`` files and zarr folders, of which only the tables are read at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import zarr
from anndata.io import read_elem
from scipy import sparse

from causeway import memory
from causeway.cells.reading.raw import Raw
from causeway.cells.reading.rows import CompressedRows, DenseRows, HeldRows, Rows
from causeway.errors import InputError


@contextmanager
def open_store(path: Path, layer: str | None) -> Iterator[Raw]:
    """Open an ``.h5ad`` file or a zarr folder.

    Parameters
    ----------
    path
        File or folder.
    layer
        Layer to read, ``raw`` for ``raw.X``, None for ``X``.

    Raises
    ------
    InputError
        If it is damaged, of an old version, or lacks the layer.
    """
    with _root(path) as root:
        tables = root["raw"] if layer == "raw" and "raw" in root else root
        name = "X" if layer in (None, "raw") else f"layers/{layer}"
        if tables is root and (layer == "raw" or name not in root):
            has = ["null", *(["raw"] if "raw" in root else []), *root.get("layers", ())]
            raise InputError(f"{path}, {name}", "is not there", f"Set layer to {', '.join(has)}")
        rows = read_rows(tables[name], f"{path}, {name}")
        try:
            cells, genes = read_elem(root["obs"]), read_elem(tables["var"])
        except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
            raise _damaged(path, error) from error
        if not hasattr(cells, "columns") or not hasattr(genes, "columns"):
            raise InputError(
                f"{path}, obs", "is of an old version", "Read and write it by anndata once"
            )
        yield Raw(cells, genes, rows, str(path))


def read_rows(stored: Any, where: str) -> Rows:
    """Give rows of a stored matrix, sparse or dense.

    Compressed columns have no rows to read one after the other and are read as a whole.

    Parameters
    ----------
    stored
        Array or group of HDF5 or zarr.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If it is damaged or of an unknown encoding, or too large for the memory where it has to be
        read as a whole.
    """
    if hasattr(stored, "shape"):
        return DenseRows(stored, where)
    kind = stored.attrs.get("encoding-type", stored.attrs.get("h5sparse_format"))
    shape = stored.attrs.get("shape", stored.attrs.get("h5sparse_shape"))
    if kind not in ("csr_matrix", "csc_matrix", "csr", "csc") or shape is None:
        raise InputError(
            where, f"is of encoding {kind!r}", "Store a dense matrix or compressed sparse rows"
        )
    cells, genes = map(int, shape)
    lines = cells if kind.startswith("csr") else genes
    try:
        indptr = np.asarray(stored["indptr"][:], dtype=np.int64)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise _damaged(where, error) from error
    if len(indptr) != lines + 1 or indptr[0] != 0 or (np.diff(indptr) < 0).any():
        raise InputError(where, "indptr does not fit the shape", "Get the file again")
    if min(stored["data"].shape[0], stored["indices"].shape[0]) < indptr[-1]:
        raise InputError(where, "has fewer entries than indptr tells", "Get the file again")
    if kind.startswith("csr"):
        return CompressedRows(stored["data"], stored["indices"], indptr, genes, where)
    entries = int(indptr[-1])
    memory.require(
        entries * 2 * (stored["data"].dtype.itemsize + 8),
        f"{entries:,} entries in compressed columns",
        where,
        "Store compressed rows, which are read in blocks",
    )
    columns = CompressedRows(stored["data"], stored["indices"], indptr, cells, where)
    return HeldRows(sparse.csr_array(columns.block(0, genes).T))


@contextmanager
def _root(path: Path) -> Iterator[Any]:
    if path.is_dir():
        try:
            root = zarr.open_group(path, mode="r")
        except (OSError, KeyError, ValueError, zarr.errors.BaseZarrError) as error:
            raise _damaged(path, error) from error
        yield root
        return
    try:
        file = h5py.File(path, "r")
    except FileNotFoundError as error:
        raise InputError(path, "there is no such file", "Correct the path") from error
    except OSError as error:
        raise _damaged(path, error) from error
    with file:
        yield file


def _damaged(where: object, error: Exception) -> InputError:
    return InputError(where, f"is damaged or not whole ({error})", "Get the file again")
