"""Random directed graphs; entry ``[i, j]`` tells whether there is an edge from i to j."""

import numpy as np
from numpy.typing import NDArray


def erdos_renyi(nodes: int, degree: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Graph in which each directed edge exists independently; cycles are allowed.

    Parameters
    ----------
    nodes
        Number of nodes d.
    degree
        Expected number of parents of a node.
    rng
        Source of randomness.

    Returns
    -------
    ndarray
        Shape (d, d), false on the diagonal.
    """
    graph = rng.random((nodes, nodes)) < degree / (nodes - 1)
    np.fill_diagonal(graph, False)
    return graph


def scale_free(
    nodes: int, degree: int, rng: np.random.Generator, flipped: float = 0.1
) -> NDArray[np.bool_]:
    """Graph with a power law of out-degrees (Barabási, Albert, Science 286:509, 1999).

    Each new node gets ``degree`` distinct parents among the older ones, by chances proportional
    to their degrees; labels of nodes are permuted. A share of edges is turned round afterwards,
    by which cycles may arise (released code of arXiv:2601.15341).

    Parameters
    ----------
    nodes
        Number of nodes d, more than ``degree``.
    degree
        Parents of each node but the oldest.
    rng
        Source of randomness.
    flipped
        Share of edges that are turned round.

    Returns
    -------
    ndarray
        Shape (d, d), false on the diagonal.
    """
    graph = np.zeros((nodes, nodes), dtype=bool)
    degrees = np.zeros(nodes)
    for node in range(1, nodes):
        # The oldest nodes have no edges yet, but need a chance.
        chances = np.maximum(degrees[:node], 1.0)
        number = min(degree, node)
        parents = rng.choice(node, size=number, replace=False, p=chances / chances.sum())
        graph[parents, node] = True
        degrees[parents] += 1
        degrees[node] = number
    order = rng.permutation(nodes)
    graph = graph[np.ix_(order, order)]
    edges = np.argwhere(graph)
    turned = edges[rng.random(len(edges)) < flipped]
    graph[turned[:, 0], turned[:, 1]] = False
    graph[turned[:, 1], turned[:, 0]] = True
    return graph


def random_parents(nodes: int, parents: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Graph in which each node has the same number of parents, drawn among all other nodes.

    Returns
    -------
    ndarray
        Shape (d, d), false on the diagonal.
    """
    chances = rng.random((nodes, nodes))
    np.fill_diagonal(chances, 2.0)
    graph = np.zeros((nodes, nodes), dtype=bool)
    chosen = np.argpartition(chances, parents - 1, axis=0)[:parents]
    np.put_along_axis(graph, chosen, True, axis=0)
    return graph
