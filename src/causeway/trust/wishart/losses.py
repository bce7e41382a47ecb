"""Law of the privacy loss of one step, on a lattice.

The mass of each cell is split between the cell's ends so that its probability under both
neighbours is kept. This is the best upper bound on a lattice (Doroshenko et al.,
arXiv:2207.04380), so that deltas are never too small, and they are too large only by the square of
the lattice's step.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special

from causeway.trust.wishart.mixture import MixedGaussian

FINENESS = 32
"""Cells per standard deviation of the loss."""
POINTS = 2**18
"""Cells of a lattice, at most: a coarser one holds rare losses that are many deviations large, as
those of rare sampling are."""
NEGLIGIBLE = 1e-17
"""Weight of rare sensitivities whose losses count as infinite, at most."""
REACH = 8.3
"""Standard deviations of noise that a lattice covers: 5e-17 lies beyond."""
FAR = 1e100
"""Standard deviations that stand for infinitely many."""

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


def one_step(mechanism: MixedGaussian, sampling: float, direction: Direction) -> Losses:
    """Put the loss of one step on a lattice.

    Parameters
    ----------
    mechanism
        The step.
    sampling
        Poisson sampling rate of the examples, in (0, 1].
    direction
        ``remove``: the loss under the data with the example, against those without; ``add``: the
        reverse.
    """
    kept = mechanism.weights > NEGLIGIBLE / len(mechanism.weights)
    dropped = float(mechanism.weights[~kept].sum())
    main = replace(mechanism, shifts=mechanism.shifts[kept], weights=mechanism.weights[kept])
    largest = main.shifts.max()
    furthest = REACH + largest if direction == "remove" else REACH
    ends = _log_ratio(np.array([-REACH, furthest]), largest, sampling)
    low, high = ends if direction == "remove" else -ends[::-1]
    # Losses that hardly vary need no finer lattice than their own rounding.
    least = max((high - low) / POINTS, 1e-12 * max(-low, high))
    step = float(max(_spread(main, sampling, direction) / FINENESS, least))
    lattice = np.arange(int(np.floor(low / step)), int(np.ceil(high / step)) + 1)
    masses, infinite = _masses(main, sampling, direction, lattice * step)
    return Losses(int(lattice[0]), step, masses, infinite + dropped)


def _spread(mechanism: MixedGaussian, sampling: float, direction: Direction) -> float:
    """Standard deviation of the loss, or that of the Gaussian around each loss if it is less.

    A few large losses may spread wider than the Gaussian around each, which has deviation s.
    """
    s, weights = mechanism.shifts[:, None], mechanism.weights
    noise, share = np.polynomial.hermite_e.hermegauss(31)
    share = share / share.sum()
    plain, moved = (_log_ratio(noise + mean, s, sampling) for mean in (np.zeros_like(s), s))
    mixed = [(plain, 1 - sampling), (moved, sampling)] if direction == "remove" else [(plain, 1.0)]
    first, second = (
        sum(part * (weights @ (loss**power @ share)) for loss, part in mixed) for power in (1, 2)
    )
    return float(min(np.sqrt(max(second - first**2, 0)), weights @ mechanism.shifts))


def _log_ratio(x: np.ndarray, s: np.ndarray | float, sampling: float) -> np.ndarray:
    """Log of the sampled mixture's density over the standard normal's at ``x``."""
    exponent = s * x - s * s / 2
    if sampling == 1:
        return exponent
    return np.logaddexp(np.log1p(-sampling), np.log(sampling) + exponent)


def _masses(
    mechanism: MixedGaussian, sampling: float, direction: Direction, values: np.ndarray
) -> tuple[np.ndarray, float]:
    """Move the mass of each cell between values to its ends, keeping it under both neighbours.

    What is below goes to the first value, what is above is the mass of infinite loss.
    """
    here, there = _cells(mechanism, sampling, direction, values)
    inner = here[1:-1]
    narrow = np.exp(values[:-1] - values[1:])
    lower = np.clip((there - inner * narrow) / (1 - narrow), 0, inner)
    masses = np.append(here[0], inner - lower)
    masses[:-1] += lower
    return masses, float(here[-1])


def _cells(
    mechanism: MixedGaussian, sampling: float, direction: Direction, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probability of the cells of losses under the true data and under the neighbour.

    The first has a cell below and one above all values too. The second is multiplied by
    ``e^loss`` at the lower end of each cell: the probability itself may be too small, and its
    factor too large, for a number.
    """
    sign = 1 if direction == "remove" else -1
    with np.errstate(divide="ignore"):
        # The density ratio e^loss = 1 - q + q odds, solved for the logarithm of the odds.
        stay = np.log1p(-sampling)
        share = -np.expm1(np.minimum(stay - sign * values, 0))
        log_odds = sign * values + np.log(share) - np.log(sampling)
    here, there = np.zeros(len(values) + 1), np.zeros(len(values) - 1)
    for s, weight in zip(mechanism.shifts, mechanism.weights, strict=True):
        x = np.clip(sign * (log_odds / s + s / 2), -FAR, FAR)
        # Only 5e-17 of the mass is outside; above, it counts as infinite loss.
        start = max(int(np.searchsorted(x, -REACH)) - 1, 0)
        stop = int(np.searchsorted(x, REACH + max(sign, 0) * s)) + 1
        lower = values[start:stop]
        x = np.concatenate([[-FAR], x[start:stop], [FAR]])
        without, moved = _log_normal(x), _log_normal(x - sign * s)
        example = np.logaddexp(stay + without, np.log(sampling) + moved)
        true, neighbour = (example, without) if sign > 0 else (without, example)
        mass = weight * np.exp(true)
        here[start : start + len(lower)] += mass[:-1]
        here[-1] += mass[-1]
        there[start : start + len(lower) - 1] += weight * np.exp(neighbour[1:-1] + lower[:-1])
    return here, there


def _log_normal(edges: np.ndarray) -> np.ndarray:
    """Log-probabilities of a standard normal between rising edges, exact in both tails."""
    middle = int(np.searchsorted(edges[:-1], 0))
    below, above = special.log_ndtr(edges[: middle + 1]), special.log_ndtr(-edges[middle:])
    longer = np.concatenate([below[1:], above[:-1]])
    shorter = np.concatenate([below[:-1], above[1:]])
    with np.errstate(divide="ignore"):
        return longer + np.log(-np.expm1(shorter - longer))
