"""Passes over dosages, a few sites at a time: alternative alleles of people, 0 to 2.

Dosages are small integers and may be memory-mapped; as floating-point numbers they would take
eight times the space, so only a block of sites is ever converted.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

SITES = 4096
"""Sites of a block."""


class Frequencies(NamedTuple):
    """Frequency of the alternative allele and spread of dosages by it, shape (sites,) each.

    The spread sqrt(2 f (1 - f)) is that of random mating (Patterson, Price and Reich, PLoS Genet.
    2:e190, 2006, eq. 3); it is zero where a site does not vary.
    """

    frequency: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of(cls, dosages: ArrayLike) -> Self:
        """Count alleles of people, shape (people, sites)."""
        frequency = np.asanyarray(dosages).mean(axis=0, dtype=np.float64) / 2
        return cls(frequency, np.sqrt(2 * frequency * (1 - frequency)))

    def standardised(self, dosages: ArrayLike) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Yield blocks of sites, and dosages there, minus 2 f and divided by the spread.

        Sites that do not vary become zero.

        Raises
        ------
        ValueError
            If dosages are of another number of sites.
        """
        dosages = np.asanyarray(dosages)
        if dosages.ndim != 2 or dosages.shape[1] != len(self.frequency):
            raise ValueError(
                f"dosages of shape {dosages.shape} are not of {len(self.frequency)} sites"
            )
        for where in blocks(dosages.shape[1]):
            centred = dosages[:, where] - 2 * self.frequency[where]
            spread = self.spread[where]
            yield where, np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def blocks(sites: int) -> Iterator[slice]:
    """Yield blocks of sites."""
    for start in range(0, sites, SITES):
        yield slice(start, start + SITES)


def weighted_sum(dosages: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Multiply dosages by weights.

    Parameters
    ----------
    dosages
        Shape (people, sites).
    weights
        Shape (sites,) or (sites, columns).

    Returns
    -------
    ndarray
        Shape (people,) or (people, columns).
    """
    dosages, weights = np.asanyarray(dosages), np.asarray(weights, dtype=np.float64)
    if dosages.shape[1] != len(weights):
        raise ValueError(f"{len(weights)} weights are not of {dosages.shape[1]} sites")
    found = np.zeros((len(dosages), *weights.shape[1:]))
    for where in blocks(len(weights)):
        if weights[where].any():
            found += dosages[:, where].astype(np.float64) @ weights[where]
    return found
