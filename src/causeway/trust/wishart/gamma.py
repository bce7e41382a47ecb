"""Logarithms of incomplete gamma functions where the functions themselves underflow."""

import numpy as np
from scipy import special

TINY = 1e-280
TERMS = 60


def log_upper(a: float, x: np.ndarray) -> np.ndarray:
    """Logarithm of the regularised upper function Q(a, x).

    Where Q underflows, x is far above a and the continued fraction of Legendre (DLMF 8.9.2)
    converges in few terms.
    """
    value = special.gammaincc(a, x)
    with np.errstate(divide="ignore"):
        result = np.log(value)
    far = (value < TINY) & np.isfinite(x)
    if far.any():
        z = x[far]
        fraction = z + 1 - a + 2 * TERMS
        for k in range(TERMS, 0, -1):
            fraction = z + 2 * k - 1 - a - k * (k - a) / fraction
        result[far] = a * np.log(z) - z - special.gammaln(a) - np.log(fraction)
    return result


def log_lower(a: float, x: np.ndarray) -> np.ndarray:
    """Logarithm of the regularised lower function P(a, x), by its series where P underflows.

    There x is far below a (DLMF 8.11.4).
    """
    value = special.gammainc(a, x)
    with np.errstate(divide="ignore"):
        result = np.log(value)
    far = (value < TINY) & (x > 0)
    if far.any():
        z = x[far]
        total = term = np.ones_like(z)
        for k in range(1, TERMS):
            term = term * z / (a + k)
            total = total + term
        result[far] = a * np.log(z) - z - special.gammaln(a + 1) + np.log(total)
    return result
