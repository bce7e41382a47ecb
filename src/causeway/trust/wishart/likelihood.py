"""Audits of noisy releases by the likelihood ratio.

Given its projection a noisy release is a normal vector, which the member moves by a known amount.
No test of the release, with or without the projection, is better than the ratio of the two
densities, so that what this attack cannot prove, no other can.
"""

from collections.abc import Callable, Sequence

import numpy as np

from causeway.statistics import Interval
from causeway.trust.wishart.audit import epsilon_at_least
from causeway.trust.wishart.findings import largest
from causeway.trust.wishart.mechanism import kept_shares, releases
from causeway.trust.wishart.mixture import MixedGaussian, noise_after_matrix, noise_before

Setting = tuple[int, int, float]
"""Dimension, rank and noise over the size of the member's contribution."""
Lengths = Callable[[int, int, int, np.random.Generator], np.ndarray]
"""From dimension, rank, a number and randomness to so many lengths of a member's contribution."""

DELTA = 0.01
BEFORE: tuple[Setting, ...] = (
    (64, 4, 0.3),
    (64, 16, 0.5),
    (64, 64, 1.0),
    (16, 8, 0.5),
    (128, 16, 0.3),
)
"""Audited releases with noise before the projection; a typical member moves them by about 1."""
AFTER: tuple[Setting, ...] = (
    (64, 4, 4.0),
    (64, 16, 2.0),
    (32, 32, 1.5),
    (16, 8, 2.0),
    (128, 16, 3.0),
)
"""The same with noise after the projection."""


def audit_before(number: int, generator: np.random.Generator) -> Interval:
    """Largest share of the epsilon of ``(A, A (V + E))`` that an attack proves.

    Parameters
    ----------
    number
        Releases of either kind.
    generator
        Source of randomness.
    """
    return _audit(BEFORE, noise_before, _length_before, number, generator)


def audit_after(number: int, generator: np.random.Generator) -> Interval:
    """Largest share of the epsilon of ``(A, M V + E)`` that an attack proves.

    The parameters are those of :func:`audit_before`.
    """
    return _audit(AFTER, noise_after_matrix, _length_after, number, generator)


def _length_before(
    dimension: int, rank: int, number: int, generator: np.random.Generator
) -> np.ndarray:
    """Length of a unit contribution in the row space of A, where V + E can be read."""
    return np.sqrt(kept_shares(dimension, rank, number, generator))


def _length_after(
    dimension: int, rank: int, number: int, generator: np.random.Generator
) -> np.ndarray:
    """Length of ``M u`` for a unit vector u."""
    return np.sqrt(releases(dimension, rank, 1.0, number, generator).square)


def _audit(
    settings: Sequence[Setting],
    account: Callable[[int, int, float], MixedGaussian],
    lengths: Lengths,
    number: int,
    generator: np.random.Generator,
) -> Interval:
    shares = []
    # Shared among the settings, so that all bounds hold together with 95 %.
    confidence = 1 - 0.05 / len(settings)
    for dimension, rank, noise in settings:
        members, others = (
            _scores(lengths(dimension, rank, number, generator) / noise, present, generator)
            for present in (True, False)
        )
        proven = epsilon_at_least(members, others, delta=DELTA, confidence=confidence)
        shares.append(proven / account(dimension, rank, noise).epsilon(DELTA))
    return largest(shares, number)


def _scores(shifts: np.ndarray, present: bool, generator: np.random.Generator) -> np.ndarray:
    """Log-likelihood ratios of releases whose member, if present, moves them by ``shifts``."""
    return shifts * (present * shifts + generator.normal(size=shifts.shape)) - shifts**2 / 2
