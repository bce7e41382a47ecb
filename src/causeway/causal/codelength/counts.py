"""Counts whose rate depends on the environment, and how many mechanisms they share.

The parameter theta of an environment lies on a line, and an environment takes the nearest
allowed member of the codebook. So a set of members costs a sum over gaps between neighbours in
the set, and the best set of each size follows from the best smaller ones: M² gaps instead of
all subsets, with the same result.
"""

from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np

from causeway.causal.codelength.families import Family, estimates, mass_table
from causeway.causal.codelength.inputs import choice, whole
from causeway.causal.codelength.penalties import penalty
from causeway.errors import InputError

IMPOSSIBLE = 1e6
"""Bits of a sample that has probability zero [C]."""


@dataclass(frozen=True)
class CountCodes:
    """Code lengths in bits for k = 1, 2, …; entry i of each belongs to k = i + 1.

    ``data`` and ``penalty`` have shape (K,), ``members`` (K, N): the member that each
    environment takes.
    """

    data: np.ndarray
    penalty: np.ndarray
    members: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Finite-codebook complexity, shape (K,)."""
        return self.data + self.penalty

    @property
    def mechanisms(self) -> int:
        """Number of mechanisms of the shortest code."""
        return int(np.argmin(self.total)) + 1


class Line(NamedTuple):
    """Best sets of members on a line: ``cost`` (K,) and ``members`` (K, N)."""

    cost: np.ndarray
    members: np.ndarray


def search_line(bits: np.ndarray, places: np.ndarray, codebook: np.ndarray, most: int) -> Line:
    """Find the set of each size with the least cost if environments take the nearest member.

    Parameters
    ----------
    bits
        Shape (N, M): cost of each member in each environment.
    places
        Shape (N,): where the environments lie on the line of the codebook.
    codebook
        Shape (M,), rising.
    most
        Largest size.

    Returns
    -------
    Line
        The same as trying all subsets; of two members equally near, the smaller is taken.
    """
    size = len(codebook)
    # Ends that are never taken make the first and the last gap like the others.
    ends = np.concatenate([[-np.inf], codebook, [np.inf]])
    padded = np.pad(bits, ((0, 0), (1, 1)))
    gaps = np.zeros((size + 2, size + 2))
    for left in range(size + 1):
        for right in range(left + 1, size + 2):
            inside = (places >= ends[left]) & (places < ends[right])
            near = _nearest(places, ends, left, right)
            gaps[left, right] = padded[inside, near[inside]].sum()
    best = gaps[0, 1 : size + 1]
    parents, costs = [], []
    for _ in range(most):
        costs.append(best + gaps[1 : size + 1, size + 1])
        ahead = np.where(
            np.tri(size, k=-1, dtype=bool).T,
            best[:, None] + gaps[1 : size + 1, 1 : size + 1],
            np.inf,
        )
        parents.append(ahead.argmin(axis=0))
        best = ahead.min(axis=0)
    members = [_taken(parents, costs, count, places, codebook) for count in range(most)]
    return Line(np.array([cost.min() for cost in costs]), np.array(members))


def recover_counts(
    first: np.ndarray,
    environment: np.ndarray,
    *,
    environments: int,
    values: int = 20,
    counted: int | None = None,
    most: int = 10,
    family: Family = "poisson",
    rest: float = 0.0,
) -> CountCodes:
    """Code lengths of counts by the number of mechanisms that the environments share.

    The codebook of theta is the even grid of ``values + 1`` numbers strictly between 0 and 1
    (arXiv:2502.04210, released code, experiment on covariate shift).

    Parameters
    ----------
    first
        Shape (n,), whole numbers from 0 to ``values - 1``.
    environment
        Shape (n,), whole numbers from 0 to ``environments - 1``.
    environments
        N; each needs a sample.
    values
        Number M of values that a count may have.
    counted
        Size of the codebook in the penalty; the true one, ``values + 1``, if not given. The
        released code says ``values``.
    most
        Largest number of mechanisms, at most N and the codebook.
    family
        Distribution of the counts.
    rest
        Bits of whatever else is coded with them, the same for any mechanisms.

    Raises
    ------
    InputError
        If an environment is empty, a count is outside its range, a number is not whole, ``most``
        is more than there are environments or members, or there is no such family.
    """
    whole("environments", environments)
    whole("values", values)
    tallies = tally(first, environment, environments, values)
    labels = tallies.sum() * np.log2(environments)
    return encode_counts(tallies, counted=counted, most=most, family=family, rest=labels + rest)


def encode_counts(
    tallies: np.ndarray,
    *,
    counted: int | None,
    most: int,
    family: Family,
    rest: float = 0.0,
) -> CountCodes:
    """Code lengths of counts given how often each occurs, shape (N, M).

    The other parameters are those of :func:`recover_counts`.
    """
    choice("family", family, get_args(Family))
    whole("most", most)
    environments, values = tallies.shape
    codebook = grid(values)
    counted = len(codebook) if counted is None else counted
    penalties = np.array([penalty(environments, k, counted) for k in range(1, most + 1)])
    bits = tallies @ _bits(family, codebook, values).T
    found = search_line(bits, estimates(family, tallies), codebook, most)
    return CountCodes(found.cost + rest, penalties, found.members)


def grid(values: int) -> np.ndarray:
    """Codebook of theta for counts below ``values``, shape (values + 1,)."""
    return np.linspace(0, 1, values + 3)[1:-1]


def tally(
    counts: np.ndarray, environment: np.ndarray, environments: int, values: int
) -> np.ndarray:
    """Count how often each value occurs in each environment, shape (N, M).

    Raises
    ------
    InputError
        If an environment is empty or a value lies outside its range.
    """
    counts, environment = np.asarray(counts), np.asarray(environment)
    for name, column, size in (
        ("counts", counts, values),
        ("environment", environment, environments),
    ):
        whole = column.dtype.kind in "iu" or (np.isfinite(column) & (column == column // 1)).all()
        if not whole or column.min(initial=0) < 0 or column.max(initial=0) >= size:
            raise InputError(
                name,
                f"values are not whole numbers from 0 to {size - 1}",
                "Remove missing values and cut off what is larger",
            )
    if counts.shape != environment.shape:
        raise InputError("environment", "not one label per count", "Give one per count")
    table = np.zeros((environments, values))
    np.add.at(table, (environment.astype(int), counts.astype(int)), 1)
    empty = np.flatnonzero(table.sum(axis=1) == 0)
    if len(empty):
        raise InputError(
            f"environment {empty[0]}", "it has no samples", "Leave it out and number the others"
        )
    return table


def _bits(family: Family, codebook: np.ndarray, values: int) -> np.ndarray:
    with np.errstate(divide="ignore"):
        bits = -np.log2(mass_table(family, codebook, values))
    return np.where(np.isfinite(bits), bits, IMPOSSIBLE)


def _nearest(places: np.ndarray, ends: np.ndarray, left: int, right: int) -> np.ndarray:
    return np.where(np.abs(ends[left] - places) <= np.abs(ends[right] - places), left, right)


def _taken(
    parents: list[np.ndarray],
    costs: list[np.ndarray],
    count: int,
    places: np.ndarray,
    codebook: np.ndarray,
) -> np.ndarray:
    """Walk back from the last member of the best set, and give each environment its nearest."""
    chosen = [int(costs[count].argmin())]
    for step in range(count - 1, -1, -1):
        chosen.append(int(parents[step][chosen[-1]]))
    members = np.array(chosen[::-1])
    distances = np.abs(codebook[members] - places[:, None])
    return members[distances.argmin(axis=1)]
