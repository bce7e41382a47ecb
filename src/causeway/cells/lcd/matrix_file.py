"""The file of a causal matrix: NumPy arrays by name, without pickle."""

import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError


@dataclass(frozen=True, kw_only=True)
class CausalFile:
    """What was read off a drift, and what it may be compared with.

    Parameters
    ----------
    A
        Effects, shape (d, d): entry ``[i, j]`` is the effect of gene j on gene i.
    bias
        Constant part of the drift, shape (d,).
    shifts
        What each environment adds to it, shape (K, d).
    genes
        Names, shape (d,).
    environments
        Single perturbations that were read, shape (K,).
    clusters
        Module of each gene, -1 for none, shape (d,).
    order
        Genes in the order of the tree's leaves, shape (d,).
    tree
        Linkage matrix of the genes, shape (d - 1, 4).
    inverse
        Known-target inverse, shape (d, d).
    signed_shifts
        Differential expression with the sign of each target's own, shape (d, d).
    truth
        True effects, shape (d, d); shape (0, 0) where they are not known.
    """

    A: NDArray[np.float64]
    bias: NDArray[np.float64]
    shifts: NDArray[np.float64]
    genes: NDArray[np.str_]
    environments: NDArray[np.str_]
    clusters: NDArray[np.int_]
    order: NDArray[np.int_]
    tree: NDArray[np.float64]
    inverse: NDArray[np.float64]
    signed_shifts: NDArray[np.float64]
    truth: NDArray[np.float64]


def write_causal_file(found: CausalFile, path: Path) -> None:
    """Write all arrays to an ``.npz`` file."""
    with path.open("wb") as file:
        np.savez_compressed(file, **asdict(found))


def read_causal_file(path: Path) -> CausalFile:
    """Read the arrays of an ``.npz`` file.

    Raises
    ------
    InputError
        If the file is broken, or an array is missing.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return CausalFile(**{name: arrays[name] for name in CausalFile.__annotations__})
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(
            path, f"not a causal matrix ({error})", "Remove the file and run the workflow again"
        ) from error
