"""Attacks on the matrix release ``Y = M V``, whose projection is secret and without noise.

Both use that M is symmetric and of low rank, and both are exact: Theorem 2 of arXiv:2601.21719
says that some event has probability one under one query and zero under its neighbour; these are
two such events (derived here).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from causeway.errors import InputError
from causeway.trust.wishart import inputs
from causeway.trust.wishart.mechanism import release

CUTOFF = 1e-9
"""Singular values below this share of the largest count as zero."""


class Pair(NamedTuple):
    """A query without and with one member, and the size of the member's contribution."""

    without: np.ndarray
    with_member: np.ndarray
    size: float


class Scores(NamedTuple):
    """Scores of an attack, greater for members, shape (trials,) each."""

    members: np.ndarray
    others: np.ndarray


def symmetry(query: ArrayLike, released: ArrayLike) -> float:
    """Say how far ``V^T Y`` is from symmetric, relative to ``|V| |Y|``.

    Zero up to rounding if ``Y = M V`` for some symmetric M, above zero for almost every other V.

    Parameters
    ----------
    query, released
        V and Y, shape (d, m) each with m >= 2: a single column is always symmetric.

    Raises
    ------
    InputError
        If the shapes differ, there is one column only, or a matrix is zero or not finite.
    """
    v, y = _matrices(query, released, columns=2)
    product = v.T @ y
    scale = np.linalg.norm(v) * np.linalg.norm(y)
    return float(np.linalg.norm(product - product.T) / scale)


def reconstruct(query: ArrayLike, released: ArrayLike, rank: int) -> np.ndarray:
    """Recover M from known columns V and their release: ``M = Y (V^T Y)^+ Y^T``.

    Parameters
    ----------
    query, released
        V and ``Y = M V``, shape (d, m) each.
    rank
        Rank of the projection.

    Returns
    -------
    ndarray
        M, shape (d, d), exact up to rounding.

    Raises
    ------
    InputError
        If V has a smaller rank than the projection, so that M is not determined; if the shapes
        differ, or a matrix is zero or not finite.
    """
    inputs.count("rank", rank)
    v, y = _matrices(query, released, columns=1)
    known = int(np.linalg.matrix_rank(v))
    if known < min(rank, v.shape[0]):
        raise InputError(
            "wishart: query",
            f"{known} independent columns do not determine a projection of rank {rank}",
            "Give at least as many independent columns as the rank, or use symmetry()",
        )
    return y @ np.linalg.pinv(v.T @ y, rcond=CUTOFF) @ y.T


def _matrices(
    query: ArrayLike, released: ArrayLike, columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one shape with so many columns at least, or raise."""
    v, y = np.asarray(query, float), np.asarray(released, float)
    if v.ndim != 2 or v.shape != y.shape or v.shape[1] < columns:
        raise InputError(
            "wishart: query",
            f"shapes {v.shape} and {y.shape}",
            f"Give two matrices of one shape with {('one column', 'two columns')[columns - 1]} "
            "or more",
        )
    for name, matrix in (("query", v), ("released", y)):
        if not (np.isfinite(matrix).all() and matrix.any()):
            raise InputError(
                f"wishart: {name}", "zero or not finite", "Give a matrix of finite numbers"
            )
    return v, y


def by_symmetry(pair: Pair, released: np.ndarray) -> float:
    """Score a release by attack A: how much better the query with the member fits."""
    return symmetry(pair.without, released) - symmetry(pair.with_member, released)


def by_reconstruction(pair: Pair, released: np.ndarray, rank: int) -> float:
    """Score a release by attack B, for queries that differ in their last column only."""
    found = reconstruct(pair.without[:, :-1], released[:, :-1], rank)
    last = released[:, -1]
    misfits = [np.linalg.norm(found @ query[:, -1] - last) for query in (pair[0], pair[1])]
    return float(misfits[0] - misfits[1])


def trial(
    draw: Callable[[np.random.Generator], Pair],
    score: Callable[[Pair, np.ndarray], float],
    *,
    rank: int,
    noise: float,
    trials: int,
    generator: np.random.Generator,
) -> Scores:
    """Attack releases of which half contain the member, each with a fresh query and projection.

    Parameters
    ----------
    draw
        Gives a query without and with a member.
    score
        The attack.
    rank
        Rank of the projection.
    noise
        Standard deviation of the noise on each released entry, over the size of the member's
        contribution.
    trials
        Releases of either kind.
    generator
        Source of randomness.
    """
    found: list[list[float]] = [[], []]
    for scores, present in zip(found, (True, False), strict=True):
        for _ in range(trials):
            pair = draw(generator)
            query = pair.with_member if present else pair.without
            released = release(query, rank, generator, after=noise * pair.size)
            scores.append(score(pair, released))
    return Scores(np.array(found[0]), np.array(found[1]))
