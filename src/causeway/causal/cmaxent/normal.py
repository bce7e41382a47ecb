"""Expectations of logistic functions under a normal distribution, to rounding.

The trapezoidal rule converges exponentially for functions that are analytic in a strip. The
logistic function of a + s z has poles at a distance of pi / s from the real line, so that the
error with step h is about exp(-2 pi^2 / (s h)): 1e-17 with h = 1 / (2 s).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

REACH = 9.0
"""Half the width of the grid: the normal density beyond it is below 1e-18."""


class Logistic(NamedTuple):
    """Expectations over standard normal z of functions of u = a + s z."""

    softplus: float
    """E log(1 + exp(u))."""
    probability: float
    """E sigmoid(u)."""
    moment: float
    """E z sigmoid(u)."""
    curvature: np.ndarray
    """Shape (2, 2): E sigmoid'(u) (1, z)^T (1, z)."""


def nodes(deviation: float) -> tuple[np.ndarray, np.ndarray]:
    """Points z and weights for expectations of logistic functions of ``a + deviation * z``."""
    step = min(0.25, 0.5 / max(abs(deviation), 1e-9))
    count = int(np.ceil(REACH / step))
    z = np.linspace(-REACH, REACH, 2 * count + 1)
    weight = np.exp(-(z**2) / 2)
    return z, weight / weight.sum()


def logistic(a: float, s: float) -> Logistic:
    """Expectations of logistic functions of ``a + s z`` over standard normal z."""
    z, weight = nodes(s)
    u = a + s * z
    probability = expit(u)
    slope = weight * probability * expit(-u)
    tilt = slope @ z
    return Logistic(
        softplus=float(weight @ np.logaddexp(0, u)),
        probability=float(weight @ probability),
        moment=float((weight * z) @ probability),
        curvature=np.array([[slope.sum(), tilt], [tilt, slope @ z**2]]),
    )
