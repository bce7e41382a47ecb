"""Units in which a diffusion is learned, and the way back."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from causeway.cells.labels import CONTROL
from causeway.cells.stadion.environments import Environments
from causeway.errors import InputError


@dataclass(frozen=True)
class Units:
    """``y = (x - origin) / scale``, both of shape (d,)."""

    origin: np.ndarray
    scale: np.ndarray

    def standard(self, states: np.ndarray) -> np.ndarray:
        """Return y."""
        return ((states - self.origin) / self.scale).astype(np.float32)

    def original(self, states: np.ndarray) -> np.ndarray:
        """Return x."""
        return states * self.scale + self.origin

    def matrix(self, effects: np.ndarray) -> np.ndarray:
        """Derivatives of the drift of x by x, of those of y by y; shape (d, d)."""
        return effects * self.scale[:, None] / self.scale


def units(environments: Environments, standardise: Literal["none", "control", "pooled"]) -> Units:
    """Choose units by the training cells alone.

    Raises
    ------
    InputError
        If a gene does not vary.
    """
    genes = len(environments.genes)
    if standardise == "none":
        return Units(np.zeros(genes), np.ones(genes))
    control = environments.of(CONTROL)
    cells = control
    if standardise == "pooled":
        cells = environments.cells[np.isin(environments.labels, environments.train)]
    scale = cells.std(0, dtype=np.float64)
    if (constant := np.flatnonzero(scale == 0)).size:
        names = ", ".join(environments.genes[place] for place in constant[:5])
        raise InputError(
            f"genes {names}", "do not vary over cells, so that they have no unit", "Drop them"
        )
    return Units(control.mean(0, dtype=np.float64), scale)
