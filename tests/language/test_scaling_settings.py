"""Batch and learning-rate laws, annealing and transfer on tables with known answers."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import table

from causeway.errors import InputError
from causeway.language.scaling import (
    annealing_ratio,
    batch_law,
    learning_rate_law,
    tokens_at_loss,
    transfer,
)

BATCHES = 2.0 ** np.arange(12, 21)
RATES = 0.1 * 2.0 ** np.arange(-2, 4)


def batch_curves(exponent=0.82, coefficient=0.1, seeds=1, spread=0.0):
    """Curves whose tokens to a loss are a parabola of log batch about a known optimum."""
    rng = np.random.default_rng(0)
    curves = []
    for seed in range(seeds):
        for batch in BATCHES:
            loss = np.linspace(4.0, 2.5, 60)
            fewest = 1e8 * np.exp(3 * (4.0 - loss))
            away = np.log(batch) - np.log(coefficient * fewest**exponent)
            tokens = fewest * np.exp(0.05 * away**2 + spread * rng.normal())
            curve = table(np.full(60, 1e8), tokens, loss, batch=batch, seed=seed)
            curves.append(curve.assign(run=f"{batch:g}-{seed}"))
    return pd.concat(curves, ignore_index=True)


def test_the_batch_law_is_recovered():
    curves = batch_curves(exponent=0.8, coefficient=0.02)
    targets = [3.8, 3.5, 3.2, 2.9]
    found = batch_law(tokens_at_loss(curves, targets), resamples=0)
    assert found.law.exponent.estimate == pytest.approx(0.8, abs=0.01)
    fewest = 1e8 * np.exp(3 * (4.0 - np.array(targets)))
    rows = found.parabolas.sort_values("tokens")
    kept = rows["reason"] == ""
    assert kept.sum() == found.law.points >= 3
    assert np.allclose(rows["tokens"][kept], fewest[kept.to_numpy()], rtol=0.01)


def test_batches_that_were_not_enclosed_are_dropped():
    reached = tokens_at_loss(batch_curves(coefficient=1e-4), [3.8, 3.5, 3.2])
    found = batch_law(reached, resamples=0)
    assert (found.parabolas["reason"] == "not bracketed: vertex below the sampled range").all()
    assert found.law.points == 0
    assert np.isnan(found.law.exponent.estimate)


def test_the_batch_law_lies_in_its_interval():
    curves = batch_curves(exponent=0.8, coefficient=0.02, seeds=3, spread=0.02)
    reached = tokens_at_loss(curves, [3.8, 3.5, 3.2, 2.9])
    found = batch_law(reached, resamples=300, seed=0)
    assert found.law.exponent.low < 0.8 < found.law.exponent.high
    assert found.law.exponent.n == 27


def test_of_several_learning_rates_the_fastest_counts():
    reached = tokens_at_loss(batch_curves(exponent=0.8, coefficient=0.02), [3.8, 3.5, 3.2, 2.9])
    slow = reached.assign(
        run=reached["run"] + "-slow", learning_rate=0.1, tokens=2 * reached["tokens"]
    )
    both = batch_law(pd.concat([slow, reached], ignore_index=True), resamples=0)
    pd.testing.assert_frame_equal(both.parabolas, batch_law(reached, resamples=0).parabolas)


def learning_rate_runs(exponent=0.34, coefficient=0.006):
    runs = []
    for batch in BATCHES[1:8]:
        away = np.log(RATES) - np.log(coefficient * batch**exponent)
        loss = 3.0 * np.exp(0.03 * away**2)
        rows = table(np.full(6, 1e8), np.full(6, 1e9), loss, batch=batch, rate=RATES)
        runs.append(rows.assign(budget=6e17, run=[f"{batch:g}-{rate:g}" for rate in RATES]))
    return pd.concat(runs, ignore_index=True)


def test_the_learning_rate_law_is_recovered():
    found = learning_rate_law(learning_rate_runs(), resamples=100)
    assert found.law.exponent.estimate == pytest.approx(0.34)
    assert found.law.coefficient.estimate == pytest.approx(0.006)
    assert found.law.exponent.low == pytest.approx(0.34)
    assert found.law.points == 7


def test_two_learning_rates_make_no_parabola():
    runs = learning_rate_runs()
    two = runs[(runs["learning_rate"] < 0.15) & (runs["learning_rate"] > 0.04)]
    found = learning_rate_law(two, resamples=0)
    assert (found.parabolas["reason"] == "fewer than 3 different values").all()


def annealing_pairs(ratio=1.0245, spread=0.0, trend=0.0):
    tokens = np.geomspace(1e9, 1e10, 8)
    rng = np.random.default_rng(0)
    annealed = table(np.full(8, 1e8), tokens, 3 * tokens**-0.01)
    loss = annealed["loss"] * ratio * np.exp(spread * rng.normal(size=8))
    constant = annealed.assign(
        run="constant-" + annealed["run"], loss=loss * (tokens / 3e9) ** trend
    )
    return constant, annealed


def test_the_annealing_ratio_is_that_of_pairs_in_any_order():
    constant, annealed = annealing_pairs()
    found = annealing_ratio(constant, annealed[::-1])
    assert found.ratio.estimate == pytest.approx(1.0245)
    assert found.ratio.high - found.ratio.low < 1e-9
    assert (found.ratio.n, found.unmatched) == (8, [])


def test_a_ratio_that_changes_with_tokens_shows_in_its_trend():
    steady = annealing_ratio(*annealing_pairs(spread=0.001))
    assert steady.ratio.low < 1.0245 < steady.ratio.high
    assert steady.trend.low < 0 < steady.trend.high
    changing = annealing_ratio(*annealing_pairs(spread=0.001, trend=0.01))
    assert 0 < changing.trend.low < 0.01 < changing.trend.high


def test_runs_without_a_partner_are_listed_and_twins_refused():
    constant, annealed = annealing_pairs()
    found = annealing_ratio(constant, annealed[2:])
    assert found.ratio.n == 6
    assert found.unmatched == ["constant-masked-0-0", "constant-masked-0-1"]
    with pytest.raises(InputError, match="none has a partner"):
        annealing_ratio(constant, annealed.assign(seed=1))
    with pytest.raises(InputError, match="'masked-0-0' is there twice"):
        annealing_ratio(constant, pd.concat([annealed, annealed[:1]]))


def transfer_runs(best, seeds=2):
    """Runs of which size k is best at the place ``best[k]`` of the grid."""
    rows = []
    for size, place in enumerate(best):
        for seed in range(seeds):
            loss = 3 + 0.1 * np.abs(np.arange(len(RATES)) - place) - 0.2 * size + 0.001 * seed
            count = len(RATES)
            rows.append(table([1e6 * 4**size] * count, 1e8, loss, rate=RATES, seed=seed))
    return pd.concat(rows, ignore_index=True)


def test_the_best_learning_rate_is_told_in_steps_of_the_grid():
    found = transfer(transfer_runs([2, 3, 2, 5]))
    assert list(found["difference"]) == [0, 1, 0, 3]
    assert list(found["learning_rate"]) == list(RATES[[2, 3, 2, 5]])
    assert list(found["edge"]) == [False, False, False, True]


def test_a_learning_rate_that_diverges_with_a_seed_is_not_best():
    runs = transfer_runs([2, 3])
    large = runs["parameters"] > 1e6
    runs.loc[large & (runs["learning_rate"] == RATES[3]) & (runs["seed"] == 1), "loss"] = np.nan
    assert transfer(runs)["step"].iloc[1] in (2, 4)
    runs.loc[large, "loss"] = np.inf
    assert np.isnan(transfer(runs)["difference"].iloc[1])
