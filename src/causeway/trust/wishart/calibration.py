"""How much noise a budget asks for."""

import math
from collections.abc import Callable

from scipy import optimize

from causeway.errors import InputError
from causeway.trust.wishart import inputs
from causeway.trust.wishart.composition import compose
from causeway.trust.wishart.mixture import MixedGaussian

LEAST_DELTA = 1e-13
"""Ten times the mass that composition cuts off."""
LOG_NOISES = (-10.0, 40.0)
"""Least and largest tried. Logarithms of probabilities reach 1 / (2 noise^2), of which doubles
keep seven digits after the point at the least noise; the largest hides any change."""
PRECISION = 1e-4
"""Of the noise, relative."""


def calibrate(
    mechanism: Callable[[float], MixedGaussian],
    *,
    epsilon: float,
    delta: float,
    steps: int,
    sampling: float = 1.0,
) -> float:
    """Find the least noise with which fresh releases keep within (epsilon, delta).

    Parameters
    ----------
    mechanism
        One step as a function of its noise over the sensitivity.
    epsilon, delta
        The budget of all steps.
    steps, sampling
        As in :func:`compose`.

    Returns
    -------
    float
        Noise over sensitivity, to a relative 1e-4.

    Raises
    ------
    InputError
        If the budget is out of range: so small a delta or so large an epsilon that composed
        losses are not resolved.
    """
    inputs.positive("epsilon", epsilon)
    if inputs.fraction("delta", delta) < LEAST_DELTA:
        raise InputError(
            "wishart: delta",
            f"{delta} is below the mass that the account of many steps leaves out",
            f"Give {LEAST_DELTA:g} or more",
        )

    def excess(log_noise: float) -> float:
        account = compose(mechanism(math.exp(log_noise)), steps, sampling=sampling)
        return account.delta(epsilon) - delta

    low, high = _bracket(excess, epsilon)
    root = float(optimize.brentq(excess, low, high, xtol=PRECISION / 2))
    return math.exp(root + PRECISION / 2)


def _bracket(excess: Callable[[float], float], epsilon: float) -> tuple[float, float]:
    """Find logarithms of a noise that is too little and of one that is not."""
    least, largest = LOG_NOISES
    high = 0.0
    while excess(high) > 0:
        high += 1
        if high > largest:
            raise InputError(
                "wishart: mechanism",
                "no noise keeps it within the budget",
                "Let it use the noise that it is given",
            )
    low = high - 1
    while excess(low) <= 0:
        low -= 1
        if low < least:
            raise InputError(
                "wishart: epsilon",
                f"{epsilon} asks for so little noise per step that losses are not resolved",
                "Give a smaller epsilon",
            )
    return low, min(high, low + 1)
