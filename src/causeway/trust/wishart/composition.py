"""Many noisy releases: the privacy losses of the steps add up, so their laws are convolved.

The law of one step is that of :mod:`causeway.trust.wishart.losses`, a bound from above on a
lattice, so that composed values are never too small.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import fft, special

from causeway.errors import InputError
from causeway.trust.wishart import inputs
from causeway.trust.wishart.inversion import smallest_epsilon
from causeway.trust.wishart.losses import Direction, Losses, one_step
from causeway.trust.wishart.mixture import MixedGaussian

TAIL = 1e-14
"""Mass cut off from the composed law, counted as infinite loss."""
LARGEST = 2**24
"""Points of the composed lattice, at most."""


@dataclass(frozen=True, eq=False)
class Composition:
    """What many releases cost together, for adding and for removing one example."""

    directions: tuple[Losses, ...]

    def delta(self, epsilon: float) -> float:
        """Upper bound on delta at ``epsilon`` >= 0, exact up to the lattice; see the module."""
        epsilon = inputs.not_negative("epsilon", epsilon)
        return min(1.0, max(losses.delta(epsilon) for losses in self.directions))

    def epsilon(self, delta: float) -> float:
        """Upper bound on epsilon at ``delta`` in (0, 1); infinite below about 1e-13."""
        return smallest_epsilon(self.delta, inputs.fraction("delta", delta), TAIL)


def compose(
    mechanism: MixedGaussian,
    steps: int,
    *,
    sampling: float = 1.0,
    projection: Literal["fresh", "fixed"] = "fresh",
    adaptive: bool = True,
) -> Composition | MixedGaussian:
    """Account for repeated releases.

    With a fresh projection in each step the steps are independent given their queries, whoever
    chose those, and their losses are convolved. With one public projection for all steps the
    sensitivity is common to them: the expectation over it goes *outside* the composition, which
    holds only for queries that were fixed beforehand and change along the same direction.

    Parameters
    ----------
    mechanism
        One step.
    steps
        Number of steps.
    sampling
        Poisson sampling rate of the examples, in (0, 1].
    projection
        Whether each step draws its own projection or all share a public one.
    adaptive
        Whether a query may depend on earlier answers, as gradients in training do.

    Raises
    ------
    InputError
        If a public projection is to be reused for adaptive queries: differences between later
        queries can then align with it, and no account over its randomness is valid. Also for
        sampling with a shared projection, arguments out of range, and too many steps.
    """
    inputs.choice("projection", projection, ("fresh", "fixed"))
    inputs.count("steps", steps)
    if sampling != 1:
        inputs.fraction("sampling", sampling)
    if projection == "fresh":
        directions: tuple[Direction, ...] = ("remove",) if sampling == 1 else ("remove", "add")
        return Composition(
            tuple(_power(one_step(mechanism, sampling, way), steps) for way in directions)
        )
    if len(mechanism.shifts) > 1 and (adaptive or sampling < 1):
        kind = "adaptive" if adaptive else "sampled"
        raise InputError(
            "wishart: projection",
            f"a fixed public projection cannot be accounted for with {kind} queries",
            _remedy(mechanism),
        )
    if sampling < 1:
        return compose(mechanism, steps, sampling=sampling)
    return replace(mechanism, shifts=np.sqrt(steps) * mechanism.shifts)


def _remedy(mechanism: MixedGaussian) -> str:
    """Say what can be accounted for instead of a shared projection."""
    fresh = "Draw a fresh projection in each step"
    if mechanism.noise_enters != "before":
        # |M u| exceeds 1 for most u, so that the noise alone promises too little epsilon.
        return f"{fresh}; there is no account of a fixed one"
    return (
        f"{fresh}, or account with gaussian(noise), which assumes that the projection keeps the "
        "whole change"
    )


def _power(one: Losses, steps: int) -> Losses:
    """Convolve a loss with itself, on a lattice that holds all but ``TAIL`` of the result."""
    low, high = (sign * _reach(one, steps, sign) for sign in (-1, 1))
    first = max(int(np.floor(low / one.step)), steps * one.first)
    last = min(int(np.ceil(high / one.step)), steps * (one.first + len(one.masses) - 1))
    size = fft.next_fast_len(max(last - first + 1, len(one.masses)), real=True)
    _check_size(size)
    spectrum = fft.rfft(one.masses, size) ** steps
    masses = np.roll(fft.irfft(spectrum, size), (steps * one.first - first) % size)
    infinite = -np.expm1(steps * np.log1p(-one.infinite)) + TAIL
    return Losses(first, one.step, np.maximum(masses, 0), float(infinite))


def _check_size(size: float) -> None:
    if not size <= LARGEST:
        raise InputError(
            "wishart: steps",
            f"{size:.3g} points of the privacy loss are needed",
            "Take fewer steps",
        )


def _reach(one: Losses, steps: int, sign: int) -> float:
    """Chernoff's bound on the composed loss in one direction, exceeded with mass below TAIL."""
    values = sign * one.values
    with np.errstate(divide="ignore"):
        logarithms = np.log(one.masses)
    mean = one.masses @ values
    deviation = np.sqrt(max(one.masses @ (values - mean) ** 2, 1e-300) * steps)
    rates = np.geomspace(0.3, 30, 24) / deviation
    growth = steps * np.array([special.logsumexp(logarithms + rate * values) for rate in rates])
    return float(np.min((growth - np.log(TAIL)) / rates))
