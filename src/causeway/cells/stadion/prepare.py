"""Take cells of a screen and hold out interventions."""

import logging
from pathlib import Path

import pandas as pd

from causeway.cells.stadion import environments as archive
from causeway.cells.stadion.config import Split
from causeway.cells.stadion.screens import screen
from causeway.cells.stadion.sources import ScreenFile, Source

log = logging.getLogger(__name__)


def prepare(
    *,
    source: Source,
    split: Split,
    seeds: list[int],
    known_targets: bool,
    environments: Path,
    perturbations: Path,
) -> None:
    """Draw or read a screen for each seed, and decide what is held out.

    Parameters
    ----------
    source
        Where the screen comes from.
    split
        What is held out beside what the source holds out itself.
    seeds
        Decide the synthetic world, and which interventions are held out.
    known_targets
        Whether any variant of the run needs the targets of perturbations to be measured.
    environments
        Folder to write: an archive of cells per seed.
    perturbations
        Table to write: each perturbation of each seed with its role and number of cells.
    """
    environments.mkdir()
    tables = []
    for seed in seeds:
        found = screen(source, split, seed)
        if known_targets:
            found.require_targets(source.path if isinstance(source, ScreenFile) else source.kind)
        archive.write(found, environments / f"seed{seed}.npz")
        tables.append(archive.table(found).assign(seed=seed))
        roles = tables[-1]["role"].value_counts().to_dict()
        log.info("seed %d: %d cells, %d genes, %s", seed, *found.cells.shape, roles)
    pd.concat(tables).to_csv(perturbations, sep="\t", index=False)
