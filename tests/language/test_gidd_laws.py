"""The steps fit and draw of gidd on made-up curves that follow a known law."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import BUDGETS as WORLD
from made_up_runs import TRUTH, parabolic_runs, table

from causeway import metrics
from causeway.language import token_files
from causeway.language.gidd.draw import draw
from causeway.language.gidd.fit import fit
from causeway.language.gidd.gaps import gaps
from causeway.language.gidd.identity import even_bound, even_integral
from causeway.language.gidd.points import at_all_budgets, prepared
from causeway.language.gidd.processes import Bump, Interpolation
from causeway.language.gidd.settings import NOISES, Fitting, Sweep, Tuning
from causeway.language.gidd.tuning import batches
from causeway.language.settings import Artificial
from causeway.language.tokenisers import Bytes
from rules import ROOT

SIZES = np.geomspace(2e7, 1.2e9, 7)
TOKENS = np.geomspace(2e7, 4e10, 80)
BUDGETS = [3e18, 1e19, 3e19]
BATCH = 2.0**16
SWEEP = Sweep(
    noises={name: NOISES[name] for name in ("masked", "balanced", "uniform")},
    sizes={},
    budgets=BUDGETS,
    least_steps=1000,
    tunings={
        "all": Tuning(noises=["balanced"], sizes=[], batches=[8], rates=[0.3], budget=BUDGETS[0])
    },
)
FITTING = Fitting(resamples=20, targets=4)


def curve(noise, size, *, batch=BATCH, rate=0.3, seed=0):
    """A run on the surface of the law, higher the further its settings are from the best."""
    best_batch = 0.002 * TOKENS**0.8
    loss = TRUTH.loss(size, TOKENS) * np.exp(0.002 * np.log(batch / best_batch) ** 2)
    loss *= np.exp(0.02 * np.log(rate / 0.3) ** 2)
    if noise == "uniform":
        loss *= 1 + 0.03 * (TOKENS / TOKENS[0]) ** -0.2
    made = table(
        np.full(len(TOKENS), size), TOKENS, loss, noise=noise, batch=batch, rate=rate, seed=seed
    )
    return made.assign(run=f"{noise}.{size:.0f}.{batch:.0f}.{rate}.{seed}")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Results of the step fit."""
    place = tmp_path_factory.mktemp("laws")
    runs = [
        curve(noise, size, seed=seed)
        for noise in SWEEP.noises
        for size in SIZES
        for seed in (0, 1)
    ]
    runs += [
        curve("balanced", size, batch=BATCH * factor)
        for size in SIZES[:2]
        for factor in (0.1, 0.3, 3, 10)
    ]
    runs += [
        curve("balanced", size, rate=rate) for size in SIZES[:2] for rate in (0.1, 0.2, 0.6, 1.2)
    ]
    lost = curve("uniform", SIZES[0], rate=9.0)
    lost.loc[5, "loss"] = np.nan
    short = curve("masked", SIZES[0], rate=7.0)
    short = short[short["tokens"] < 1000 * BATCH * 0.99]
    branch = runs[0].iloc[[-1]]
    branch = branch.assign(run="branch", noise="masked.annealed", loss=branch["loss"] / 1.02)
    curves = pd.concat([*runs, lost, short, branch], ignore_index=True)
    curves.to_parquet(place / "curves.parquet")
    fitted(place, SWEEP)
    return place


def fitted(place, sweep, fitting=FITTING):
    """Run the step fit on the curves in a folder."""
    (place / "tokens").mkdir()
    token_files.write(place / "tokens" / "train.bin", ["one two three"], Bytes())
    fit(
        curves=place / "curves.parquet",
        tokens=place / "tokens",
        **{name: place / f"{name}.parquet" for name in ("metrics", "points", "vertices")},
        **{name: place / f"{name}.parquet" for name in ("tunings", "gaps")},
        **{name: place / f"{name}.tsv" for name in ("transfers", "excluded")},
        sweep=sweep,
        fitting=fitting,
        dataset="made-up",
        seed=0,
    )


