"""The exact search, against trying everything."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.causal.codelength import search
from causeway.errors import InputError


def brute_force(costs):
    """Least total cost for each number of members, by trying every box."""
    environments, *sizes = costs.shape
    most = [min(size, environments) for size in sizes]
    best = np.full(most, np.inf)
    for counts in product(*(range(1, k + 1) for k in most)):
        for box in product(*map(combinations, map(range, sizes), counts)):
            total = sum(table[np.ix_(*box)].min() for table in costs)
            index = tuple(k - 1 for k in counts)
            best[index] = min(best[index], total)
    return best


@st.composite
def tables(draw):
    axes = draw(st.integers(1, 3))
    shape = [draw(st.integers(1, 4)), *(draw(st.integers(1, 3)) for _ in range(axes))]
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    costs = generator.exponential(size=shape)
    if draw(st.booleans()):
        costs = np.round(costs)
    if draw(st.booleans()) and shape[1] > 1:
        costs[:, 0] = np.inf
    return costs


@settings(max_examples=60, deadline=None)
@given(tables())
def test_box_minima_equal_brute_force(costs):
    np.testing.assert_allclose(search(costs).cost, brute_force(costs), rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(tables())
def test_members_realise_the_cost_with_no_more_than_allowed(costs):
    found = search(costs)
    rows = np.arange(len(costs))
    for index in np.ndindex(found.cost.shape):
        members = found.members[index]
        total = costs[(rows, *members.T)].sum()
        assert total == pytest.approx(found.cost[index], rel=1e-12)
        for axis, count in enumerate(index):
            assert len(set(members[:, axis])) <= count + 1


@settings(max_examples=30, deadline=None)
@given(tables())
def test_more_members_never_cost_more(costs):
    cost = search(costs).cost
    for axis in range(cost.ndim):
        later = np.take(cost, range(1, cost.shape[axis]), axis)
        earlier = np.take(cost, range(cost.shape[axis] - 1), axis)
        assert (later <= earlier + 1e-12).all()


def test_as_many_members_as_environments_bind_nothing():
    costs = np.random.default_rng(0).exponential(size=(3, 5, 6))
    assert search(costs).cost[2, 2] == pytest.approx(costs.reshape(3, -1).min(axis=1).sum())


def test_costs_that_are_no_numbers_and_empty_tables_are_refused():
    with pytest.raises(InputError, match="not a number"):
        search(np.array([[1.0, np.nan]]))
    with pytest.raises(InputError, match="empty"):
        search(np.empty((3, 0)))


def test_a_codebook_with_too_many_subsets_is_refused_before_any_work():
    for costs in (np.zeros((20, 16, 16)), np.zeros((60, 60))):
        with pytest.raises(InputError, match="too many subsets"):
            search(costs)
