"""IsoFLOP parabolas: exact vertices, dropped ones, laws and the coverage of their intervals."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import BUDGETS, TRUTH, parabolic, parabolic_runs, surface_runs

from causeway.errors import InputError
from causeway.language.scaling import (
    gap,
    isoflop_laws,
    optimum_errors,
    shared_budgets,
    u_shape,
)
from causeway.language.scaling.bootstrap import percentiles, resample
from causeway.language.scaling.lines import law, lines
from causeway.language.scaling.parabolas import parabolas, vertices


@pytest.mark.parametrize(("exponent", "shift"), [(0.5, 0.0), (0.63, 0.7), (0.41, -0.9)])
def test_vertices_of_exact_parabolas_are_exact(exponent, shift):
    runs = parabolic_runs(exponent, shift=shift)
    found = isoflop_laws(runs, resamples=0)
    assert np.allclose(found.parabolas["parameters"], 0.1 * BUDGETS**exponent, rtol=1e-9)
    assert np.allclose(found.parabolas["curvature"], 0.04)
    assert found.size.exponent.estimate == pytest.approx(exponent, rel=1e-9)
    assert found.size.coefficient.estimate == pytest.approx(0.1, rel=1e-7)
    assert found.loss.exponent.estimate == pytest.approx(-0.05, rel=1e-9)
    assert found.loss(1e22) == pytest.approx(20 * 1e22**-0.05)


def test_axes_agree_where_compute_is_six_per_parameter_and_token():
    runs = parabolic_runs(0.55)
    tokens = isoflop_laws(runs, "tokens", resamples=0).size.exponent.estimate
    rate = isoflop_laws(runs, "flops_per_token", "flops_6p", resamples=0).size.exponent.estimate
    assert (tokens, rate) == pytest.approx((0.45, 0.55))


def test_parabolas_are_those_of_polyfit():
    runs = surface_runs(0.01, np.random.default_rng(0))
    found = parabolas(runs, "parameters", "loss", ["budget"])
    for _, row in found.iterrows():
        mine = runs[runs["budget"] == row["budget"]]
        bend, slope, level = np.polyfit(np.log(mine["parameters"]), np.log(mine["loss"]), 2)
        assert np.log(row["parameters"]) == pytest.approx(-slope / (2 * bend), rel=1e-7)
        assert np.log(row["loss"]) == pytest.approx(level - slope**2 / (4 * bend), rel=1e-7)


def test_parabolas_are_biased_where_sizes_spread_widely():
    # The surface is no parabola in logarithms unless alpha = beta (arXiv:2603.22339).
    errors = [
        isoflop_laws(surface_runs(reach=reach), resamples=0).size.exponent.estimate
        - TRUTH.size_exponent
        for reach in (1.5, 8, 30)
    ]
    assert abs(errors[0]) < 1e-6
    assert errors[0] < errors[1] < errors[2]
    assert errors[1] == pytest.approx(0.4517 - 0.4516, abs=5e-5)


def test_weights_are_copies_of_rows():
    size, budget, loss = parabolic(0.5)
    rng = np.random.default_rng(1)
    x, y = np.log(size), np.log(loss) + 0.01 * rng.normal(size=len(loss))
    group = np.searchsorted(BUDGETS, budget)
    counts = rng.integers(1, 4, (3, len(x)))
    together = vertices(x, y, group, counts.astype(float))
    for row, times in enumerate(counts):
        rows = np.repeat(np.arange(len(x)), times)
        alone = vertices(x[rows], y[rows], group[rows], np.ones(len(rows)))
        assert np.allclose(together.x[row], alone.x)
        assert np.allclose(together.y[row], alone.y)


def test_what_is_not_bracketed_is_dropped_and_listed():
    runs = parabolic_runs(0.5)
    places = [runs.index[runs["budget"] == budget] for budget in BUDGETS]
    right = runs["parameters"] > 0.11 * runs["budget"] ** 0.5
    left = runs["parameters"] < 0.09 * runs["budget"] ** 0.5
    runs.loc[places[3], "loss"] = 1 / runs.loc[places[3], "loss"]
    cut = runs.drop(
        [
            *places[0].difference(runs.index[right]),
            *places[1].difference(runs.index[left]),
            *places[2][2:],
        ]
    )
    found = isoflop_laws(cut, resamples=50)
    assert list(found.parabolas["reason"]) == [
        "not bracketed: vertex below the sampled range",
        "not bracketed: vertex above the sampled range",
        "fewer than 3 different values",
        "not bracketed: opens downwards",
        "",
    ]
    assert found.size.points == 1
    assert np.isnan(found.size.exponent.estimate)
    assert list(found.parabolas["points"]) == [3, 3, 2, 7, 7]


def test_a_dropped_vertex_does_not_move_the_law():
    runs = parabolic_runs(0.5)
    last = runs["budget"] == BUDGETS[-1]
    outside = runs["parameters"] > 0.11 * runs["budget"] ** 0.5
    runs.loc[last & outside, "loss"] *= 1 + 0.001 * np.arange((last & outside).sum())
    found = isoflop_laws(runs[~last | outside], resamples=0)
    assert found.size.points == 4
    assert found.size.exponent.estimate == pytest.approx(0.5)


def test_a_u_rises_from_its_vertex_to_the_nearer_end():
    found = u_shape(parabolic_runs(0.5, bend=0.02, reach=8.0, shift=0.5), resamples=100)
    # Bends by 0.02, and the nearer end is log 8 - 0.5 away; ends do not move with resamples.
    assert found.rise == pytest.approx([0.02 * (np.log(8) - 0.5) ** 2] * 3 + [35])
    assert 0 < found.failed < 0.5
    noisy = parabolic_runs(0.5, spread=0.002, rng=np.random.default_rng(1), sizes=12)
    shown = u_shape(noisy, resamples=300).rise
    assert 0 < shown.low < shown.high < 0.02 * np.log(8) ** 2 * 1.1


def test_a_loss_that_only_falls_is_no_u():
    runs = parabolic_runs(0.5)
    left = runs["parameters"] < 0.09 * runs["budget"] ** 0.5
    upside = runs.assign(loss=1 / runs["loss"])
    # A single budget without its optimum is enough: it is the least.
    single = runs[left | (runs["budget"] > BUDGETS[0])]
    for flat in (runs[left], single, upside):
        assert u_shape(flat, resamples=50).rise.estimate == 0
    convex = parabolas(runs[left], "parameters", "loss", ["budget"])
    assert (convex["curvature"] > 0).all()
    with pytest.raises(InputError, match="no budget has three sizes"):
        u_shape(runs.groupby("budget").head(2))


def test_two_vertices_make_no_law():
    runs = parabolic_runs(0.5)
    two = isoflop_laws(runs[runs["budget"] < BUDGETS[2]], resamples=50)
    assert two.size.points == 2
    assert np.isnan(two.size.exponent.estimate)
    assert two.size.reason == "a law takes 3 bracketed vertices, and there are 2"
    three = isoflop_laws(runs[runs["budget"] < BUDGETS[3]], resamples=50)
    assert three.size.exponent.estimate == pytest.approx(0.5)
    assert three.size.reason == ""


def test_vertices_at_one_place_make_no_law():
    fitted = law(np.zeros(4), np.arange(4.0), np.ones((1, 4), bool), 4)
    assert np.isnan(fitted.exponent.estimate)
    assert fitted.reason == "all bracketed vertices lie at one place"


def test_runs_are_drawn_whole_and_within_their_strata():
    runs = np.array(["a", "a", "b", "c", "c", "d"])
    strata = np.array([0, 0, 0, 1, 1, 1])
    weights = resample(runs, 500, seed=0, strata=strata)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 4]).all()
    assert (weights[:, 0] + weights[:, 2] == 2).all()
    assert (weights[:, 3] + weights[:, 5] == 2).all()
    assert weights[1:, 0].mean() == pytest.approx(1, abs=0.1)


def test_intervals_tell_of_resamples_that_failed():
    samples = np.array([1.0, *np.linspace(0, 2, 101), *[np.nan] * 50])
    found = percentiles(samples, n=5)
    assert found == pytest.approx((1.0, 0.05, 1.95, 5))
    assert np.isnan(percentiles(np.array([1.0, 1.0, np.nan, np.nan]), n=5).low)
    assert np.isnan(percentiles(np.array([np.nan, 1.0, 2.0]), n=5).low)


def test_intervals_of_an_exponent_cover_it():
    # 300 made-up tables with 200 resamples each, all at once.
    tables, resamples, exponent, seeds = 300, 200, 0.57, 2
    rng = np.random.default_rng(0)
    size, budget, loss = (np.tile(part, seeds) for part in parabolic(exponent, bend=0.05))
    y = np.log(loss) + 0.003 * rng.normal(size=(tables, 1, len(loss)))
    weights = np.stack([resample(np.arange(len(size)), resamples, seed) for seed in range(tables)])
    found = vertices(np.log(size), y, np.searchsorted(BUDGETS, budget), weights)
    slopes = lines(
        *np.broadcast_arrays(np.log(BUDGETS), found.x, found.bracketed.astype(float))
    ).slope
    intervals = [percentiles(row, n=len(size)) for row in slopes]
    covered = np.mean([row.low <= exponent <= row.high for row in intervals])
    # 95 % is asked for; with few runs percentile intervals are not exact.
    assert 0.88 <= covered <= 0.99
    assert np.mean([row.high - row.low for row in intervals]) < 0.1


def test_a_law_with_noise_is_recovered_within_its_interval():
    runs = parabolic_runs(0.57, spread=0.002, rng=np.random.default_rng(3), bend=0.05, sizes=12)
    found = isoflop_laws(runs, resamples=500, seed=1)
    assert found.size.exponent.low < 0.57 < found.size.exponent.high
    assert found.loss.exponent.low < -0.05 < found.loss.exponent.high
    assert found.size.exponent.n == len(runs)
    again = isoflop_laws(runs, resamples=500, seed=1)
    assert again.size == found.size


def test_left_out_budgets_are_predicted_exactly_by_an_exact_law():
    errors = optimum_errors(parabolic_runs(0.5))
    assert len(errors) == len(BUDGETS)
    assert np.abs(errors["error"]).max() < 1e-9
    assert np.abs(errors["size_error"]).max() < 1e-7
    assert list(errors["beyond"]) == [True, False, False, False, True]


def test_a_left_out_budget_is_not_known():
    runs = parabolic_runs(0.5)
    last = runs["budget"] == BUDGETS[-1]
    runs.loc[last, "loss"] *= 1.1
    errors = optimum_errors(runs)
    assert errors["error"].iloc[-1] == pytest.approx(-np.log(1.1))


def test_the_gap_between_noise_types_and_its_slope():
    masked = parabolic_runs(0.5, noise="masked", level=20.0, fall=-0.050)
    uniform = parabolic_runs(0.55, noise="uniform", level=23.0, fall=-0.053)
    found = gap(pd.concat([masked, uniform], ignore_index=True), "uniform", "masked", resamples=50)
    assert np.allclose(found.budgets["gap"], np.log(23 / 20 * BUDGETS**-0.003))
    assert found.slope.estimate == pytest.approx(-0.003 * np.log(10))
    assert found.slope.low <= found.slope.estimate <= found.slope.high


def test_a_gap_counts_only_budgets_of_both():
    masked, uniform = (parabolic_runs(noise=noise) for noise in ("masked", "uniform"))
    uniform = uniform[uniform["budget"] < BUDGETS[-1]]
    found = gap(pd.concat([masked, uniform], ignore_index=True), "uniform", "masked", resamples=9)
    assert list(found.budgets["budget"]) == list(BUDGETS[:-1])


def test_shared_budgets_are_those_that_all_have_bracketed():
    first, second, third = (parabolic_runs(noise=noise) for noise in ("a", "b", "c"))
    second = second[second["budget"] > BUDGETS[0]]
    right = third["parameters"] > 0.11 * third["budget"] ** 0.5
    third = third[right | (third["budget"] < BUDGETS[3])]
    both = pd.concat([first, second, third], ignore_index=True)
    assert shared_budgets(both) == list(BUDGETS[1:3])
    # One that is bracketed nowhere leaves nothing to compare.
    nowhere = third[right.loc[third.index]].assign(noise="d")
    assert shared_budgets(pd.concat([both, nowhere], ignore_index=True)) == []
    assert shared_budgets(first) == list(BUDGETS)