def test_what_is_not_known_has_one_line_with_its_reason(tmp_path, caplog):
    """Two budgets, one seed and one setting, as in the demo."""
    two = SWEEP.model_copy(update={"budgets": BUDGETS[:2]})
    curves = [curve(noise, size) for noise in ("masked", "uniform") for size in SIZES[::2]]
    pd.concat(curves, ignore_index=True).to_parquet(tmp_path / "curves.parquet")
    fitted(tmp_path, two)
    found = metrics.read([tmp_path / "metrics.parquet"])
    lost = found[~np.isfinite(found["value"])]
    told = [record.getMessage() for record in caplog.records]
    expected = lost["variant"] + ": " + lost["metric"] + " is not known: "
    assert all(sum(line.startswith(start) for line in told) == 1 for start in expected)
    assert len(told) == len(lost) > 20
    assert not any(line.endswith(": ") for line in told)
    few = "a law takes 3 bracketed vertices, and there are 2"
    assert f"masked: optimum/parameters/flops is not known: {few}" in told
    assert any("surface/varpro/e is not known: runs: 4 of them do not" in line for line in told)


def test_gaps_are_those_of_budgets_that_all_types_of_noise_share():
    """At the first budget the optimum of balanced noise is not known, so none is compared."""
    points = {
        noise: parabolic_runs(0.5, noise=noise, level=level, fall=fall)
        for noise, level, fall in (
            ("masked", 20.0, -0.050),
            ("balanced", 21.0, -0.051),
            ("uniform", 23.0, -0.053),
        )
    }
    balanced = points["balanced"]
    right = balanced["parameters"] > 0.11 * balanced["budget"] ** 0.5
    points["balanced"] = balanced[right | (balanced["budget"] > WORLD[0])]
    table = pd.concat(points.values(), ignore_index=True)
    uniform, _ = gaps(table, "uniform", FITTING, 0)
    other, _ = gaps(table, "balanced", FITTING, 0)
    for told in (uniform, other):
        assert told["gap/first/budget"].estimate == WORLD[1]
        assert told["gap/last/budget"].estimate == WORLD[-1]
    assert uniform["gap/first"].estimate == pytest.approx(np.log(23 / 20 * WORLD[1] ** -0.003))
    assert uniform["gap/failed"].estimate < 0.5
    # Balanced noise that is bracketed nowhere leaves no budget to compare at.
    points["balanced"] = balanced[right]
    nowhere, _ = gaps(pd.concat(points.values(), ignore_index=True), "uniform", FITTING, 0)
    assert "no budget at which all" in nowhere["gap/first"].reason
    assert nowhere["gap/slope"].estimate < 0


def test_the_best_batch_does_not_depend_on_how_many_rates_were_tried():
    fair = [curve("balanced", SIZES[0], batch=BATCH * factor) for factor in (0.1, 0.3, 1, 3, 10)]
    lucky = fair[0].assign(loss=fair[0]["loss"] * 0.98)
    more = [lucky.assign(run=f"lucky-{rate}", learning_rate=rate) for rate in (0.1, 0.2, 0.6)]
    told = [
        batches(pd.concat(runs, ignore_index=True), FITTING, 0)[0]["batch/exponent"]
        for runs in (fair, fair + more)
    ]
    assert told[0].estimate == pytest.approx(told[1].estimate)
    apart = [run.assign(learning_rate=place + 1.0) for place, run in enumerate(fair)]
    unknown = batches(pd.concat(apart, ignore_index=True), FITTING, 0)[0]["batch/exponent"]
    assert unknown.reason == "no rate is shared by three batches of one size"


def numbers(place, variant):
    told = metrics.read([place / "metrics.parquet"])
    return told[told["variant"] == variant].set_index("metric")


