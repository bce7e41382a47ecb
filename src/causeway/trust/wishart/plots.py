"""Figures of the Wishart mechanism: panels of lines and estimates."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from causeway.figures import MUTED, looks

Scale = Literal["linear", "log", "symlog"]


class Panel(NamedTuple):
    """How a panel is labelled and scaled."""

    title: str
    x: str
    y: str
    scales: tuple[Scale, Scale] = ("linear", "linear")
    level: float | None = None
    """Height of a dashed line, e.g. of guessing."""
    bottom: float | None = None


class Plan(NamedTuple):
    """What a figure says, and its panels from left to right."""

    title: str
    panels: tuple[str, ...]


PANELS = {
    "valley": Panel("ε at δ = 0.01, d = 400, ρ = 0.5", "rank r", "ε", bottom=0),
    "alignment": Panel("ε at δ = 0.01, d = 64", "rank r", "ε", ("log", "log")),
    "simulation": Panel("d = 12, r = 5, ρ = 0.9", "ε", "δ", ("linear", "log")),
    "misalignment": Panel(
        "1 − ρ, gradients with and without one digit", "batch size B", "1 − ρ", ("log", "log")
    ),
    "cost": Panel(
        "ε at δ = 0.01 and the worst ρ measured", "batch size B", "ε", ("log", "linear"), bottom=0
    ),
    "areas": Panel(
        "",
        "noise / size of the member's contribution",
        "area under the ROC curve",
        ("symlog", "linear"),
        level=0.5,
        bottom=0.45,
    ),
    "before": Panel("noise, then projection: ε at δ = 1e-5", "rank r", "ε", ("log", "log")),
    "after": Panel("δ at ε = 2; d = 12, r = 5, ρ = 0.9", "noise σ", "δ", ("log", "log")),
    "steps": Panel("fresh projections: ε at δ = 1e-5", "steps", "ε", ("log", "log")),
    "accuracy": Panel("", "ε of the whole training", "test accuracy", ("log", "linear")),
}
PLANS = {
    ("queries", "vector"): Plan(
        "One projected unit vector, no noise: useful only for well aligned neighbours",
        ("valley", "alignment", "simulation"),
    ),
    ("digits", "vector"): Plan(
        "Odd against even digits: how alike neighbouring gradients are", ("misalignment", "cost")
    ),
    ("queries", "matrix"): Plan("Attack on projected matrices: made-up queries", ("areas",)),
    ("digits", "matrix"): Plan(
        "Attack on one LoRA-FA step: is this digit in the batch?", ("areas",)
    ),
    ("queries", "noisy"): Plan(
        "Noise and projection: what a random subspace adds to the noise",
        ("before", "after", "steps"),
    ),
    ("digits", "noisy"): Plan("Private softmax regression on digits", ("accuracy",)),
}
ESTIMATED = {"simulated", "projection, then noise", "read off the published figure"}
"""Series of which only the points are drawn, as another line shows their course."""
TICKS = 7
"""Labelled places on a logarithmic axis fit this often into its length."""
REFERENCES = {"no privacy", "slope −2", "projection alone"}
"""Series drawn in grey, for comparison."""


def figure(points: pd.DataFrame, dataset: str, variant: str) -> Figure:
    """Draw one figure.

    Parameters
    ----------
    points
        Columns ``panel, series, x, value, low, high``; rows of several seeds are averaged.
    dataset, variant
        Which figure, a key of ``PLANS``.
    """
    plan = PLANS[dataset, variant]
    drawn = Figure(figsize=(1.2 + 3.3 * len(plan.panels) + 1.8 * (len(plan.panels) == 1), 3.9))
    drawn.suptitle(plan.title, x=0.01, ha="left")
    for axes, name in zip(
        drawn.subplots(1, len(plan.panels), squeeze=False)[0], plan.panels, strict=True
    ):
        _panel(axes, points[points["panel"] == name], PANELS[name])
    return drawn


def _panel(axes: Axes, points: pd.DataFrame, panel: Panel) -> None:
    names = list(dict.fromkeys(points["series"]))
    coloured = looks([name for name in names if name not in REFERENCES])
    for name in names:
        rows = (
            points[points["series"] == name].groupby("x", as_index=False).mean(numeric_only=True)
        )
        if name in REFERENCES:
            axes.plot(rows["x"], rows["value"], color=MUTED, linestyle="--", label=name, zorder=1)
            continue
        look = coloured[name]
        reach = [rows["value"] - rows["low"], rows["high"] - rows["value"]]
        estimated = bool(np.max(reach) > 0) or name in ESTIMATED
        axes.errorbar(
            rows["x"],
            rows["value"],
            yerr=reach if np.max(reach) > 0 else None,
            color=look.color,
            marker=look.marker if estimated else "",
            linestyle="" if name in ESTIMATED else look.linestyle,
            capsize=2 if estimated else 0,
            elinewidth=1,
            label=name,
        )
    _scale(axes, points, panel)
    if panel.level is not None:
        axes.axhline(panel.level, color=MUTED, linestyle="--", linewidth=1, label="guessing")
    axes.set(title=panel.title, xlabel=panel.x, ylabel=panel.y)
    if panel.bottom is not None:
        axes.set_ylim(bottom=panel.bottom)
    columns = 1 if len(names) <= 4 else 3
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=8, ncols=columns)


def _scale(axes: Axes, points: pd.DataFrame, panel: Panel) -> None:
    for axis, scale in zip((axes.xaxis, axes.yaxis), panel.scales, strict=True):
        set_scale = axes.set_xscale if axis is axes.xaxis else axes.set_yscale
        if scale == "symlog":
            smallest = points.loc[points["x"] > 0, "x"].min()
            set_scale("symlog", linthresh=smallest)
        else:
            set_scale(scale)
    if panel.scales[0] != "linear":
        axes.set_xticks(_spaced(sorted(points["x"].unique())))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())


def _spaced(places: Sequence[float]) -> list[float]:
    """Leave out places on a logarithmic axis until none is too near to the one before."""
    gap = (places[-1] / next(place for place in places if place > 0)) ** (1 / TICKS)
    kept = [places[0]]
    for place in places[1:]:
        if place >= kept[-1] * gap:
            kept.append(place)
    return kept
