"""Sizes near the best one: which are kept, and what parabolas gain."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import TRUTH, surface_runs, table

from causeway.language.scaling import isoflop_laws, near_best


def _readings(losses, sizes, **settings):
    return table(np.array(sizes, float), np.full(len(sizes), 1e9), losses, **settings)


def test_sizes_within_the_factor_of_the_best_are_kept():
    sizes = [1e6, 2e6, 4e6, 8e6, 1.6e7, 3.2e7]
    runs = pd.concat(
        [
            _readings([3.0, 2.5, 2.4, 2.3, 2.1, 2.6], sizes, noise="masked", budget=1e18),
            _readings([2.0, 2.5, 2.4, 2.3, 2.2, 2.6], sizes, noise="uniform", budget=1e18),
            _readings([1.0, 1.0, 1.0, 1.0, 1.0, 1.0], sizes, noise="masked"),
        ]
    )
    kept = near_best(runs, 4).groupby("noise")["parameters"].agg(list)
    assert kept["masked"] == sizes[2:]
    assert kept["uniform"] == sizes[:3]
    assert len(near_best(runs, None)) == 12


def test_the_best_size_is_that_of_the_mean_over_seeds():
    lucky = [
        _readings([loss, 2.2, 2.3], [1e6, 2e6, 8e6], budget=1e18, seed=seed)
        for seed, loss in enumerate((2.0, 3.0))
    ]
    both = pd.concat(lucky, ignore_index=True)
    # The lowest loss of all is that of the lucky seed, at another size.
    assert both.loc[both["loss"].idxmin(), "parameters"] == pytest.approx(1e6)
    assert set(near_best(both, 1.5)["parameters"]) == {2e6}
    assert set(near_best(both, 2)["parameters"]) == {1e6, 2e6}
    assert set(near_best(lucky[0], 1.5)["parameters"]) == {1e6}


@pytest.mark.parametrize("reach", [30, 200])
def test_parabolas_are_less_biased_in_a_window(reach):
    runs = surface_runs(reach=reach, sizes=25)
    wide, near = (
        isoflop_laws(near_best(runs, factor), resamples=0).size.exponent.estimate
        for factor in (None, 8)
    )
    assert abs(near - TRUTH.size_exponent) < abs(wide - TRUTH.size_exponent) / 3