def test_laws_are_those_of_the_made_up_runs(place):
    masked = numbers(place, "masked")
    assert masked.loc["u-shape/rise", "low"] > 0
    parabola = masked.loc["optimum/parameters/flops"]
    # Parabolas are biased where exponents differ, and attention adds to the operations.
    assert parabola["value"] == pytest.approx(float(TRUTH.size_exponent), abs=0.06)
    assert masked.loc["optimum/parameters/flops/bracketed", "value"] == 1
    growth = [masked.loc[f"optimum/{axis}/flops", "value"] for axis in ("parameters", "tokens")]
    assert 0.9 < sum(growth) < 1.1
    assert masked.loc["optimum/parameters/flops/loss", "value"] < 0
    assert masked.loc["annealing/ratio", "value"] == pytest.approx(1.02)
    for method in ("varpro", "huber"):
        shown = [f"held-out/{method}/{budget:g}" for budget in BUDGETS]
        assert (masked.loc[shown, "value"] < 0.01).all()
        last = masked.loc[f"held-out/{method}/largest"]
        assert last["value"] == masked.loc[shown[-1], "value"]
        assert last["n"] > 1
    # A law through two budgets is none.
    assert np.isnan(masked.loc["held-out/parabola/largest", "value"])
    assert masked.loc["optimum/parameters/flops/failed", "value"] < 0.5


def test_the_gap_to_masks_closes(place):
    uniform = numbers(place, "uniform")["value"]
    assert uniform["gap/first"] > uniform["gap/last"] > 0
    assert uniform["gap/slope"] < 0
    assert uniform["gap/first/budget"] == BUDGETS[0]
    assert uniform["gap/last/budget"] == BUDGETS[-1]
    assert "gap/slope" not in numbers(place, "masked").index
    assert len(pd.read_parquet(place / "gaps.parquet")) == 6


def test_parabolas_and_gaps_take_the_window_and_surfaces_all_sizes(place, tmp_path):
    window = 3.0
    (tmp_path / "curves.parquet").symlink_to(place / "curves.parquet")
    fitted(tmp_path, SWEEP, FITTING.model_copy(update={"window": window}))
    points = pd.read_parquet(tmp_path / "points.parquet")
    pd.testing.assert_frame_equal(points, pd.read_parquet(place / "points.parquet"))
    parabolas = pd.read_parquet(tmp_path / "vertices.parquet")
    parabolas = parabolas[parabolas["axis"] == "parameters"]
    assert len(parabolas) == 3 * 3 * len(BUDGETS)
    assert (parabolas["high"] / parabolas["low"] < window**2 * 1.001).all()
    assert window**2 < SIZES[-1] / SIZES[0]
    before, after = (numbers(folder, "uniform")["value"] for folder in (place, tmp_path))
    for name in ("u-shape/rise", "optimum/parameters/flops", "gap/first", "gap/slope"):
        assert after[name] != before[name]
    same = [name for name in before.index if name.startswith("surface/")]
    assert len(same) > 4
    pd.testing.assert_series_equal(after[same], before[same])


def test_settings_are_tuned_where_runs_vary_them(place):
    balanced, uniform = (numbers(place, noise) for noise in ("balanced", "uniform"))
    assert balanced.loc["batch/exponent", "value"] == pytest.approx(0.8, abs=0.3)
    steps = balanced.loc["transfer/steps"]
    assert steps["value"] == pytest.approx(0, abs=1e-9)
    assert steps["high"] < 1
    assert balanced.loc["rate/vertices", "value"] > 0
    # What no run tells is not known, and says so.
    for name in ("batch/exponent", "batch/failed", "transfer/steps", "annealing/ratio"):
        assert np.isnan(uniform.loc[name, "value"])


def test_no_noise_chooses_from_more_settings_than_another(place):
    # Runs of balanced noise vary batch and rate; some of them are better than those of all.
    points = pd.read_parquet(place / "points.parquet")
    assert set(points["noise"]) == set(SWEEP.noises)
    assert set(points["batch"]) == {BATCH}
    assert set(points["learning_rate"]) == {0.3}


