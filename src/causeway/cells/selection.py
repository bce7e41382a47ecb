"""The panel of a split: genes chosen by its training cells, written for all cells."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem
from numpy.typing import NDArray
from scipy import sparse

from causeway import memory
from causeway.cells.genes import choose, is_target, rank_scores, times_marker, variable_genes
from causeway.cells.growing import growing_screen
from causeway.cells.labels import CONTROL, targets
from causeway.cells.reading.rows import Rows, blocks
from causeway.cells.reading.stores import read_rows
from causeway.cells.screens import check_perturbations
from causeway.cells.sources import Panel
from causeway.cells.streaming import Moments
from causeway.errors import InputError

log = logging.getLogger(__name__)

GATHERED = 50_000_000
"""Entries that are held at once to rank genes; more are read in several passes."""


def select_panel(
    screen: Path, train: Sequence[str], test: Sequence[str], settings: Panel, path: Path
) -> pd.DataFrame:
    """Choose genes by training cells and write the screen of these genes, with all cells.

    Parameters
    ----------
    screen
        Screen in canonical form, with counts; read block by block.
    train, test
        Perturbations that train and that are held out. Of the latter, only the names of targets
        are looked at.
    settings
        How many genes, and how they are chosen.
    path
        ``.h5ad`` file to write. ``ncounts`` remains the library size over all genes.

    Returns
    -------
    DataFrame
        All genes of the screen with what decided: columns of
        :func:`causeway.cells.genes.choose`, ``means``, ``dispersions``, ``mean_count``.

    Raises
    ------
    InputError
        If there are no cells to learn from, or not enough memory for as many perturbations.
    """
    with h5py.File(screen, "r") as file:
        cells, genes, uns = (read_elem(file[name]) for name in ("obs", "var", "uns"))
        check_perturbations(cells, screen)
        logged, counts = (
            read_rows(file["X"], f"{screen}, X"),
            read_rows(file["layers/counts"], f"{screen}, layers/counts"),
        )
        groups = _learned_from(train, settings)
        codes = cells["perturbation"].astype(str).map({name: n for n, name in enumerate(groups)})
        numbers = codes.fillna(-1).to_numpy(dtype=np.int64)
        present = np.bincount(numbers[numbers >= 0], minlength=len(groups))
        if len(groups) < 2 or not present.all():
            raise InputError(
                screen,
                "has no cells of a training perturbation to choose genes by",
                "Set panel.learned_from to 'train', or split anew",
            )
        table = _statistics(logged, counts, numbers, groups, settings, screen)
        names = genes.index.astype(str)
        table["test_target"] = is_target(
            names, {gene for label in test for gene in targets(label)}
        )
        table["train_target"] = is_target(
            names, {gene for label in train for gene in targets(label)}
        )
        table.index = names
        chosen = choose(table, settings.genes)
        log.info(
            "%d of %d genes, %d of them targets", len(chosen), len(table), _hits(table, chosen)
        )
        _write(
            path,
            cells,
            table.iloc[chosen],
            _passed(uns, len(chosen) == len(table)),
            {"X": logged, "layers/counts": counts},
            chosen,
        )
    return table


def _learned_from(train: Sequence[str], settings: Panel) -> list[str]:
    most = 1 if settings.learned_from == "singles" else np.inf
    return [CONTROL, *sorted(label for label in train if 1 <= len(targets(label)) <= most)]


def _statistics(
    logged: Rows,
    counts: Rows,
    codes: NDArray[np.int64],
    groups: Sequence[str],
    settings: Panel,
    screen: Path,
) -> pd.DataFrame:
    genes = logged.shape[1]
    memory.require(
        3 * 8 * genes * len(groups),
        f"ranking {genes:,} genes for {len(groups):,} perturbations",
        screen,
        "Raise quality.min_cells or quality.perturbation_cells",
    )
    one = np.where(codes >= 0, 0, -1)
    linear, raw = Moments(1, genes), Moments(1, genes)
    for place, block in blocks(logged):
        # In float32, as scanpy computes it.
        block.data = np.expm1(block.data)
        linear.add(block, one[place])
    for place, block in blocks(counts):
        raw.add(block, one[place])
    table = variable_genes(linear.means[0], linear.variances[0])
    table["mean_count"] = raw.means[0]
    least = settings.min_mean
    table["abundant"] = True if least is None else table["mean_count"] > least
    table["markers"] = _markers(logged, codes, len(groups), settings.markers)
    return table


def _markers(logged: Rows, codes: NDArray[np.int64], groups: int, top: int) -> NDArray[np.int64]:
    genes = logged.shape[1]
    if not top:
        return np.zeros(genes, dtype=np.int64)
    entries = max(logged.density * logged.shape[0] * genes, 1)
    step = max(1, int(genes * GATHERED / entries))
    scores = np.empty((groups - 1, genes))
    for start in range(0, genes, step):
        part = slice(start, min(start + step, genes))
        scores[:, part] = rank_scores(_columns(logged, codes, part), codes[codes >= 0], groups)
    return times_marker(scores, top)


def _columns(logged: Rows, codes: NDArray[np.int64], part: slice) -> sparse.csc_array:
    """Some genes of all cells that have a group."""
    found = [
        block[np.flatnonzero(codes[place] >= 0)][:, part].tocsc()
        for place, block in blocks(logged)
    ]
    return sparse.csc_array(sparse.vstack(found, format="csc"))


def _hits(table: pd.DataFrame, chosen: NDArray[np.int64]) -> int:
    return int((table["test_target"] | table["train_target"]).iloc[chosen].sum())


def _passed(uns: dict[str, Any], whole: bool) -> dict[str, Any]:
    """What the panel inherits; the truth of a world is about all its genes."""
    return {name: value for name, value in uns.items() if whole or name != "truth"}


def _write(
    path: Path,
    cells: pd.DataFrame,
    genes: pd.DataFrame,
    uns: dict[str, Any],
    matrices: dict[str, Rows],
    chosen: NDArray[np.int64],
) -> None:
    with growing_screen(path, cells, genes, uns) as panel:
        for name, rows in matrices.items():
            for _, block in blocks(rows):
                panel.append(name, block[:, chosen])
