"""Cells that a split trains on, by environment."""

from dataclasses import dataclass
from pathlib import Path

import anndata
import numpy as np
from numpy.typing import NDArray

from causeway import memory
from causeway.cells.labels import CONTROL, targets
from causeway.cells.screens import COUNTS, read_screen
from causeway.cells.splits import members, read_splits
from causeway.errors import InputError


@dataclass(frozen=True)
class Split:
    """A screen of the panel's genes, and what one split does with its perturbations.

    Parameters
    ----------
    screen
        In canonical form.
    environments
        The control, then the training perturbations.
    held_out
        Perturbations that are tested, or that validate.
    where
        File of the screen.
    """

    screen: anndata.AnnData
    environments: list[str]
    held_out: list[str]
    where: Path

    @property
    def counted(self) -> bool:
        """Whether cells are counts; else they are states."""
        return COUNTS in self.screen.layers

    @property
    def tokens(self) -> list[str]:
        """All targets of the split, sorted, trained or not."""
        labels = [*self.environments, *self.held_out]
        return sorted({target for label in labels for target in targets(label)})

    def counts(self) -> list[NDArray[np.float32]]:
        """Counts of each environment, shape (n_k, d).

        Raises
        ------
        InputError
            If they do not fit into memory, in which no zero is left out.
        """
        labels = self.screen.obs["perturbation"].astype(str).to_numpy()
        matrix = self.screen.layers[COUNTS]
        cells, genes = int(np.isin(labels, self.environments).sum()), self.screen.n_vars
        memory.require(
            np.dtype(np.float32).itemsize * cells * genes,
            f"the counts of {cells:,} training cells by {genes:,} genes",
            self.where,
            "Draw fewer cells by quality.draw, or take fewer genes by panel.genes",
        )
        return [_dense(matrix[labels == label]) for label in self.environments]


def read_split(panel: Path, splits: Path, split: str) -> Split:
    """Read a panel and take one split of it.

    Raises
    ------
    InputError
        If the split is not in the table, trains nothing, or the panel has no cells of one of its
        perturbations.
    """
    screen = read_screen(panel)
    table = read_splits(splits)
    train = [label for label in members(table, split, "train", splits) if label != CONTROL]
    held_out = [
        label for role in ("validation", "test") for label in members(table, split, role, splits)
    ]
    if not train:
        raise InputError(splits, f"split '{split}' trains on no perturbation", "Hold out fewer")
    present = set(screen.obs["perturbation"].astype(str))
    if missing := sorted({CONTROL, *train, *held_out} - present):
        raise InputError(
            panel, f"no cells of '{missing[0]}', which {splits} names", "Make both anew"
        )
    return Split(screen, [CONTROL, *train], held_out, panel)


def _dense(matrix: object) -> NDArray[np.float32]:
    found = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    return np.asarray(found, dtype=np.float32)
