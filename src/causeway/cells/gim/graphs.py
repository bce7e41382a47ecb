"""Graphs of the causal model: relaxed draws, how far they are from acyclic, and one that is."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def relaxed(logits: Tensor, sharpness: float, noise: Tensor) -> Tensor:
    """Draw edges from the Gumbel-sigmoid (binary concrete) distribution.

    Maddison et al. (arXiv:1611.00712); the sharpness grows over training as in DiBS
    (arXiv:2105.11839), whose construction GIM's graph is taken to be.

    Parameters
    ----------
    logits
        Shape (d, d), of the edge from i to j at ``[i, j]``.
    sharpness
        Inverse temperature alpha.
    noise
        Shape (draws, d, d), uniform in (0, 1).

    Returns
    -------
    Tensor
        Shape (draws, d, d), in (0, 1), zero on the diagonal.
    """
    draws = torch.sigmoid(sharpness * (logits + torch.logit(noise, eps=1e-6)))
    return draws * (1 - torch.eye(len(logits), device=logits.device))


def cyclicity(edges: Tensor) -> Tensor:
    """Measure closed walks: tr[(I + G/d)^d] - d, zero if and only if G is acyclic.

    Yu et al. (arXiv:1904.10098), eq. 12, for weights in [0, 1].

    Parameters
    ----------
    edges
        Shape (..., d, d), not negative.
    """
    d = edges.shape[-1]
    eye = torch.eye(d, dtype=edges.dtype, device=edges.device)
    power = torch.linalg.matrix_power(eye + edges / d, d)
    return power.diagonal(dim1=-2, dim2=-1).sum(-1) - d


def acyclic(scores: NDArray[np.floating], threshold: float = 0.5) -> NDArray[np.bool_]:
    """Take edges by falling score as long as they close no cycle.

    Parameters
    ----------
    scores
        Shape (d, d), e.g. probabilities of edges.
    threshold
        Edges of this score or less are left out.

    Returns
    -------
    ndarray
        Shape (d, d), an acyclic graph.
    """
    d = len(scores)
    graph = np.zeros((d, d), dtype=bool)
    # reaches[i, j]: there is a path from i to j, or i is j.
    reaches = np.eye(d, dtype=bool)
    for place in np.argsort(-scores, axis=None, kind="stable"):
        i, j = divmod(int(place), d)
        if scores[i, j] <= threshold:
            break
        if reaches[j, i]:
            continue
        graph[i, j] = True
        reaches |= reaches[:, [i]] & reaches[[j], :]
    return graph


def topological(graph: NDArray[np.bool_]) -> list[int]:
    """Order the nodes of an acyclic graph so that parents come first.

    Raises
    ------
    ValueError
        If the graph has a cycle.
    """
    order: list[int] = []
    waiting = graph.sum(axis=0)
    ready = [int(node) for node in np.flatnonzero(waiting == 0)]
    while ready:
        node = ready.pop(0)
        order.append(node)
        for child in np.flatnonzero(graph[node]):
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(int(child))
    if len(order) < len(graph):
        raise ValueError("the graph has a cycle")
    return order
