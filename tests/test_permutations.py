"""Labels exchanged at random."""

import numpy as np
import pytest
from scipy import stats

from causeway.permutations import permutation_p, permute_within


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_p_counts_the_observed_one_and_is_uniform_under_the_null(rng):
    assert permutation_p(3.0, [1.0, 2.0, 3.0]) == pytest.approx(0.5)
    assert permutation_p(9.0, [1.0, 2.0, 3.0]) == pytest.approx(0.25)
    draws = rng.standard_normal((200, 100))
    p = permutation_p(draws[0], draws[1:])
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_permutations_stay_within_groups(rng):
    groups = np.array(["a", "b", "a", "b", "c"])
    orders = permute_within(groups, 5, 200, rng)
    assert (groups[orders] == groups).all()
    assert (np.sort(orders, axis=1) == np.arange(5)).all()
    assert len(np.unique(orders, axis=0)) == 4
    assert len(np.unique(permute_within(None, 3, 200, rng), axis=0)) == 6
    with pytest.raises(ValueError, match="as many groups"):
        permute_within(["a"], 2, 1, rng)