def test_readings_before_the_least_steps_are_interpolated_from():
    early = curve("masked", SIZES[0], batch=2e6)
    steps = early["tokens"] / early["batch"]
    after, budget = early["flops"][steps > 1000].iloc[0], early["flops"][steps < 1000].iloc[-1]
    between = (budget * after) ** 0.5
    grid = SWEEP.model_copy(update={"budgets": [budget, between], "least_steps": 1000})
    kept = prepared(early, grid)
    found = at_all_budgets(kept.readings, grid, "flops")
    reached = {
        b: early["tokens"].iloc[-1] * b / early["flops"].iloc[-1] / 2e6 for b in grid.budgets
    }
    assert found["budget"].tolist() == [b for b in grid.budgets if reached[b] >= 1000]


def test_runs_that_no_law_sees_are_listed(place):
    reasons = pd.read_csv(place / "excluded.tsv", sep="\t").set_index("run")["reason"]
    assert len(reasons) == 2
    assert any("diverged" in reason for reason in reasons)
    assert any("1000 steps" in reason for reason in reasons)
    kept = prepared(pd.read_parquet(place / "curves.parquet"), SWEEP)
    assert (kept.curves["tokens"] / kept.curves["batch"]).min() >= 999.5
    assert set(kept.annealed["noise"]) == {"masked"}


def test_text_that_repeats_is_not_comparable(place):
    masked = numbers(place, "masked")["value"]
    assert masked["comparable"] == 0
    assert masked["passes"] > 1e6


def test_figures_are_drawn(place, tmp_path):
    names = ("ancestral", "adaptive", "corrected")
    kinds = [("autoregressive", "text"), *((n, s) for n in SWEEP.noises for s in names)]
    texts = [
        {"noise": noise, "sampler": sampler, "number": n, "text": "some $ text\n" * 9}
        for noise, sampler in kinds
        for n in range(2)
    ]
    pd.DataFrame(texts).to_parquet(tmp_path / "texts.parquet")
    judged = [
        metrics.Metric(
            system="gidd",
            dataset="made-up",
            variant=noise,
            seed=0,
            metric=f"perplexity/{sampler}",
            value=5.0,
            low=4.0,
            high=6.0,
            n=2,
        )
        for noise, sampler in kinds
    ]
    metrics.write(judged, tmp_path / "qualities.parquet")
    steps = [
        {"noise": noise, "step": step, "estimate": 0.5, "low": 0.4, "high": 0.6, "n": 2}
        for noise in SWEEP.noises
        for step in range(3)
    ]
    pd.DataFrame(steps).to_parquet(tmp_path / "corrections.parquet")
    figures = ("compute", "isoflops", "exponents", "batches", "samples", "corrected")
    draw(
        curves=place / "curves.parquet",
        **{name: place / f"{name}.parquet" for name in ("points", "vertices", "tunings")},
        laws=place / "metrics.parquet",
        **{name: tmp_path / f"{name}.parquet" for name in ("texts", "qualities", "corrections")},
        published=ROOT / "config/references/gidd/exponents.tsv",
        **{name: tmp_path / f"{name}.svg" for name in figures},
        source=Artificial(),
        sweep=SWEEP,
        noises=list(NOISES),
        dataset="made-up",
    )
    for name in figures:
        assert "made-up language" in (tmp_path / f"{name}.svg").read_text()
    assert "not comparable" in (tmp_path / "exponents.svg").read_text()
    assert "determine no law" not in (tmp_path / "exponents.svg").read_text()


@pytest.mark.parametrize("process", [*map(Interpolation, (-1000, 0, 1000)), Bump(0.2)], ids=str)
def test_the_bound_of_an_even_prediction_is_known(process):
    exact = even_bound(process, 7)
    # The ends of the range of times leave out less than two percent.
    assert exact == pytest.approx(np.log(7), rel=0.02)
    assert even_integral(process, 7) == pytest.approx(exact, rel=1e-4)
    if process == Interpolation(-1000):
        sigma = 1 / (1 + np.exp(-9))
        assert exact == pytest.approx((2 * sigma - 1) * np.log(7), rel=1e-5)
