"""Which genes change when a single gene is perturbed, as measured in a screen."""

from collections.abc import Collection

import anndata
import numpy as np

from causeway.cells.baselines import dense
from causeway.cells.labels import CONTROL, targets
from causeway.cells.lcd.implication import Sources, changed_genes


def measured_sources(
    screen: anndata.AnnData, trained: Collection[str], held_out: Collection[str], rate: float
) -> Sources:
    """Test single perturbations of genes of the panel for differential expression.

    Parameters
    ----------
    screen
        Screen in canonical form; ``X`` is compared.
    trained, held_out
        Labels of perturbations that were in training, and that were not. Those of two targets
        and those whose target was not measured are passed over.
    rate
        False discovery rate among the genes of one perturbation.
    """
    place = {gene: column for column, gene in enumerate(screen.var_names)}
    labels = screen.obs["perturbation"].astype(str).to_numpy()
    present = set(labels)
    singles = [
        label
        for label in sorted({*trained, *held_out} & present)
        if len(targets(label)) == 1 and label in place
    ]

    def cells(label: str) -> np.ndarray:
        return dense(screen.X, np.flatnonzero(labels == label))

    changed = changed_genes((cells(label) for label in singles), cells(CONTROL), rate)
    return Sources(
        np.array([place[label] for label in singles], dtype=int),
        changed,
        np.array([label in held_out for label in singles], dtype=bool),
    )
