"""Exact search for the codebook members that all environments share.

Each environment has a table of costs, one axis per slot. If a set of members is allowed on each
axis, an environment takes the cheapest entry of the box that these sets span. The minimum over
a set is the minimum over the set without its last member, or that member: one operation per set
and axis yields the minima over all boxes.
"""

import math
from collections.abc import Sequence
from functools import cache
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from causeway.errors import InputError

LARGEST = 2**28
"""Box minima held at a time, 2 GiB of doubles."""


class Search(NamedTuple):
    """The best sets of members for each number of them.

    ``cost`` has shape (K_1, ..., K_D): the least total cost with k_d = index + 1 members on
    axis d. ``members``, shape (K_1, ..., K_D, N, D), says which entry each environment takes.
    """

    cost: np.ndarray
    members: np.ndarray


@cache
def sets_of(members: int, environments: int) -> list[list[tuple[int, ...]]]:
    """List the sets to be tried, by size from 1 to the smaller of both numbers.

    As many members as environments bind nothing: each environment takes its own favourite. All
    members together then stand for every set of that size, since they cost the same.
    """
    everything = tuple(range(members))
    return [
        [everything] if size == environments else list(combinations(everything, size))
        for size in range(1, min(members, environments) + 1)
    ]


def search(costs: np.ndarray) -> Search:
    """Find the sets of members with the least total cost, for each number of members.

    The search is exact: it sees every box.

    Parameters
    ----------
    costs
        Shape (N, M_1, ..., M_D): cost of each entry in each environment, in any unit; infinite
        where impossible.

    Raises
    ------
    InputError
        If there is no environment, an axis is empty, a cost is not a number, or there are more
        boxes than fit into memory.
    """
    costs = np.asarray(costs, dtype=float)
    environments, *sizes = costs.shape
    if not costs.size or not sizes:
        raise InputError(
            "code-length search",
            f"costs of shape {costs.shape} are empty",
            "Give each axis members",
        )
    if np.isnan(costs).any():
        raise InputError("code-length search", "a cost is not a number", "Check the data")
    counts = [_subsets(size, environments) for size in sizes]
    if environments * math.prod(counts) > LARGEST:
        raise InputError(
            "code-length search",
            f"codebooks of {' × '.join(map(str, sizes))} members have too many subsets",
            "Use a smaller codebook",
        )
    sets = [sets_of(size, environments) for size in sizes]
    minima = costs
    for axis, groups in enumerate(sets, start=1):
        minima = _set_minima(minima, axis, groups)
    totals = minima.sum(axis=0)
    shape = tuple(map(len, sets))
    best = np.empty(shape)
    members = np.empty((*shape, environments, len(sizes)), dtype=int)
    edges = [np.cumsum([0, *map(len, groups)]) for groups in sets]
    for index in product(*map(range, shape)):
        block = totals[tuple(slice(e[i], e[i + 1]) for e, i in zip(edges, index, strict=True))]
        place = np.unravel_index(np.argmin(block), block.shape)
        box = [g[i][p] for g, i, p in zip(sets, index, place, strict=True)]
        best[index] = block[place]
        members[index] = assign(costs, box)
    return Search(best, members)


def assign(costs: np.ndarray, box: Sequence[Sequence[int]]) -> np.ndarray:
    """Give each environment the cheapest entry of a box.

    Parameters
    ----------
    costs
        Shape (N, M_1, ..., M_D).
    box
        Allowed members of each axis.

    Returns
    -------
    ndarray
        Shape (N, D), members; the first of equals.
    """
    inside = costs
    for axis, members in enumerate(box, start=1):
        inside = inside.take(members, axis=axis)
    flat = inside.reshape(len(costs), -1).argmin(axis=1)
    places = np.unravel_index(flat, inside.shape[1:])
    return np.stack([np.asarray(m)[p] for m, p in zip(box, places, strict=True)], axis=1)


def _subsets(members: int, environments: int) -> int:
    return sum(math.comb(members, size) for size in range(1, min(members, environments) + 1))


def _set_minima(table: np.ndarray, axis: int, groups: list[list[tuple[int, ...]]]) -> np.ndarray:
    """Replace an axis of members by one of sets, with the minimum over each set."""
    single = np.ascontiguousarray(np.moveaxis(table, axis, 0))
    levels: list[np.ndarray] = []
    for size, sets in enumerate(groups, start=1):
        if len(sets) == 1:
            levels.append(single.min(axis=0, keepdims=True))
        elif size == 1:
            levels.append(single)
        else:
            shorter, last = _extensions(len(single), size)
            levels.append(np.minimum(levels[-1][shorter], single[last]))
    return np.moveaxis(np.concatenate(levels), 0, axis)


@cache
def _extensions(members: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each set stands without its last member among the sets one smaller, and that one."""
    row = {shorter: place for place, shorter in enumerate(combinations(range(members), size - 1))}
    sets = list(combinations(range(members), size))
    return np.array([row[chosen[:-1]] for chosen in sets]), np.array([c[-1] for c in sets])
