"""Figures of CMAXENT merging."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from causeway.causal.cmaxent.study import Panel
from causeway.figures import INK, MUTED, Look

COLUMNS = 3
SCORES = {
    "log-loss-regret": "log loss above the best [nats]",
    "accuracy-regret": "accuracy below the best",
    "angle": "angle to the best boundary [°]",
    "log-loss": "log loss [nats]",
    "accuracy": "accuracy",
}
"""Scores in order of preference, with their axis labels."""
LABELS = {
    "joint": "all moments known",
    "no-covariance": "Cov(X1, X2) unknown",
    "no-effect": "Cov(X2, Y) unknown",
    "merged": "merged from experts",
}
"""How settings are called in figures, where not by their names."""
CLASSES = {0: ("o", "#b8c1cc", "Y = 0"), 1: ("+", "#d08a86", "Y = 1")}
"""Marker, colour and label of the rows of each class."""
BASELINES = {"prior": "share of ones", "logistic": "logistic regression\non joint rows"}
REFERENCES: dict[str, tuple[str, LineStyleType]] = {"Bayes": (INK, ":"), "joint (LDA)": (INK, ":")}


def boundaries(panels: Sequence[Panel], looks: Mapping[str, Look]) -> Figure:
    """Draw rows of both classes and the boundary of each predictor.

    Parameters
    ----------
    panels
        At most six.
    looks
        Look per direction.
    """
    wide = 2 if len(panels) in (2, 4) else max(1, min(COLUMNS, len(panels)))
    high = -(-len(panels) // wide) or 1
    figure = Figure(figsize=(0.8 + 2.6 * max(wide, 2), 1.1 + 2.6 * high))
    figure.suptitle("Decision boundaries of merged predictors")
    places = figure.subplots(high, wide, squeeze=False).ravel()
    for axes, panel in zip(places, panels, strict=False):
        _boundary(axes, panel, looks)
    for axes in places[len(panels) :]:
        axes.set_axis_off()
    if not panels:
        places[0].text(0.1, 0.5, "No problem could be merged: see predictors.tsv")
    named = dict.fromkeys(name for panel in panels for name in panel.lines)
    handles = [
        Line2D([], [], color=colour, linestyle=style, label=_said(name))
        for name in named
        for colour, style in [_line(name, looks)]
    ]
    handles += [
        Line2D([], [], color=colour, marker=marker, linestyle="", label=label)
        for marker, colour, label in CLASSES.values()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5 if wide > 2 else 3)
    return figure


def _boundary(axes: Axes, panel: Panel, looks: Mapping[str, Look]) -> None:
    points, target = np.asarray(panel.points), np.asarray(panel.target)
    for value, (marker, colour, _) in CLASSES.items():
        own = points[target == value]
        axes.plot(own[:, 0], own[:, 1], marker, color=colour, markersize=3)
    room = 0.03 * np.ptp(points, axis=0)
    low, high = points.min(axis=0) - room, points.max(axis=0) + room
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    for name, (intercept, first, second) in panel.lines.items():
        colour, style = _line(name, looks)
        if second:
            x = np.array([low[0], high[0]])
            axes.plot(x, -(intercept + first * x) / second, color=colour, linestyle=style)
        elif first:
            axes.axvline(-intercept / first, color=colour, linestyle=style)
    axes.set_title(LABELS.get(panel.title, panel.title), fontsize=9)
    axes.set(xlabel=panel.axes[0], ylabel=panel.axes[1])


def _line(name: str, looks: Mapping[str, Look]) -> tuple[str, LineStyleType]:
    if name in looks:
        return looks[name].color, looks[name].linestyle
    return REFERENCES[name]


def _said(name: str) -> str:
    return name if name in REFERENCES else f"merged, {name}"


def scores(metrics: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw the scores of both directions in each setting, with 95 % intervals.

    Parameters
    ----------
    metrics
        Table of :mod:`causeway.metrics` of one dataset.
    looks
        Look per direction.
    """
    metrics = metrics.assign(
        setting=metrics["metric"].str.rpartition("/")[0],
        score=metrics["metric"].str.rpartition("/")[2],
    )
    present = [name for name in SCORES if name in set(metrics["score"])]
    shown = present[:3]
    wanted = metrics[metrics["score"].isin(shown)]
    settings = list(dict.fromkeys(_in_order(wanted["setting"])))
    figure = Figure(figsize=(7.6, 1.5 + 0.45 * len(settings)))
    figure.suptitle("What each direction of merging costs")
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, score in zip(panels, shown, strict=True):
        for row, setting in enumerate(settings):
            own = wanted[(wanted["setting"] == setting) & (wanted["score"] == score)]
            if setting in BASELINES:
                _dot(axes, own[own["variant"] == own["variant"].iloc[0]], row, MUTED, "d")
                continue
            for k, (direction, look) in enumerate(looks.items()):
                found = own[own["variant"] == direction]
                _dot(axes, found, row + 0.3 * k - 0.15, look.color, look.marker)
        axes.set_xlabel(SCORES[score])
        axes.grid(visible=False, axis="y")
        axes.margins(x=0.08)
        axes.xaxis.get_major_locator().set_params(nbins=3)
        if score == "angle" or score.endswith("regret"):
            axes.axvline(0, color=MUTED, linewidth=0.8)
    panels[0].set_yticks(range(len(settings)), [_labelled(name) for name in settings])
    panels[0].set_ylim(len(settings) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=look.color, marker=look.marker, linestyle="", label=f"merged, {name}")
        for name, look in looks.items()
    ]
    if any(setting in BASELINES for setting in settings):
        handles.append(Line2D([], [], color=MUTED, marker="d", linestyle="", label="baseline"))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _labelled(setting: str) -> str:
    return (BASELINES | LABELS).get(
        setting, setting.replace("/", ":\n").replace("-world", " world")
    )


def _in_order(settings: pd.Series) -> list[str]:
    """Settings as a reader wants them: what is known most first, baselines last."""
    order = ["joint", "no-covariance", "no-effect", "population", "sampled", "linked", "merged"]
    ranks = {name: rank for rank, name in enumerate(order)}
    return sorted(
        settings,
        key=lambda name: (
            ranks.get(name.partition("/")[0], len(order)),
            "anticausal" in name,
            name,
        ),
    )


def _dot(axes: Axes, found: pd.DataFrame, place: float, colour: str, marker: str) -> None:
    """Mean over seeds; the interval is that of a single seed."""
    value = found["value"].mean()
    if len(found) == 1:
        row = found.iloc[0]
        axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=1.4)
    axes.plot(value, place, marker, color=colour)
