"""How well a matrix of effects agrees with the true one, self-effects left out."""

from itertools import combinations

import numpy as np

from causeway.cells.expression import auroc
from causeway.cells.labels import CONTROL, targets
from causeway.cells.stadion.environments import Environments


def agreement(effects: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Compare effects with true ones, both of shape (d, d).

    Returns
    -------
    dict
        ``edge-auroc`` of sizes against whether there is an effect; ``sign-auroc``, the mean over
        the pairs of the classes negative, none and positive (one versus one, as the released code
        of arXiv:2601.15341); ``pearson``. What is not defined is NaN.
    """
    off = ~np.eye(len(truth), dtype=bool)
    found, true = effects[off], truth[off]
    signs = np.sign(true)
    pairs = []
    for low, high in combinations((-1, 0, 1), 2):
        both = (signs == low) | (signs == high)
        pairs.append(auroc(found[both], signs[both] == high))
    varies = found.std() > 0 and true.std() > 0
    return {
        "edge-auroc": auroc(np.abs(found), true != 0),
        "sign-auroc": float(np.mean(pairs)),
        "pearson": float(np.corrcoef(found, true)[0, 1]) if varies else float("nan"),
    }


def differential(environments: Environments) -> np.ndarray:
    """Effects as differences of means: what needs no model, shape (d, d).

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
