"""Screens that a user brings, which no step has prepared: completed, and refused where they fail.

Other screens were written by a step of a pipeline, see :mod:`causeway.cells.screens`.
"""

from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from causeway import memory
from causeway.cells.labels import targets
from causeway.cells.normalisation import Matrix
from causeway.cells.screens import check_screen
from causeway.errors import InputError

FLOAT32 = 4
"""Bytes of a value."""
REMEDY = "Draw fewer cells, or take fewer genes"


def read_own_screen(path: Path) -> anndata.AnnData:
    """Read an ``.h5ad`` file that may lack what follows from its labels.

    Parameters
    ----------
    path
        States in ``X``, labels in ``obs["perturbation"]``. The numbers of targets,
        ``obs["nperts"]``, are counted if they are not there.

    Raises
    ------
    InputError
        If the file is damaged or too large, or something is missing; a value that is no finite
        number is named by its cell and gene.
    """
    try:
        with h5py.File(path, "r") as file:
            _require_memory(file["X"], path)
        screen = anndata.read_h5ad(path)
    except FileNotFoundError as error:
        raise InputError(path, "there is no such file", "Correct the path") from error
    except InputError:
        raise
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            path, f"is not a whole .h5ad file with X ({error})", "Write it anew"
        ) from error
    _check_labels(screen.obs, path)
    if "nperts" not in screen.obs:
        labels = screen.obs["perturbation"].astype(str)
        screen.obs["nperts"] = [len(targets(label)) for label in labels]
    _check_values(screen.X, "X", screen, path)
    for name, layer in screen.layers.items():
        _check_values(layer, f"layers[{name!r}]", screen, path)
    check_screen(screen, path)
    return screen


def states(screen: anndata.AnnData, where: object) -> NDArray[np.float32]:
    """Write all states out, shape (cells, genes).

    Parameters
    ----------
    screen
        Its ``X`` may be sparse.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If the memory is too small for them.
    """
    matrix = screen.X
    if not sparse.issparse(matrix):
        return np.asarray(matrix, dtype=np.float32)
    memory.require(FLOAT32 * screen.n_obs * screen.n_vars, _size_of(screen.shape), where, REMEDY)
    return matrix.astype(np.float32).toarray()


def _require_memory(stored: h5py.Group | h5py.Dataset, path: Path) -> None:
    """Refuse what does not fit as it is stored and written out, at once."""
    if isinstance(stored, h5py.Dataset):
        shape, values = stored.shape, stored
    else:
        shape, values = tuple(stored.attrs["shape"]), stored["data"]
    each = FLOAT32 * shape[0] * shape[1]
    memory.require(values.size * values.dtype.itemsize + each, _size_of(shape), path, REMEDY)


def _size_of(shape: tuple[int, ...]) -> str:
    return f"the matrix of {shape[0]:,} cells by {shape[1]:,} genes, zeros included,"


def _check_labels(table: pd.DataFrame, path: Path) -> None:
    if "perturbation" not in table:
        raise InputError(
            f"{path}, obs",
            "has no column 'perturbation'",
            "Add the label of each cell: 'control', or its targets joined by '+'",
        )
    if (missing := table["perturbation"].isna().to_numpy()).any():
        raise InputError(
            f"{path}, obs['perturbation'], cell {table.index[missing][0]}",
            f"{missing.sum()} cells have no label",
            "Add it, or drop them",
        )


def _check_values(matrix: Matrix, field: str, screen: anndata.AnnData, path: Path) -> None:
    if sparse.issparse(matrix):
        found = sparse.coo_array(matrix)
        wrong = ~np.isfinite(found.data)
        cells, genes, values = found.row[wrong], found.col[wrong], found.data[wrong]
    else:
        cells, genes = np.nonzero(~np.isfinite(matrix))
        values = np.asarray(matrix)[cells, genes]
    if len(values):
        cell, gene = screen.obs_names[cells[0]], screen.var_names[genes[0]]
        raise InputError(
            f"{path}, {field}, cell {cell}, gene {gene}",
            f"{values[0]:g} is no finite number, one of {len(values)}",
            "Fill them in, or drop the cells or genes",
        )
