"""Distances between two clouds of cells.

All take cells by genes, of the same genes, and any number of cells each. Pairs of cells are
walked in blocks, so that memory does not grow with their number. Definitions follow the metrics
of the code released with arXiv:2601.15341 (larslorch/lcd-clipr).
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

PAIRS = 2**21
"""Pairs of cells whose distances are held at once."""
CACHED = 2**14
"""Pairs of cells that are worked on at once; they should fit the processor's cache."""
VALUES = 2**21
"""Values of a block of genes that are sorted at once."""
BANDWIDTHS = np.logspace(-2, 1, 10)
"""Widths of the kernels of the maximum mean discrepancy, in units of the root of the number of
genes."""


class Pairs(NamedTuple):
    """Means over pairs of cells: of the Euclidean distance, and of the kernel."""

    distance: float
    kernel: float


class Cloud:
    """Cells whose own pairs are averaged once, however many clouds they are compared with.

    Parameters
    ----------
    cells
        Shape (cells, genes).
    within
        What :attr:`within` gives, if it is known: shifting a cloud does not change it.
    """

    def __init__(self, cells: np.ndarray, within: Pairs | None = None) -> None:
        cells = np.asarray(cells, dtype=np.float64)
        if cells.ndim != 2 or not cells.size:
            raise ValueError(f"cells by genes are needed, not shape {cells.shape}")
        self.cells = cells
        self._within = within

    @cached_property
    def within(self) -> Pairs:
        """Means over the pairs of different cells; NaN of a single cell.

        These are the unbiased ones, over n (n - 1) ordered pairs.
        """
        if self._within is not None:
            return self._within
        n = len(self.cells)
        if n < 2:
            return Pairs(np.nan, np.nan)
        every = between(self, self)
        share = n / (n - 1)
        # A cell has distance 0 and kernel 1 to itself.
        return Pairs(every.distance * share, (every.kernel - 1 / n) * share)


def between(x: Cloud, y: Cloud) -> Pairs:
    """Means over all pairs of a cell of ``x`` and a cell of ``y``."""
    precisions = (1 / (2 * x.cells.shape[1] * BANDWIDTHS**2)).astype(np.float32)
    distance = kernel = 0.0
    # Single precision is four times as fast, and kernels lie between 0 and 1.
    memory = np.empty((2, CACHED), dtype=np.float32)
    for block in _squares(x.cells, y.cells, same=x is y):
        squares = block.ravel()
        for start in range(0, len(squares), CACHED):
            part = squares[start : start + CACHED]
            short, exponents = memory[:, : len(part)]
            short[:] = part
            for precision in precisions:
                np.multiply(short, -precision, out=exponents)
                np.exp(exponents, out=exponents)
                kernel += float(exponents.sum(dtype=np.float64)) / len(precisions)
            distance += float(np.sqrt(part, out=part).sum())
    pairs = len(x.cells) * len(y.cells)
    return Pairs(distance / pairs, kernel / pairs)


def energy_distance(x: np.ndarray | Cloud, y: np.ndarray | Cloud) -> float:
    """Energy distance 2 E|x - y| - E|x - x'| - E|y - y'| with Euclidean norms.

    The terms within a cloud run over pairs of different cells, so that two samples of one
    population have expectation 0 and the estimate may be negative (Székely and Rizzo, J. Stat.
    Plan. Inference 143:1249, 2013, with the unbiased within-terms of the released code).

    Parameters
    ----------
    x, y
        Shapes (n, genes) and (m, genes).

    Returns
    -------
    float
        In units of the values; NaN if a cloud is a single cell.
    """
    x, y = _cloud(x), _cloud(y)
    return 2 * between(x, y).distance - x.within.distance - y.within.distance


def distances(x: Cloud, y: Cloud) -> dict[str, float]:
    """Energy distance and maximum mean discrepancy from one walk over the pairs.

    The discrepancy (``mmd``) is squared, unbiased and averaged over ten Gaussian kernels:
    Gretton et al. (JMLR 13:723, 2012), eq. 3, with kernels exp(-|x - y|² / 2 h²) and h =
    ``BANDWIDTHS`` times the root of the number of genes.
    """
    cross = between(x, y)
    return {
        "energy-distance": 2 * cross.distance - x.within.distance - y.within.distance,
        "mmd": x.within.kernel + y.within.kernel - 2 * cross.kernel,
    }


def wasserstein(x: np.ndarray, y: np.ndarray) -> float:
    """1-Wasserstein distance of the marginal of each gene, averaged over genes.

    The integral of |F - G| over the merged values of both samples.

    Parameters
    ----------
    x, y
        Shapes (n, genes) and (m, genes).
    """
    n, m, genes = len(x), len(y), x.shape[1]
    total = 0.0
    for columns in _columns(genes, n + m):
        values = np.concatenate([x[:, columns], y[:, columns]]).astype(np.float64, copy=False)
        order = values.argsort(axis=0)
        values = np.take_along_axis(values, order, axis=0)
        ours = np.cumsum(order < n, axis=0)[:-1]
        theirs = np.arange(1, n + m)[:, None] - ours
        total += float((np.diff(values, axis=0) * np.abs(ours / n - theirs / m)).sum())
    return total / genes


def _cloud(cells: np.ndarray | Cloud) -> Cloud:
    return cells if isinstance(cells, Cloud) else Cloud(cells)


def _squares(x: np.ndarray, y: np.ndarray, same: bool) -> Iterator[np.ndarray]:
    """Squared Euclidean distances of rows of ``x`` to all of ``y``, block after block.

    Each block may be written on, and lasts until the next.
    """
    # Near the origin the difference of large squares loses least.
    origin = y.mean(axis=0)
    x, y = x - origin, y - origin
    norms = np.einsum("ij,ij->i", y, y)
    turned = np.ascontiguousarray(-2 * y.T)
    rows = min(len(x), max(1, PAIRS // len(y)))
    memory = np.empty((rows, len(y)))
    for start in range(0, len(x), rows):
        block = x[start : start + rows]
        squares = memory[: len(block)]
        np.matmul(block, turned, out=squares)
        squares += np.einsum("ij,ij->i", block, block)[:, None]
        squares += norms
        np.maximum(squares, 0, out=squares)
        if same:
            here = np.arange(len(block))
            squares[here, start + here] = 0
        yield squares


def _columns(genes: int, cells: int) -> Iterator[slice]:
    """Blocks of genes whose values fit the memory."""
    width = max(1, VALUES // cells)
    for start in range(0, genes, width):
        yield slice(start, start + width)
