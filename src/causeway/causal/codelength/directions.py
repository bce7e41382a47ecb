"""The two-part code of a pair of variables in one direction."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from causeway.causal.codelength import gaussian
from causeway.causal.codelength.boxes import search
from causeway.causal.codelength.gaussian import Moments, Parameters
from causeway.causal.codelength.inputs import choice
from causeway.causal.codelength.penalties import penalty

Fit = Literal["divergence", "likelihood"]


@dataclass(frozen=True)
class Codes:
    """Code lengths in bits for each number of mechanisms (k_cause, k_noise, k_coefficient).

    Parameters
    ----------
    data
        Shape (K_1, K_2, K_3): the samples, with environment labels, given the mechanisms.
    penalty
        The same shape: naming the mechanisms and who uses which.
    members
        Shape (K_1, K_2, K_3, N, 3): codebook members that each environment takes.
    codebook
        Values of the members.
    """

    data: np.ndarray
    penalty: np.ndarray
    members: np.ndarray
    codebook: Parameters

    @cached_property
    def total(self) -> np.ndarray:
        """Finite-codebook complexity, shape (K_1, K_2, K_3)."""
        return self.data + self.penalty

    @cached_property
    def mechanisms(self) -> tuple[int, int, int]:
        """Numbers (k_cause, k_noise, k_coefficient) of the shortest code."""
        first, second, third = np.unravel_index(np.argmin(self.total), self.total.shape)
        return int(first) + 1, int(second) + 1, int(third) + 1

    @property
    def shortest(self) -> float:
        """Length of the shortest code."""
        return float(self.total.min())

    @property
    def shortest_data(self) -> float:
        """Length of the shortest code if mechanisms cost nothing."""
        return float(self.data.min())

    def assignment(self) -> Parameters:
        """Values that the environments take in the shortest code, shape (N,) each."""
        taken = self.members[tuple(k - 1 for k in self.mechanisms)].T
        cause, noise, coefficient = (
            np.asarray(book)[row] for book, row in zip(self.codebook, taken, strict=True)
        )
        return Parameters(cause, noise, coefficient)


def by_sum(values: np.ndarray) -> np.ndarray:
    """Least value for each total number of mechanisms.

    Parameters
    ----------
    values
        Shape (K_1, K_2, K_3).

    Returns
    -------
    ndarray
        Entry i belongs to the total i + 3.
    """
    totals = np.indices(values.shape).sum(axis=0)
    return np.array([values[totals == total].min() for total in range(totals.max() + 1)])


def encode(given: Moments, codebook: Parameters, *, fit: Fit = "divergence") -> Codes:
    """Code lengths of all samples in the direction from the first column to the second.

    Sum of ``-log2 P(X, E)``, with environments uniform, and a :func:`penalty` per slot
    (arXiv:2502.04210, experiment on causal discovery). For each number of mechanisms the search
    over all subsets of the codebook is exact. It falls into the slot of the cause and the two of
    the effect, because costs add by the chain rule.

    Parameters
    ----------
    given
        Moments of the environments, the cause first.
    codebook
        Members of each slot; the slots may differ in size.
    fit
        What chooses the mechanisms: ``divergence`` of the estimated covariance, as published, or
        ``likelihood``, the length of the data itself.

    Raises
    ------
    InputError
        If the codebook has too many subsets for an exact search, or there is no such ``fit``.
    """
    choice("fit", fit, get_args(Fit))
    variances, noises, coefficients = map(np.asarray, codebook)
    cause = gaussian.cause_bits(given, variances)
    effect = gaussian.effect_bits(given, noises, coefficients)
    if fit == "likelihood":
        of_cause, of_effect = search(cause), search(effect)
    else:
        of_cause = search(gaussian.cause_divergence(given, variances))
        of_effect = search(gaussian.effect_divergence(given, noises, coefficients))
    rows = np.arange(len(given.counts))
    first = cause[rows, of_cause.members[..., 0]].sum(axis=-1)
    others = effect[rows, of_effect.members[..., 0], of_effect.members[..., 1]].sum(axis=-1)
    labels = given.counts.sum() * np.log2(len(rows))
    data = labels + first[:, None, None] + others
    members = np.empty((*data.shape, len(rows), 3), dtype=int)
    members[..., :1] = of_cause.members[:, None, None]
    members[..., 1:] = of_effect.members
    return Codes(data, _penalties(data.shape, len(rows), codebook), members, codebook)


def _penalties(shape: tuple[int, ...], environments: int, codebook: Parameters) -> np.ndarray:
    slots = [
        np.array([penalty(environments, k, len(book)) for k in range(1, most + 1)])
        for most, book in zip(shape, codebook, strict=True)
    ]
    return slots[0][:, None, None] + slots[1][:, None] + slots[2]
