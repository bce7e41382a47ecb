"""How near predicted cells, targets and edges are to the true ones."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from causeway.cells.distances import Cloud, distances
from causeway.cells.expression import ranking, recovery
from causeway.cells.summaries import rmse


class Recovered(NamedTuple):
    """Average precision of scores, and F1 of those above one half."""

    auprc: float
    f1: float


def wasserstein2(x: NDArray[np.floating], y: NDArray[np.floating]) -> float:
    """2-Wasserstein distance of two samples of one size, by the exact assignment.

    Parameters
    ----------
    x, y
        Shapes (n, d) and (m, d); of the larger, the first min(n, m) rows are taken.
    """
    n = min(len(x), len(y))
    costs = cdist(x[:n], y[:n], "sqeuclidean")
    return float(np.sqrt(costs[linear_sum_assignment(costs)].mean()))


def compare(predicted: NDArray[np.floating], observed: NDArray[np.floating]) -> dict[str, float]:
    """All distances of predicted to observed cells, each (cells, d)."""
    return {
        **distances(Cloud(predicted), Cloud(observed)),
        "wasserstein2": wasserstein2(predicted, observed),
        "rmse": rmse(predicted.mean(axis=0), observed.mean(axis=0)),
    }


def recovered(chances: NDArray[np.floating], true: NDArray[np.bool_]) -> Recovered:
    """Score probabilities of any shape against the truth of the same shape."""
    flat, known = chances.ravel(), true.ravel()
    return Recovered(ranking(flat, known).average_precision, recovery(flat > 0.5, known).f1)


def hamming(graph: NDArray[np.bool_], true: NDArray[np.bool_]) -> int:
    """Structural Hamming distance: pairs of nodes whose edge is missing, extra or turned round."""
    wrong = graph != true
    return int(np.triu(wrong | wrong.T, 1).sum())
