"""Effects between genes as differences of means, which needs no model."""

import numpy as np

from causeway.cells.labels import CONTROL, targets
from causeway.cells.stadion.environments import Environments


def differential(environments: Environments) -> np.ndarray:
    """Take differences of means for effects, shape (d, d).

    Column j is the mean under the training intervention on gene j alone minus that of control,
    divided by the sign of its own entry, so that it tells what raising gene j does. Columns of
    genes without such an intervention are zero.
    """
    genes = environments.genes
    effects = np.zeros((len(genes), len(genes)))
    control = environments.means([CONTROL])[0]
    for label in environments.train[1:]:
        parts = targets(label)
        if len(parts) == 1 and parts[0] in genes:
            place = genes.index(parts[0])
            shift = environments.means([label])[0] - control
            effects[:, place] = shift * (np.sign(shift[place]) or 1)
    return effects
