"""Decide which perturbations are held out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import h5py
import pandas as pd
from anndata.io import read_elem

from causeway.cells import splits as tables
from causeway.cells.lcd.config import Holdout
from causeway.cells.screens import check_perturbations


def split(*, screen: Path, splits: Path, holdout: Holdout, seed: int) -> None:
    """Write the table of splits.

    Parameters
    ----------
    screen
        Screen in canonical form; only its table of cells is read.
    splits
        Table (tab-separated) to write, see :mod:`causeway.cells.splits`.
    holdout
        What is held out.
    seed
        Of what is drawn.

    Raises
    ------
    InputError
        If the screen has too few perturbations for that.
    """
    with h5py.File(screen, "r") as file:
        cells = read_elem(file["obs"])
    check_perturbations(cells, screen)
    labels = sorted(cells["perturbation"].astype(str).unique())
    tables.write_splits(_KINDS[holdout.kind](labels, holdout, seed), splits)


Maker = Callable[[list[str], Holdout, int], pd.DataFrame]

_KINDS: Mapping[str, Maker] = MappingProxyType(
    {
        "all-train": lambda labels, _, seed: tables.everything(labels, seed),
        "doubles": lambda labels, holdout, seed: tables.double_folds(
            labels, folds=holdout.folds, validation=holdout.validation, seed=seed
        ),
        "covered-doubles": lambda labels, holdout, seed: tables.covered_doubles(
            labels, folds=holdout.folds, seed=seed
        ),
        "random-doubles": lambda labels, holdout, seed: tables.random_doubles(
            labels, folds=holdout.folds, share=holdout.share, seed=seed
        ),
        "unseen-targets": lambda labels, holdout, seed: tables.unseen_targets(
            labels, folds=holdout.folds, share=holdout.share, seed=seed
        ),
        "singles": lambda labels, holdout, seed: tables.single_folds(
            labels, folds=holdout.folds, seed=seed
        ),
    }
)
