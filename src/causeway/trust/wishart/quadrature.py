"""Nodes and weights for expectations over the laws that occur here.

All weights sum to one up to the mass of 1e-24 that is left out on each side.
"""

import numpy as np
from scipy import stats

TAIL = 1e-24
ORDER = 16


def panels(low: float, high: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre rule of order 16 on equal panels of an interval.

    Parameters
    ----------
    low, high
        Ends of the interval.
    nodes
        Number of nodes, rounded down to a multiple of 16.

    Returns
    -------
    tuple of ndarray
        Places and weights, shape (nodes,) each; the weights sum to ``high - low``.
    """
    places, weights = np.polynomial.legendre.leggauss(ORDER)
    edges = np.linspace(low, high, max(nodes // ORDER, 1) + 1)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * places).ravel(), np.outer(half, weights).ravel()


def chi_square(freedom: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Rule for a chi-square law, in its square root, where the density is smooth at 0."""
    law = stats.chi2(freedom)
    roots, weights = panels(np.sqrt(law.ppf(TAIL)), np.sqrt(law.isf(TAIL)), nodes)
    return roots**2, weights * 2 * roots * law.pdf(roots**2)


def beta(a: float, b: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Rule for a Beta law, in the angle whose squared sine is the variable."""
    law = stats.beta(a, b)
    low, high = np.arcsin(np.sqrt([law.ppf(TAIL), law.isf(TAIL)]))
    angles, weights = panels(low, high, nodes)
    logarithm = (2 * a - 1) * np.log(np.sin(angles)) + (2 * b - 1) * np.log(np.cos(angles))
    masses = weights * np.exp(logarithm - logarithm.max())
    # The logarithms lose digits where a and b are large; the loss is common to all nodes.
    return np.sin(angles) ** 2, masses / masses.sum()


def student(freedom: float, least: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Rule for a Student law above ``least``, in asinh(t), which tames heavy tails.

    The weights sum to the mass above ``least``.
    """
    law = stats.t(freedom)
    start = max(least, law.ppf(TAIL))
    stretched, weights = panels(np.arcsinh(start), np.arcsinh(law.isf(TAIL)), nodes)
    places = np.sinh(stretched)
    return places, weights * np.cosh(stretched) * law.pdf(places)
