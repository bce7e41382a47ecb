"""Make the screens of all seeds, and split their contexts."""

from pathlib import Path

import anndata
import numpy as np

from causeway.cells.gim import splitting
from causeway.cells.gim.contexts import Screen
from causeway.cells.gim.sciplex import screen as sciplex_screen
from causeway.cells.gim.sources import SciPlex, ScreenFile, Source
from causeway.cells.own_screens import read_own_screen
from causeway.cells.screens import write_screen
from causeway.cells.splits import write_splits
from causeway.cells.worlds.hill import hill_world
from causeway.errors import InputError


def prepare(
    *, cells: list[Path], drugs: list[Path], screens: Path, source: Source, seeds: list[int]
) -> None:
    """Make the screens of all seeds, and hold doses and drugs out.

    Parameters
    ----------
    cells, drugs
        Raw cells and fingerprints of a published screen, none for other sources.
    screens
        Folder to write: ``seed<seed>.h5ad``, the screen, and ``seed<seed>.tsv``, its splits.
    source
        Where the screen comes from. Worlds are drawn anew for each seed.
    seeds
        Seeds of the replicates.

    Raises
    ------
    InputError
        If a screen lacks doses or descriptors, or does not have what is held out.
    """
    screens.mkdir(parents=True)
    for seed in seeds:
        screen, where = _screen(source, cells, drugs, seed)
        contexts = Screen(screen, where).contexts
        table = splitting.split(
            contexts, list(screen.uns["held_out"]), list(screen.uns["held_out_doses"]), seed
        )
        write_screen(screen, screens / f"seed{seed}.h5ad")
        write_splits(table, screens / f"seed{seed}.tsv")


def _screen(
    source: Source, cells: list[Path], drugs: list[Path], seed: int
) -> tuple[anndata.AnnData, object]:
    if isinstance(source, SciPlex):
        if len(cells) != 1 or len(drugs) != 1:
            raise InputError("sources", "SciPlex3 needs its cells and drugs", "Name one file each")
        return sciplex_screen(cells[0], drugs[0], source, seed), cells[0]
    if isinstance(source, ScreenFile):
        screen = read_own_screen(source.path)
        screen.uns["held_out"] = np.array(source.held_out, dtype=str)
        screen.uns["held_out_doses"] = np.array(source.held_out_doses, dtype=float)
        return screen, source.path
    return hill_world(source, seed), "Hill world"
