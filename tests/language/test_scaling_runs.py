"""The table of runs: what is refused, what is left out, and what curves say between readings."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import TRUTH, surface_runs, table

from causeway.errors import InputError
from causeway.language.scaling import (
    COLUMNS,
    at_budgets,
    converged,
    envelope,
    fit_surface,
    flops_per_token,
    gap,
    isoflop_laws,
    optimum_errors,
    surface_errors,
    tokens_at_loss,
    tuned,
    validate,
)


def test_a_sound_table_passes_unchanged():
    runs = surface_runs()
    checked = validate(runs.assign(seed="0", note="free"))
    pd.testing.assert_frame_equal(checked[list(COLUMNS)], runs[list(COLUMNS)])
    assert (checked["note"] == "free").all()


@pytest.mark.parametrize("column", ["run", "noise", "parameters", "tokens", "loss"])
def test_a_missing_column_is_named(column):
    with pytest.raises(InputError, match=f"no column '{column}'"):
        validate(surface_runs().drop(columns=column))


def test_a_table_of_the_needed_columns_is_filled_in_and_fitted():
    whole = surface_runs()
    runs = validate(whole[["run", "noise", "parameters", "tokens", "loss"]])
    assert set(runs) == set(COLUMNS)
    assert (runs["seed"] == 0).all()
    assert np.allclose(runs["flops_6p"], whole["flops_6p"])
    assert runs[["flops", "flops_with_head", "budget", "batch", "learning_rate"]].isna().all(None)
    budgeted = runs.assign(budget=whole["budget"])
    assert tuned(budgeted)["run"].tolist() == tuned(whole)["run"].tolist() != []
    plain, given = (fit_surface(table, resamples=0).surface for table in (runs, whole))
    assert plain == given
    # In countings that the table does not have there is nothing to fit.
    reached = at_budgets(runs, [1e19], "flops")
    assert reached.empty
    with pytest.raises(InputError, match="a counting of FLOPs that the table has"):
        isoflop_laws(reached)
    with pytest.raises(InputError, match=r"row 3, column 'seed': -0\.5 of run"):
        validate(whole.assign(seed=np.where(whole.index == 3, -0.5, 0)))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("run", None),
        ("noise", ""),
        ("parameters", 0),
        ("tokens", -1),
        ("tokens", np.inf),
        ("flops", np.nan),
        ("flops_6p", 2e18),
        ("flops_with_head", 1.0),
        ("loss", 0),
        ("loss", "low"),
        ("budget", -1),
        ("batch", None),
        ("learning_rate", 0),
        ("seed", 0.5),
    ],
)
def test_a_bad_value_is_named_by_row_and_column(column, value):
    runs = surface_runs().astype({column: object})
    runs.loc[7, column] = value
    with pytest.raises(InputError, match=f"sweep.tsv: row 7, column '{column}'"):
        validate(runs, "sweep.tsv")


@pytest.mark.parametrize("column", ["noise", "parameters", "batch", "learning_rate", "seed"])
def test_a_run_has_one_setting(column):
    runs = pd.concat([surface_runs()] * 2, ignore_index=True)
    half = len(runs) // 2
    growing = ["tokens", "flops", "flops_6p", "flops_with_head"]
    runs.loc[half:, growing] *= 2
    validate(runs)
    other = {"noise": "other", "parameters": 1e9, "seed": 1}.get(column, 0.7)
    runs.loc[half + 3, column] = other
    if column == "parameters":
        runs.loc[half + 3, "flops_6p"] = 6e9 * runs.at[half + 3, "tokens"]
    with pytest.raises(InputError, match=f"row {half + 3}, column '{column}'"):
        validate(runs)


def test_a_reading_occurs_once():
    runs = pd.concat([surface_runs()] * 2)
    with pytest.raises(InputError, match="row 80, column 'tokens'"):
        validate(runs)


def test_a_diverged_run_is_left_out_whole_and_listed():
    runs = pd.concat([_curve("a", [4, 3, 2]), _curve("b", [4, np.nan, np.inf]), _curve("c", [3])])
    kept, excluded = converged(validate(runs))
    assert list(kept["run"]) == ["a", "a", "a", "c"]
    assert list(excluded["run"]) == ["b"]
    assert excluded["tokens"].item() == 2e6
    assert "diverged" in excluded["reason"].item()


def test_tuning_takes_means_over_seeds_and_keeps_them():
    size, tokens = np.full(4, 1e6), np.full(4, 1e8)
    # The luckiest run (2.0) has the worse learning rate.
    low = table(size[:2], tokens[:2], [2.0, 3.0], rate=0.1, budget=6e14, seed=[0, 1])
    high = table(size[:2], tokens[:2], [2.3, 2.4], rate=0.2, budget=6e14, seed=[0, 1])
    kept = tuned(pd.concat([low, high]))
    assert list(kept["loss"]) == [2.3, 2.4]


def test_the_envelope_is_what_nothing_beats():
    rng = np.random.default_rng(0)
    runs = pd.concat([surface_runs(0.05, rng), surface_runs(0.05, rng).assign(noise="uniform")])
    found = envelope(runs, "flops_6p")
    naive = [
        not any(
            other["noise"] == row["noise"]
            and other["flops_6p"] <= row["flops_6p"]
            and other["loss"] <= row["loss"]
            and (other["flops_6p"], other["loss"]) != (row["flops_6p"], row["loss"])
            for _, other in runs.iterrows()
        )
        for _, row in runs.iterrows()
    ]
    expected = runs[naive].sort_values(["noise", "flops_6p"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)


def test_readings_at_a_budget_lie_on_the_curve():
    tokens = np.geomspace(1e8, 1e10, 40)
    curve = table(np.full(40, 1e8), tokens, 5 * tokens**-0.1).assign(run="one")
    read = at_budgets(curve, [1e17, 3e17, 1e18, 1e20], "flops_6p")
    # The first budget ends before the first reading but one, the last after all.
    assert list(read["budget"]) == [1e17, 3e17, 1e18]
    assert np.allclose(read["flops_6p"], read["budget"])
    assert np.allclose(read["loss"], 5 * read["tokens"] ** -0.1)
    assert np.allclose(read["flops"] / read["tokens"], curve["flops"].iloc[0] / tokens[0])
    validate(read)


def test_tokens_to_a_target_are_interpolated_and_never_extrapolated():
    tokens = np.geomspace(1e8, 1e10, 40)
    curve = table(np.full(40, 1e8), tokens, 5 * tokens**-0.1).assign(run="one")
    reached = tokens_at_loss(curve, [0.9, 0.6, 0.1])
    assert np.allclose(reached["tokens"], (5 / reached["target"]) ** 10)
    assert list(reached["target"]) == [0.6]


def test_flops_of_published_models():
    # arXiv:2512.10858, table of scaled-up runs: mask-3b has 1e21 FLOPs on 73.9e9 tokens.
    counted = flops_per_token(layers=18, width=3072, length=2048, vocabulary=131072)
    assert counted["flops"] * 73.9e9 == pytest.approx(1e21, rel=0.01)
    assert counted["flops_6p"] == 6 * 12 * 18 * 3072**2
    assert counted["flops_with_head"] - counted["flops"] == 6 * 131072 * 3072


def test_an_optimum_is_lowest_on_its_budget():
    size, tokens = TRUTH.optimum(1e20)
    assert 6 * size * tokens == pytest.approx(1e20)
    near = size * np.array([0.99, 1.01])
    assert (TRUTH.loss(near, 1e20 / 6 / near) > TRUTH.loss(size, tokens)).all()


@pytest.mark.parametrize("fit", [isoflop_laws, fit_surface, surface_errors, optimum_errors])
def test_fits_refuse_what_they_cannot_compare(fit):
    runs = surface_runs()
    with pytest.raises(InputError, match="none to fit"):
        fit(runs[:0])
    with pytest.raises(InputError, match="2 noise types: masked, uniform"):
        fit(pd.concat([runs, runs.assign(noise="uniform")]))
    with pytest.raises(InputError, match="run 'masked-0-4' diverged"):
        fit(runs.assign(loss=runs["loss"].where(runs.index != 4)))


def test_a_gap_to_nothing_is_refused():
    with pytest.raises(InputError, match="none to fit"):
        gap(surface_runs(), "masked", "uniform")


def _curve(run, losses):
    tokens = 1e6 * np.arange(1, len(losses) + 1)
    return table(np.full(len(losses), 1e6), tokens, losses).assign(run=run)
