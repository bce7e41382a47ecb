"""Many noisy releases: the privacy losses of the steps add up, so their laws are convolved.

The loss of one step is put on a lattice by splitting each cell's mass between the cell's ends so
that its probability under both neighbours is kept. This is the best upper bound on a lattice
(Doroshenko et al., arXiv:2207.04380), so composed values are never too small, and they are too
large only by the square of the lattice's step.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import fft, special

from causeway.errors import InputError
from causeway.trust.wishart import inputs
from causeway.trust.wishart.inversion import smallest_epsilon
from causeway.trust.wishart.mixture import MixedGaussian

FINENESS = 32
"""Cells per standard deviation of one step's loss."""
TAIL = 1e-14
"""Mass cut off from the composed law, counted as infinite loss."""
REACH = 8.3
"""Standard deviations of noise that the lattice of one step covers: 5e-17 lies beyond."""
LARGEST = 2**24
"""Points of the composed lattice, at most."""

Direction = Literal["remove", "add"]


@dataclass(frozen=True, eq=False)
class Losses:
    """Law of a privacy loss on a lattice.

    Parameters
    ----------
    first, step
        The lattice is ``step * (first + 0, 1, 2, ...)``.
    masses
        Probability of each point.
    infinite
        Probability of an infinite loss.
    """

    first: int
    step: float
    masses: np.ndarray
    infinite: float

    @property
    def values(self) -> np.ndarray:
        """The lattice."""
        return self.step * (self.first + np.arange(len(self.masses)))

    def delta(self, epsilon: float) -> float:
        """Mass in excess of ``e^epsilon`` times the neighbour's."""
        start = np.searchsorted(self.values, epsilon, side="right")
        beyond = self.values[start:]
        return float(self.infinite - self.masses[start:] @ np.expm1(epsilon - beyond))


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
        sampling with a shared projection, and arguments out of range.
    """
    inputs.choice("projection", projection, ("fresh", "fixed"))
    inputs.count("steps", steps)
    if not 0 < sampling <= 1:
        raise InputError("wishart: sampling", f"{sampling} is no rate", "Give a rate in (0, 1]")
    if projection == "fresh":
        directions: tuple[Direction, ...] = ("remove",) if sampling == 1 else ("remove", "add")
        return Composition(
            tuple(_power(_one_step(mechanism, sampling, way), steps) for way in directions)
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


def _one_step(mechanism: MixedGaussian, sampling: float, direction: Direction) -> Losses:
    """Put the loss of one step on a lattice."""
    s = mechanism.shifts
    noise, share = np.polynomial.hermite_e.hermegauss(31)
    share = share / share.sum()
    shifted = noise + s[:, None]
    plain = _log_ratio(np.broadcast_to(noise, shifted.shape), s[:, None], sampling)
    moved = _log_ratio(shifted, s[:, None], sampling)
    mixed = [(plain, 1 - sampling), (moved, sampling)] if direction == "remove" else [(plain, 1.0)]
    first, second = (
        sum(part * (mechanism.weights @ (loss**power @ share)) for loss, part in mixed)
        for power in (1, 2)
    )
    step = float(np.sqrt(max(second - first**2, 1e-300))) / FINENESS
    ends = _log_ratio(np.array([-REACH, REACH + s.max()]), s.max(), sampling)
    low, high = ends if direction == "remove" else -ends[::-1]
    _check_size((high - low) / step)
    lattice = np.arange(int(np.floor(low / step)), int(np.ceil(high / step)) + 1)
    here, there = _cumulative(mechanism, sampling, direction, lattice * step)
    masses = _split(np.diff(here), np.diff(there), lattice * step)
    masses[0] += here[0]
    return Losses(int(lattice[0]), step, masses, float(max(1 - here[-1], 0)))


def _log_ratio(x: np.ndarray, s: np.ndarray | float, sampling: float) -> np.ndarray:
    """Log of the sampled mixture's density over the standard normal's at ``x``."""
    exponent = s * x - s * s / 2
    if sampling == 1:
        return exponent
    return np.logaddexp(np.log1p(-sampling), np.log(sampling) + exponent)


def _cumulative(
    mechanism: MixedGaussian, sampling: float, direction: Direction, losses: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distribution functions of the loss under the true data and under its neighbour."""
    sign = 1 if direction == "remove" else -1
    odds = (np.exp(sign * losses) - 1 + sampling) / sampling
    with np.errstate(divide="ignore"):
        log_odds = np.log(np.maximum(odds, 0))
    with_example, without = np.zeros_like(losses), np.zeros_like(losses)
    for s, weight in zip(mechanism.shifts, mechanism.weights, strict=True):
        x = sign * (log_odds / s + s / 2)
        plain = special.ndtr(x)
        with_example += weight * ((1 - sampling) * plain + sampling * special.ndtr(x - sign * s))
        without += weight * plain
    return (with_example, without) if direction == "remove" else (without, with_example)


def _split(here: np.ndarray, there: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Move each cell's mass to its ends, keeping its probability under both neighbours."""
    falls = np.exp(-values)
    lower = np.clip((there - here * falls[1:]) / (falls[:-1] - falls[1:]), 0, here)
    masses = np.zeros(len(values))
    masses[:-1] += lower
    masses[1:] += here - lower
    return masses


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
            "wishart: noise",
            f"{size:.3g} points of the privacy loss are needed",
            "Add more noise or take fewer steps",
        )


def _reach(one: Losses, steps: int, sign: int) -> float:
    """Chernoff's bound on the composed loss in one direction, exceeded with mass below TAIL."""
    values = sign * one.values
    with np.errstate(divide="ignore"):
        logarithms = np.log(one.masses)
    mean = one.masses @ values
    deviation = np.sqrt(max(one.masses @ (values - mean) ** 2, 1e-300) * steps)
    rates = np.geomspace(0.3, 30, 24) / deviation
    growth = steps * special.logsumexp(logarithms + np.outer(rates, values), axis=1)
    return float(np.min((growth - np.log(TAIL)) / rates))
