"""Figures of scaling laws: what they show of kept and dropped optima."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import BUDGETS, parabolic_runs, surface_runs
from matplotlib.figure import Figure

from causeway.figures import MUTED, save, style
from causeway.language.scaling import isoflop_laws, near_best
from causeway.language.scaling.compute_plots import (
    in_powers_of_ten,
    loss_against_compute,
    plain_numbers,
)
from causeway.language.scaling.hyperparameters import Tuning
from causeway.language.scaling.law_plots import exponents, settings_law
from causeway.language.scaling.lines import law
from causeway.language.scaling.parabola_plots import isoflop_curves
from causeway.statistics import Interval


@pytest.fixture
def runs():
    masked, uniform = (parabolic_runs(noise=noise) for noise in ("masked", "uniform"))
    outside = uniform["parameters"] > 0.11 * uniform["budget"] ** 0.5
    uniform = uniform[(uniform["budget"] < BUDGETS[-1]) | outside]
    return pd.concat([masked, uniform], ignore_index=True)


def _drawn(folder, draw, *arguments, **options):
    paths = [folder / name for name in ("a.svg", "b.svg")]
    with style():
        for path in paths:
            figure = draw(*arguments, **options)
            save(figure, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    return figure


def test_envelopes_are_drawn_below_runs(runs, tmp_path):
    figure = _drawn(tmp_path, loss_against_compute, runs, ["masked", "hybrid", "uniform"])
    lines = figure.axes[0].lines
    thick = [line for line in lines if line.get_linewidth() > 2]
    assert [line.get_label() for line in thick] == ["masked", "uniform"]
    assert len(lines) == len(runs) + 2


def test_dropped_parabolas_are_marked(runs, tmp_path):
    bent = {
        noise: isoflop_laws(rows, resamples=0, counting="flops_6p").parabolas
        for noise, rows in runs.groupby("noise")
    }
    figure = _drawn(tmp_path, isoflop_curves, runs, bent, counting="flops_6p")
    marks = [[line.get_marker() for line in axes.lines] for axes in figure.axes]
    assert (marks[0].count("*"), marks[0].count("x")) == (5, 0)
    assert (marks[1].count("*"), marks[1].count("x")) == (4, 1)
    crossed = next(line for line in figure.axes[1].lines if line.get_marker() == "x")
    keys = [text.get_text() for text in figure.legends[0].get_texts()]
    assert keys[:2] == ["$10^{18}$", r"$3.16 \times 10^{18}$"]
    last = runs[(runs["noise"] == "uniform") & (runs["budget"] == BUDGETS[-1])]
    assert crossed.get_xdata()[0] == pytest.approx(last["parameters"].min())


def test_sizes_that_a_parabola_does_not_go_through_are_hollow(runs, tmp_path):
    masked = runs[runs["noise"] == "masked"]
    bent = isoflop_laws(near_best(masked, 3), resamples=0, counting="flops_6p").parabolas
    figure = _drawn(tmp_path, isoflop_curves, masked, {"masked": bent}, counting="flops_6p")
    points = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    counts = {"none": 0, "full": 0}
    for line in points:
        face = line.get_markerfacecolor()
        counts["none" if str(face) == "none" else "full"] += len(line.get_xdata())
    kept = len(near_best(masked, 3))
    assert counts == {"none": len(masked) - kept, "full": kept}
    assert 0 < kept < len(masked)


def test_exponents_stand_beside_published_ones(tmp_path):
    table = pd.DataFrame(
        {
            "quantity": ["parameters", "parameters", "loss"],
            "name": ["masked", "masked", "uniform"],
            "value": [0.57, 0.566, -0.05],
            "low": [0.55, np.nan, -0.06],
            "high": [0.59, np.nan, -0.04],
            "published": [False, True, False],
        }
    )
    figure = _drawn(tmp_path, exponents, table)
    first = {line.get_mfc(): line for line in figure.axes[0].lines if len(line.get_xdata())}
    assert first["white"].get_xdata() == [0.566]
    assert first["white"].get_color() == MUTED
    assert len(figure.axes) == 2
    assert sum(len(part.get_segments()) for part in figure.axes[0].collections) == 1


def test_the_law_of_a_setting_tells_its_interval_and_what_was_dropped(tmp_path):
    fewest = np.geomspace(1e8, 1e10, 4)
    parabolas = pd.DataFrame(
        {"tokens": fewest, "batch": 3 * fewest**0.5, "reason": ["", "", "", "fewer"]}
    )
    used = (parabolas["reason"] == "").to_numpy()[None]
    fitted = law(np.log(fewest), np.log(parabolas["batch"].to_numpy()), used, 9)
    nothing = Tuning(parabolas.assign(reason="fewer"), law(fewest, fewest, ~used[:, [0] * 4], 9))
    tunings = {"uniform": Tuning(parabolas, fitted), "masked": nothing}
    figure = _drawn(tmp_path, settings_law, tunings, ["masked", "uniform"])
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert r"uniform: $B \propto D^{0.500}$, no interval, 3 of 4 bracketed" in labels
    assert "masked: no law, 0 of 4 bracketed" in labels
    axes = figure.axes[0]
    assert axes.axison
    figure.canvas.draw()
    shown = [label.get_text() for label in axes.get_yticklabels(which="both")]
    assert "100,000" in shown
    drawn = fitted._replace(exponent=Interval(-0.05, -0.06, -0.04, 9))
    figure = settings_law({"uniform": Tuning(parabolas, drawn)}, ["uniform"])
    told = figure.axes[0].lines[-1].get_label()
    assert told == r"uniform: $B \propto D^{-0.050}$ [-0.060, -0.040], 3 of 4 bracketed"


@pytest.mark.parametrize("dropped", [False, True])
def test_without_optima_there_are_words_and_no_axes(dropped, tmp_path):
    parabolas = pd.DataFrame({"tokens": [1e8], "batch": [8.0], "reason": ["fewer"]})
    nothing = law(np.zeros(1), np.zeros(1), np.zeros((1, 1), bool), 9)
    tunings = {"masked": Tuning(parabolas, nothing)} if dropped else {}
    axes = _drawn(tmp_path, settings_law, tunings, ["masked"]).axes[0]
    assert not axes.axison
    told = "No optimum is bracketed" if dropped else "No runs vary the batch size enough"
    assert [text.get_text() for text in axes.texts] == [told]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1.5e11, r"$1.5 \times 10^{11}$"),
        (1.2e12, r"$1.2 \times 10^{12}$"),
        (1e18, "$10^{18}$"),
        (3.126e9, r"$3.13 \times 10^{9}$"),
        (9.999e9, "$10^{10}$"),
    ],
)
def test_numbers_in_powers_of_ten_are_true(number, told):
    assert in_powers_of_ten(number) == told


def test_curves_of_a_surface_fall_along_the_envelope():
    figure = loss_against_compute(surface_runs(), ["masked"], "flops_6p")
    thick = next(line for line in figure.axes[0].lines if line.get_linewidth() > 2)
    assert (np.diff(thick.get_ydata()) < 0).all()


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ((1.2, 9.6), {"2", "3", "5", "10"}),
        ((30, 260), {"30", "50", "100", "200"}),
        ((0.9, 1200), {"1", "10", "100", "1,000"}),
    ],
)
def test_logarithmic_axes_are_labelled_without_a_crowd(ends, told):
    axes = Figure().subplots()
    axes.plot([0, 1], ends)
    axes.set_yscale("log")
    plain_numbers(axes.yaxis)
    low, high = axes.get_ylim()
    ticks = [*axes.yaxis.get_major_ticks(), *axes.yaxis.get_minor_ticks()]
    axes.figure.draw_without_rendering()
    seen = {tick.label1.get_text() for tick in ticks if low <= tick.get_loc() <= high}
    assert seen - {""} == told
