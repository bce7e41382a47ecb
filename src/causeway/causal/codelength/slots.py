"""Two slots of mechanisms with a codebook each, or with one that they share.

A symmetry between slots shows as a shorter code when one list of mechanisms serves both: its
members are named once instead of twice.
"""

import math
from typing import NamedTuple

import numpy as np

from causeway.causal.codelength.counts import encode_counts
from causeway.causal.codelength.families import Family


class Slots(NamedTuple):
    """Shortest codes in bits, without the environment labels that both have in common."""

    separate: float
    shared: float

    @property
    def saving(self) -> float:
        """Bits that sharing saves; negative if it costs."""
        return self.separate - self.shared


def compare_slots(
    first: np.ndarray,
    second: np.ndarray,
    *,
    counted: int | None = None,
    most: int = 10,
    family: Family = "poisson",
) -> Slots:
    """Code two slots apart, and as one slot of twice as many environments.

    Parameters
    ----------
    first, second
        Shape (N, M): how often each count occurs in each environment.
    counted
        Size of the codebook in the penalty; the true one if not given.
    most
        Largest number of mechanisms of a slot.
    family
        Distribution of the counts.
    """
    apart = sum(
        encode_counts(tallies, counted=counted, most=most, family=family).total.min()
        for tallies in (first, second)
    )
    both = np.concatenate([first, second])
    members = first.shape[1] + 1 if counted is None else counted
    together = encode_counts(
        both, counted=counted, most=min(2 * most, members), family=family
    ).total.min()
    return Slots(float(apart), float(together))


def expected_saving(mechanisms: int, codebook: int) -> float:
    """Bits saved if both slots use the same mechanisms, in the limit of many environments.

    Naming the k members and their number once instead of twice, and one prefix instead of two:
    ``2 (log2 C(M, k) + log2 k) + 1``. The k! of naming them in order cancels against the k! by
    which the partitions of all environments outnumber the pairs of partitions.
    """
    return 2 * math.log2(math.comb(codebook, mechanisms) * mechanisms) + 1
