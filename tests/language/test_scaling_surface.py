"""Both fits of the loss surface against the truth, each other, brute force and a published one."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_runs import TRUTH, surface_runs
from scipy import optimize, special

from causeway.errors import InputError
from causeway.language.scaling import (
    Surface,
    fit_huber,
    fit_surface,
    fit_varpro,
    surface_errors,
)
from causeway.language.scaling.approach3 import fit_each, sound, surface_columns
from causeway.language.scaling.bfgs import minimise
from causeway.language.scaling.bootstrap import percentiles, resample
from causeway.language.scaling.varpro import nonnegative

PUBLISHED = {
    "A": (482.0, 124.5),
    "B": (2085.0, 1293.0),
    "E": (1.817, 0.026),
    "alpha": (0.348, 0.015),
    "beta": (0.366, 0.021),
}
"""Besiroglu et al. (arXiv:2404.10102): refit of 240 runs, standard errors of 4000 resamples."""
INTERVALS = {"alpha": (0.317, 0.373), "beta": (0.331, 0.415)}
"""Their 95 % intervals."""


def columns(spread=0.0, seed=0, **world):
    runs = surface_runs(spread, np.random.default_rng(seed), **world)
    return surface_columns(runs, "parameters", "flops")


@pytest.mark.parametrize("fit", [fit_varpro, fit_huber])
@pytest.mark.parametrize(
    "truth", [TRUTH, Surface(*map(np.float64, (2.17, 222.0, 1920.0, 0.6, 0.25)))]
)
def test_a_clean_table_gives_the_truth(fit, truth):
    assert np.allclose(fit(*columns(truth=truth)), truth, rtol=1e-5)


def test_variable_projection_is_least_squares():
    size, tokens, loss = columns(0.003)
    found = fit_varpro(size, tokens, loss)

    def errors(point):
        A, B = np.exp(point[:2])
        return Surface(point[2], A, B, *point[3:]).loss(size, tokens) / loss - 1

    begin = [np.log(TRUTH.A), np.log(TRUTH.B), *TRUTH[:1], *TRUTH[3:]]
    brute = optimize.least_squares(
        errors, begin, xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac"
    )
    assert (found.alpha, found.beta, found.E) == pytest.approx(
        (brute.x[3], brute.x[4], brute.x[2]), rel=1e-4
    )
    mine = ((found.loss(size, tokens) / loss - 1) ** 2).sum()
    assert mine <= 2 * brute.cost * (1 + 1e-9)


def test_three_unknowns_as_scipy_finds_them():
    rng = np.random.default_rng(0)
    matrices, sides = rng.normal(size=(200, 8, 3)), rng.normal(size=(200, 8))
    gram = np.einsum("kni,knj->kij", matrices, matrices)
    found = nonnegative(gram, np.einsum("kni,kn->ki", matrices, sides))
    expected = [optimize.nnls(*pair)[0] for pair in zip(matrices, sides, strict=True)]
    assert np.allclose(found, expected)
    assert (np.array(expected) == 0).any()


def test_huber_is_the_minimum_that_scipy_finds():
    size, tokens, loss = columns(0.003, sizes=8)
    found = fit_huber(size, tokens, loss)

    def objective(point):
        a, b, e, alpha, beta = point
        terms = [a - alpha * np.log(size), b - beta * np.log(tokens), np.full(len(size), e)]
        return special.huber(1e-3, special.logsumexp(terms, axis=0) - np.log(loss)).sum()

    mine = np.array([*np.log([found.A, found.B, found.E]), found.alpha, found.beta])
    best = min(
        optimize.minimize(
            objective, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-9}
        ).fun
        for start in (mine, mine * 1.01, mine + 0.05)
    )
    assert objective(mine) <= best * (1 + 1e-6)


def test_an_outlier_moves_huber_less():
    size, tokens, loss = columns(0.002)
    loss[3] *= 1.5
    errors = {
        fit: abs(fit(size, tokens, loss).size_exponent - TRUTH.size_exponent)
        for fit in (fit_varpro, fit_huber)
    }
    assert errors[fit_huber] < errors[fit_varpro] / 3


@pytest.mark.parametrize("fit", [fit_varpro, fit_huber])
def test_resamples_together_are_resamples_alone(fit):
    size, tokens, loss = columns(0.003, sizes=8)
    weights = resample(np.arange(len(loss)), 3, seed=0)[1:]
    start = fit(size, tokens, loss)
    together = fit(size, tokens, loss, weights, start)
    for row, times in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(len(loss)), times)
        alone = fit(size[rows], tokens[rows], loss[rows])
        assert together.alpha[row] == pytest.approx(alone.alpha, abs=2e-4)
        assert together.size_exponent[row] == pytest.approx(alone.size_exponent, abs=2e-4)


@pytest.mark.parametrize("method", ["varpro", "huber"])
def test_the_truth_lies_in_the_intervals(method):
    runs = surface_runs(0.003, np.random.default_rng(5))
    found = fit_surface(runs, method, resamples=300, seed=0)
    for name, interval in found.intervals.items():
        assert interval.low < getattr(TRUTH, name) < interval.high, name
        assert interval.n == len(runs)


def test_intervals_of_the_surface_cover():
    # 60 made-up tables with 100 resamples each; as many at once as one table has.
    covered = []
    for table in range(60):
        size, tokens, loss = columns(0.003, seed=table)
        start = fit_varpro(size, tokens, loss, start=TRUTH)
        drawn = fit_varpro(
            size, tokens, loss, resample(np.arange(len(loss)), 100, seed=table)[1:], start
        )
        samples = np.append(start.size_exponent, drawn.size_exponent)
        interval = percentiles(samples, n=len(loss))
        covered.append(interval.low <= TRUTH.size_exponent <= interval.high)
    # Three standard errors of 60 tables below 95 %.
    assert np.mean(covered) >= 0.86


@pytest.mark.parametrize("method", ["varpro", "huber"])
def test_resamples_that_determine_nothing_give_no_value(method):
    columns = surface_columns(surface_runs(sizes=4), "parameters", "flops")
    weights = np.zeros((4, 20))
    weights[0, [0, 1, 2, 3]] = 5
    weights[1, [0, 4, 8, 12, 16]] = 1
    weights[2, [0, 1, 4, 6, 9, 11, 15]] = 1
    found = fit_each(method, columns, weights, TRUTH)
    # Four points; five points, as many as unknowns; seven; none.
    assert np.isnan(found.alpha).tolist() == [True, True, False, True]
    assert found.alpha[2] == pytest.approx(TRUTH.alpha, rel=1e-3)


def test_too_few_points_or_runs_are_refused():
    runs = surface_runs(sizes=4)
    with pytest.raises(InputError, match="4 of them do not determine the 5 unknowns"):
        fit_surface(runs[:4])
    # Four runs with five readings each are four independent ones.
    shared = runs.assign(run=[f"run-{number % 4}" for number in range(len(runs))])
    with pytest.raises(InputError, match="4 of them do not determine"):
        fit_surface(shared)


@pytest.mark.parametrize("method", ["varpro", "huber"])
def test_a_surface_at_a_bound_is_no_estimate(method):
    size, tokens, _ = columns(sizes=4)
    rng = np.random.default_rng(0)
    flat = surface_runs(sizes=4).assign(loss=3.0 * np.exp(0.01 * rng.normal(size=len(size))))
    steep = TRUTH.loss(size, tokens) + 30 * (size / size.min()) ** -9.0
    for loss in (flat["loss"], steep):
        with pytest.raises(InputError, match="best one has alpha ="):
            fit_surface(flat.assign(loss=loss), method, resamples=3)


def test_sound_surfaces_lie_inside_all_bounds():
    alphas = np.array([0.3, 2.5, 2.4999, 15.6, -1.57, 0.03, np.nan, 0.3])
    surface = Surface(*(np.full(8, float(field)) for field in TRUTH[:3]), alphas, np.full(8, 0.3))
    surface.A[-1] = 0
    assert sound(surface).tolist() == [True, *[False] * 7]
    assert not sound(surface._replace(alpha=surface.beta, beta=surface.alpha))[1:].any()


def test_resamples_at_a_bound_are_counted():
    found = fit_surface(surface_runs(0.003, np.random.default_rng(5)), resamples=50)
    assert found.failed == 0
    few = fit_surface(surface_runs(0.1, np.random.default_rng(2), sizes=3), resamples=200)
    assert 0 < few.failed < 1


def test_a_left_out_budget_is_predicted_by_the_surface():
    runs = surface_runs()
    errors = surface_errors(runs)
    assert np.abs(errors["error"]).max() < 1e-6
    last = runs["budget"] == runs["budget"].max()
    runs.loc[last, "loss"] *= 1.1
    spoilt = surface_errors(runs)
    assert np.allclose(spoilt.loc[last, "error"], -np.log(1.1), atol=1e-5)
    assert spoilt.loc[last, "beyond"].all()


def test_a_term_that_is_not_there_is_left_out():
    size, tokens, _ = columns()
    found = fit_varpro(size, tokens, 2.0 + 500 * tokens**-0.3)
    assert found.A * size.min() ** -found.alpha < 1e-6
    assert found.beta == pytest.approx(0.3, abs=1e-3)


def test_bfgs_finds_the_minima_of_many_bowls_and_a_curved_valley():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(50, 4))
    heights = np.exp(rng.normal(0, 2, (50, 4)))

    def bowls(points, rows):
        away = points - centres[rows]
        return (heights[rows] * away**2).sum(-1) / 2, heights[rows] * away

    points, values = minimise(bowls, np.zeros((50, 4)), 200, 1e-9)
    assert np.allclose(points, centres, atol=1e-6)
    assert values.max() < 1e-12

    def valley(points, rows):
        both = [(optimize.rosen(point), optimize.rosen_der(point)) for point in points]
        return np.array([value for value, _ in both]), np.array([slope for _, slope in both])

    points, _ = minimise(valley, rng.normal(size=(5, 2)), 500, 1e-8)
    assert np.allclose(points, 1, atol=1e-6)


@pytest.fixture(scope="session")
def replication():
    """Size, tokens and loss of 240 runs read off a published figure."""
    path = os.environ.get("CAUSEWAY_CHINCHILLA_TABLE")
    if not path:
        pytest.skip(
            "set CAUSEWAY_CHINCHILLA_TABLE to svg_extracted_data.csv of"
            " github.com/epoch-research/analyzing-chinchilla (245 points)"
        )
    table = pd.read_csv(Path(path))[["Model Size", "Training FLOP", "loss"]].dropna()
    assert len(table) == 245
    # They leave the five highest losses out.
    table = table.sort_values("loss").iloc[:-5]
    size, flops, loss = table.to_numpy(float).T
    return size, flops / (6 * size), loss


def test_the_chinchilla_replication_is_replicated(replication):
    found = fit_huber(*replication)
    for name, (value, error) in PUBLISHED.items():
        # Their optimiser and ours may stop at slightly different places of a flat valley.
        assert abs(getattr(found, name) - value) < error / 4, name
    weights = resample(np.arange(len(replication[0])), 1000, seed=0)[1:]
    drawn = fit_huber(*replication, weights, found)
    for name, (low, high) in INTERVALS.items():
        ends = np.quantile(getattr(drawn, name), [0.025, 0.975])
        assert np.abs(ends - (low, high)).max() < PUBLISHED[name][1], name
