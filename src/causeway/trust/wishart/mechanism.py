"""The release itself: a random projection, with noise before or after it, or none."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from causeway.errors import InputError
from causeway.trust.wishart import inputs

BLOCK = 4_000_000
"""Random numbers drawn at a time in simulations, 32 MB."""


def projection(dimension: int, rank: int, generator: np.random.Generator) -> np.ndarray:
    """Draw the factor A of a projection, shape (rank, dimension), entries N(0, 1/rank)."""
    inputs.count("dimension", dimension)
    inputs.count("rank", rank)
    return generator.normal(size=(rank, dimension)) / np.sqrt(rank)


def release(
    query: ArrayLike,
    rank: int,
    generator: np.random.Generator,
    *,
    before: float = 0.0,
    after: float = 0.0,
) -> np.ndarray:
    """Release a query once through a fresh secret projection: ``M (f + E) + E'``.

    Parameters
    ----------
    query
        The value f of the query, shape (d,) or (d, m).
    rank
        Rows of the projection; the expectation of M is the identity for any rank.
    generator
        Source of all randomness.
    before, after
        Standard deviations of the Gaussian noise on each entry before and after projecting.

    Raises
    ------
    InputError
        If the query is not finite or has another number of axes, or an argument is out of range.
    """
    value = np.asarray(query, float)
    if value.ndim not in (1, 2) or not value.size or not np.isfinite(value).all():
        raise InputError(
            "wishart: query",
            "not a finite vector or matrix",
            "Give finite numbers, (d,) or (d, m)",
        )
    before = inputs.not_negative("before", before)
    after = inputs.not_negative("after", after)
    factor = projection(value.shape[0], rank, generator)
    noisy = value + before * generator.normal(size=value.shape)
    return factor.T @ (factor @ noisy) + after * generator.normal(size=value.shape)


class Statistics(NamedTuple):
    """What the loss reads of each release: products with both vectors, and squared length."""

    along: np.ndarray
    across: np.ndarray
    square: np.ndarray


def releases(
    dimension: int, rank: int, alignment: float, number: int, generator: np.random.Generator
) -> Statistics:
    """Simulate noise-free releases ``A^T A v`` of a unit vector, each with a fresh A.

    Nothing but the definition is used, so that this can check the formulas.

    Parameters
    ----------
    dimension, rank, alignment
        As in :class:`causeway.trust.wishart.vector.VectorRelease`; v and its neighbour are put
        into the first two axes.
    number
        How many releases.
    generator
        Source of randomness.
    """
    inputs.count("number", number)
    blocks = _blocks(dimension, rank, number)
    parts = [_statistics(dimension, rank, alignment, size, generator) for size in blocks]
    return Statistics(*map(np.concatenate, zip(*parts, strict=True)))


def kept_shares(
    dimension: int, rank: int, number: int, generator: np.random.Generator
) -> np.ndarray:
    """Simulate which share of a vector's squared length each of many row spaces of A keeps.

    By definition, ``a^T (A A^T)^-1 a`` for the unit vector along the first axis, whose image is
    the first column a of A.

    Parameters
    ----------
    dimension, rank
        Columns and rows of A; from ``rank = dimension`` on everything is kept.
    number
        How many, each with a fresh A.
    generator
        Source of randomness.
    """
    inputs.count("number", number)
    if rank >= dimension:
        return np.ones(number)
    found = []
    for size in _blocks(dimension, rank, number):
        factors = generator.standard_normal((size, rank, dimension))
        first = factors[:, :, :1]
        images = np.linalg.solve(factors @ factors.transpose(0, 2, 1), first)
        found.append(np.sum(first * images, axis=(1, 2)))
    return np.concatenate(found)


def _blocks(dimension: int, rank: int, number: int) -> Iterator[int]:
    size = max(1, BLOCK // (dimension * rank))
    for start in range(0, number, size):
        yield min(size, number - start)


def _statistics(
    dimension: int, rank: int, alignment: float, size: int, generator: np.random.Generator
) -> Statistics:
    factors = generator.standard_normal((size, rank, dimension))
    released = np.einsum("nrd,nr->nd", factors, factors[:, :, 0]) / rank
    across = alignment * released[:, 0] + np.sqrt(1 - alignment**2) * released[:, 1]
    return Statistics(released[:, 0], across, np.einsum("nd,nd->n", released, released))
