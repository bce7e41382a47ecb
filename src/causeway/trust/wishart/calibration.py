"""How much noise a budget asks for."""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from causeway.errors import InputError
from causeway.trust.wishart import inputs
from causeway.trust.wishart.composition import compose
from causeway.trust.wishart.mixture import MixedGaussian

LEAST_DELTA = 1e-13
"""Ten times the mass that composition cuts off."""
LEAST_LOG_NOISE = -3.0
"""Below, the loss of a step passes 700, whose exponential is no number."""


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
        account = compose(mechanism(float(np.exp(log_noise))), steps, sampling=sampling)
        return account.delta(epsilon) - delta

    high = 0.0
    while excess(high) > 0:
        high += 1
    low = high - 1
    try:
        while low >= LEAST_LOG_NOISE and excess(low) <= 0:
            low -= 1
    except InputError:
        low = -np.inf
    if low < LEAST_LOG_NOISE:
        raise InputError(
            "wishart: epsilon",
            f"{epsilon} asks for so little noise per step that losses are not resolved",
            "Give a smaller epsilon",
        )
    root = float(optimize.brentq(excess, low, high, xtol=5e-5))
    return float(np.exp(root + 5e-5))
