"""Gene modules: clusters of genes that are near each other in the graph of effects.

Released code of arXiv:2601.15341 (``post_analyze_causal.py``).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import squareform

UNCLUSTERED = -1
"""Number of genes that belong to no module."""


class Modules(NamedTuple):
    """Modules of d genes.

    ``numbers``: shape (d,), number of each gene's module from 0 in the order of the tree, or
    ``UNCLUSTERED``. ``order``: shape (d,), genes in the order of the tree's leaves. ``tree``:
    linkage matrix, shape (d - 1, 4).
    """

    numbers: NDArray[np.int_]
    order: NDArray[np.int_]
    tree: NDArray[np.float64]


def gene_distances(matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Lengths of shortest paths between genes, where strong effects make short steps.

    A step between two genes is 1 / (|a_ij| + |a_ji| + 1e-10) long. Genes that cannot be reached
    are five times as far as the farthest that can.

    Parameters
    ----------
    matrix
        Effects between genes, shape (d, d).

    Returns
    -------
    ndarray
        Shape (d, d), symmetric, zero on the diagonal.
    """
    closeness = np.abs(matrix) + np.abs(matrix).T
    lengths = 1.0 / (closeness + 1e-10)
    np.fill_diagonal(lengths, 0.0)
    paths = shortest_path(lengths, method="D", directed=True)
    paths = np.minimum(paths, paths.T)
    finite = np.isfinite(paths)
    paths[~finite] = 5 * paths[finite].max(initial=0.0)
    return np.asarray(paths, dtype=np.float64)


def gene_modules(matrix: NDArray[np.floating], height: float, smallest: int) -> Modules:
    """Cut the average-linkage tree of genes into modules.

    Parameters
    ----------
    matrix
        Effects between genes, shape (d, d).
    height
        Distance at which the tree is cut.
    smallest
        Genes that a module has at least; those of smaller ones are unclustered.
    """
    distances = gene_distances(matrix)
    tree = hierarchy.linkage(
        squareform(distances, checks=False), method="average", optimal_ordering=True
    )
    order = hierarchy.leaves_list(tree)
    clusters = hierarchy.fcluster(tree, height, criterion="distance")
    numbers = np.full(len(clusters), UNCLUSTERED)
    found = 0
    for cluster in dict.fromkeys(clusters[order]):
        members = clusters == cluster
        if members.sum() >= smallest:
            numbers[members] = found
            found += 1
    return Modules(numbers, order, tree)


def block_means(matrix: NDArray[np.floating], numbers: NDArray[np.int_]) -> NDArray[np.float64]:
    """Average effects within and between modules, for display: sign of the mean, mean of sizes.

    Entries of unclustered genes and the diagonal, which is in no mean, keep their own values.

    Parameters
    ----------
    matrix
        Effects between genes, shape (d, d).
    numbers
        Modules, shape (d,).
    """
    shown = np.array(matrix, dtype=np.float64)
    apart = ~np.eye(len(shown), dtype=bool)
    modules = [np.flatnonzero(numbers == module) for module in range(numbers.max(initial=-1) + 1)]
    for rows in modules:
        for columns in modules:
            place = np.ix_(rows, columns)
            block = matrix[place][apart[place]]
            if block.size:
                shown[place] = np.sign(block.mean()) * np.abs(block).mean()
    np.fill_diagonal(shown, np.diag(matrix))
    return shown
