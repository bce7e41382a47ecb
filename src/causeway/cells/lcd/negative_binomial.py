"""Independent negative binomials per gene: the least that a model of counts has to beat."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

SIZES = (1e-3, 1e6)
"""Ends between which sizes are sought; at the upper one the law is all but Poisson's."""
STEPS = 40
"""Steps of the search, each of which shortens the bracket by the golden ratio."""
TINY = 1e-12
"""Least mean, that of genes without counts."""


def likeliest(counts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log-likelihood of each cell under the likeliest negative binomial of each gene.

    The likeliest mean is that of the cells, whatever the size r; r, of the variance
    m + m^2 / r, is found by golden sections of its logarithm.

    Parameters
    ----------
    counts
        Shape (n, d).

    Returns
    -------
    ndarray
        Shape (n,), summed over genes.
    """
    cells: NDArray[np.float64] = np.asarray(counts, dtype=np.float64)
    mean = np.maximum(cells.mean(axis=0), TINY)
    low, high = (np.full(len(mean), np.log(end)) for end in SIZES)
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        rises = _log_law(cells, mean, left).sum(0) < _log_law(cells, mean, right).sum(0)
        low, high = np.where(rises, left, low), np.where(rises, high, right)
    return _log_law(cells, mean, (low + high) / 2).sum(axis=1)


def _log_law(
    counts: NDArray[np.float64], mean: NDArray[np.float64], log_size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log-probabilities, shape (n, d)."""
    size = np.exp(log_size)
    ways = gammaln(counts + size) - gammaln(size) - gammaln(counts + 1)
    return ways - size * np.log1p(mean / size) + counts * np.log(mean / (size + mean))
