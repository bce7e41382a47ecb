"""Predictions that need no model, and the ceiling that no model can pass.

Each baseline gives cells of a held-out perturbation from training cells alone. They are those of
arXiv:2601.15341 ("All-perturbed", "SALT") and of Ahlmann-Eltze, Huber and Anders (Nature Methods
2025), who find that deep models rarely beat them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from causeway.cells.labels import CONTROL, targets
from causeway.cells.normalisation import Matrix


@dataclass(frozen=True)
class Training:
    """What baselines know of the training cells.

    Parameters
    ----------
    control
        Control cells, shape (cells, genes).
    labels
        Training perturbations, without control.
    means
        Their mean expression, shape (perturbations, genes).
    perturbed
        Cells of all of them, or a random sample, shape (cells, genes).
    """

    control: np.ndarray
    labels: tuple[str, ...]
    means: np.ndarray
    perturbed: np.ndarray

    @property
    def origin(self) -> np.ndarray:
        """Mean of control cells, shape (genes,)."""
        return self.control.mean(axis=0, dtype=np.float64)

    @property
    def reference(self) -> np.ndarray:
        """Mean of the means of the training perturbations; of control if there are none."""
        return self.means.mean(axis=0) if self.labels else self.origin

    def shift(self, label: str) -> np.ndarray | None:
        """Difference of the mean of a perturbation from control; None if it was not seen."""
        if label not in self.labels:
            return None
        return self.means[self.labels.index(label)] - self.origin


def training(
    cells: Matrix,
    labels: np.ndarray,
    at_most: int,
    seed: int,
) -> Training:
    """Summarise training cells for the baselines.

    Parameters
    ----------
    cells
        Cells by genes, dense or in compressed rows; only what is kept of them becomes dense.
    labels
        Perturbation of each cell.
    at_most
        Cells kept of control, and of all perturbations together, chosen at random.
    seed
        Of this choice.
    """
    rng = np.random.default_rng(seed)
    labels = np.asarray(labels).astype(str)
    own = labels == CONTROL
    names, codes = np.unique(labels[~own], return_inverse=True)
    return Training(
        control=dense(cells, sample(np.flatnonzero(own), at_most, rng)),
        labels=tuple(names.tolist()),
        means=_means(cells, np.flatnonzero(~own), codes, len(names)),
        perturbed=dense(cells, sample(np.flatnonzero(~own), at_most, rng)),
    )


def control(known: Training, label: str) -> np.ndarray:
    """Nothing happens: control cells."""
    return known.control


def pooled(known: Training, label: str) -> np.ndarray:
    """Any perturbation will do: cells of all training perturbations ("All-perturbed")."""
    return known.perturbed if len(known.perturbed) else known.control


def mean(known: Training, label: str) -> np.ndarray:
    """All do the same: control cells, shifted by the mean shift of training perturbations."""
    return known.control + (known.reference - known.origin)


def additive(known: Training, label: str) -> np.ndarray:
    """Effects add: control cells, shifted by the shifts of the single targets ("SALT").

    A target without a training perturbation of its own counts with the mean shift of all.
    """
    average = known.reference - known.origin
    shifts = [known.shift(target) for target in targets(label)]
    return known.control + sum(average if shift is None else shift for shift in shifts)


BASELINES: dict[str, Callable[[Training, str], np.ndarray]] = {
    "control": control,
    "pooled": pooled,
    "mean": mean,
    "additive": additive,
}
"""Baselines by name."""


def halves(cells: np.ndarray, times: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Split cells into random halves, again and again: one is the prediction of the other.

    What a perfect model of the distribution scores with so many cells. Both halves are smaller
    than what models are compared with, so that quantities that shrink with the number of cells,
    as the error of a mean does, have their ceiling at about the double variance.

    Parameters
    ----------
    cells
        Shape (cells, genes); fewer than four give nothing.
    times
        Number of splits.
    seed
        Of the splits.
    """
    rng = np.random.default_rng(seed)
    for _ in range(times if len(cells) >= 4 else 0):
        order = rng.permutation(len(cells))
        middle = len(cells) // 2
        yield cells[order[:middle]], cells[order[middle:]]


def sample(rows: np.ndarray, at_most: int, rng: np.random.Generator) -> np.ndarray:
    """At most so many of the rows, in their order."""
    if len(rows) <= at_most:
        return rows
    return np.sort(rng.choice(rows, at_most, replace=False))


def dense(cells: Matrix, rows: np.ndarray) -> np.ndarray:
    """Rows of a matrix as a plain array."""
    chosen = cells[rows]
    return chosen.toarray() if sparse.issparse(chosen) else np.asarray(chosen)


def _means(
    cells: Matrix,
    rows: np.ndarray,
    codes: np.ndarray,
    groups: int,
) -> np.ndarray:
    """Mean of each group of rows, shape (groups, genes)."""
    sizes = np.bincount(codes, minlength=groups)
    weights = 1 / sizes[codes] if len(codes) else np.empty(0)
    average = sparse.csr_array((weights, (codes, rows)), shape=(groups, cells.shape[0]))
    found = average @ cells
    return found.toarray() if sparse.issparse(found) else np.asarray(found)
