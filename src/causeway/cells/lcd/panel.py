"""Choose the genes that are modelled, by training cells alone."""

import shutil
from pathlib import Path

from causeway.cells.screens import has_counts
from causeway.cells.selection import select_panel
from causeway.cells.sources import Panel
from causeway.cells.splits import members, read_splits


def panel(*, screen: Path, splits: Path, panel: Path, settings: Panel, split: str) -> None:
    """Write the screen of the genes of a split's panel.

    Parameters
    ----------
    screen
        Screen in canonical form.
    splits
        Table of splits, see :mod:`causeway.cells.splits`.
    panel
        ``.h5ad`` file to write: all cells, the genes of the panel. States of a synthetic world
        that are observed directly keep all their genes.
    settings
        How many genes, and how they are chosen.
    split
        Name of the split.

    Raises
    ------
    InputError
        If there is no such split, or nothing to choose genes by.
    """
    table = read_splits(splits)
    train = members(table, split, "train", splits)
    test = members(table, split, "test", splits)
    if has_counts(screen):
        select_panel(screen, train, test, settings, panel)
    else:
        shutil.copyfile(screen, panel)
