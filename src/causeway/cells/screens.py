"""The canonical form of a perturbation screen, as an AnnData of cells by genes.

``X`` holds log-normalised float32 and ``layers["counts"]`` raw counts; where states of a synthetic
world are observed directly, ``X`` holds them and there is no layer. ``obs`` has ``perturbation``
(canonical, see :mod:`causeway.cells.labels`), ``nperts`` (number of targets), with counts also
``ncounts`` (library size over all genes that were measured), and ``dose`` where doses differ.
"""

from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from causeway import memory
from causeway.cells.labels import CONTROL, canonical, targets
from causeway.errors import InputError

COUNTS = "counts"
"""Layer of raw counts."""


def check_screen(screen: anndata.AnnData, where: object) -> None:
    """Check the canonical form.

    Parameters
    ----------
    screen
        Cells by genes, in memory.
    where
        Stands in errors.

    Raises
    ------
    InputError
        On the first violation.
    """
    check_names(screen.obs_names, "cell", "obs_names", where)
    check_names(screen.var_names, "gene", "var_names", where)
    if not screen.n_obs or not screen.n_vars:
        raise InputError(where, "has no cells or no genes", "Name a screen with both")
    check_perturbations(screen.obs, where)
    for name, matrix in (("X", screen.X), *screen.layers.items()):
        values = matrix.data if sparse.issparse(matrix) else np.asarray(matrix)
        if not np.isfinite(values).all():
            raise InputError(f"{where}, {name}", "has NaN or infinite values", "Prepare it anew")
        if name == COUNTS and ((values < 0).any() or (values != np.rint(values)).any()):
            raise InputError(
                f"{where}, layers['{COUNTS}']",
                "has negative or fractional values",
                "Store raw counts there",
            )
    if COUNTS in screen.layers and "ncounts" not in screen.obs:
        raise InputError(
            f"{where}, obs", "has no column 'ncounts'", "Add the library size over all genes"
        )


def check_names(names: pd.Index, noun: str, field: str, where: object) -> None:
    """Refuse names that occur twice.

    Raises
    ------
    InputError
        With the first such name.
    """
    if not names.is_unique:
        twice = names[names.duplicated()].unique()
        raise InputError(
            f"{where}, {field}",
            f"{len(twice)} {noun} names occur more than once, e.g. {twice[0]!r}",
            f"Make {noun} names unique (anndata's {field}_make_unique), or join what they name",
        )


def check_perturbations(table: pd.DataFrame, where: object) -> None:
    """Check the columns ``perturbation`` and ``nperts`` of ``obs``.

    Raises
    ------
    InputError
        If one is missing, not canonical, or there is no control cell.
    """
    for column in ("perturbation", "nperts"):
        if column not in table:
            raise InputError(
                f"{where}, obs", f"has no column {column!r}", "Prepare the screen first"
            )
    labels = table["perturbation"].astype(str)
    for label in labels.unique():
        if canonical(targets(label)) != label:
            raise InputError(
                f"{where}, obs['perturbation']",
                f"{label!r} is not canonical",
                f"Write {canonical(targets(label))!r}",
            )
    if not (labels == CONTROL).any():
        raise InputError(
            f"{where}, obs['perturbation']",
            "there are no control cells",
            f"Call unperturbed cells {CONTROL!r}",
        )
    numbers = labels.map({label: len(targets(label)) for label in labels.unique()})
    if (numbers.to_numpy() != table["nperts"].to_numpy()).any():
        raise InputError(
            f"{where}, obs['nperts']", "is not the number of targets", "Prepare the screen anew"
        )


def read_screen(path: Path) -> anndata.AnnData:
    """Read a screen into memory.

    Raises
    ------
    InputError
        If the file is damaged, not in canonical form or too large for the memory.
    """
    try:
        memory.require(
            _size(path),
            "the screen",
            path,
            "Draw fewer cells by quality.draw, or take fewer genes",
        )
        screen = anndata.read_h5ad(path)
    except FileNotFoundError as error:
        raise InputError(path, "there is no such file", "Correct the path") from error
    except InputError:
        raise
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            path, f"is not a whole .h5ad file ({error})", "Delete it and make it anew"
        ) from error
    check_screen(screen, path)
    return screen


def write_screen(screen: anndata.AnnData, path: Path) -> None:
    """Write a screen that is in canonical form.

    Raises
    ------
    InputError
        If it is not.
    """
    check_screen(screen, path)
    screen.write_h5ad(path)


def _size(path: Path) -> int:
    """Bytes of all arrays of a file once they are in memory."""
    sizes: list[int] = []

    def add(_: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(item.size * item.dtype.itemsize)

    with h5py.File(path, "r") as file:
        file.visititems(add)
    return sum(sizes)


def has_counts(path: Path) -> bool:
    """Whether a screen on disk has a layer of counts."""
    with h5py.File(path, "r") as file:
        return COUNTS in file.get("layers", ())
