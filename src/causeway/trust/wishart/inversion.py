"""From delta as a function of epsilon to epsilon as a function of delta."""

import math
from collections.abc import Callable

from scipy import optimize


def smallest_epsilon(
    delta_at: Callable[[float], float], delta: float, floor: float = 0.0
) -> float:
    """Find the smallest epsilon >= 0 at which a nonincreasing delta has come down to a value.

    Parameters
    ----------
    delta_at
        delta(epsilon).
    delta
        The value wanted.
    floor
        Mass of infinite loss, which no epsilon goes below.

    Returns
    -------
    float
        Infinite if ``delta`` is not above ``floor`` or is not reached before epsilon = 1e9.
    """
    if delta_at(0.0) <= delta:
        return 0.0
    low, high = 0.0, 1.0
    while delta > floor and high < 1e9:
        if delta_at(high) <= delta:
            return float(
                optimize.brentq(lambda e: delta_at(e) - delta, low, high, xtol=1e-10, rtol=1e-10)
            )
        low, high = high, 2 * high
    return math.inf
