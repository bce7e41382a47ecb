"""Figures of predicted perturbations and of their training."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from causeway.cells.comparison import better_when_large
from causeway.cells.lcd.contest import CEILING
from causeway.cells.lcd.strata import ALL
from causeway.cells.lcd.summary import MODEL
from causeway.figures import INK, MUTED, PALETTE, Look
from causeway.statistics import t_interval

SHOWN = 400
"""Cells drawn of each kind, at most."""
STRIPS = {
    "energy-distance": "energy distance",
    "mmd": "maximum mean\ndiscrepancy",
    "rmse": "RMSE of means",
    "pearson-delta": "Pearson of shifts\nfrom control",
    "pearson-systema": "Pearson of shifts\nfrom the mean effect",
    "de-f1": "F1 of differential\nexpression",
}
"""Metrics of the strips, and what they are called."""
STRETCHED = ("energy-distance", "mmd")
"""Metrics whose small differences near 0 are to be seen beside large ones."""
BASELINE_ROWS = {
    "control": "control cells",
    "pooled": "all perturbed cells",
    "mean": "mean shift",
    "additive": "additive shifts (SALT)",
    CEILING: "split-half ceiling",
}
"""Methods of the strips beside the model."""


class Shown(NamedTuple):
    """Cells of one held-out perturbation, all cells by genes; ``predicted`` by method.

    ``remark`` says why it is shown. Predicted cells that are not finite are counted, not drawn.
    """

    label: str
    remark: str
    observed: np.ndarray
    control: np.ndarray
    predicted: Mapping[str, np.ndarray]


def cells(shown: Sequence[Shown]) -> Figure:
    """Draw observed and predicted cells of some held-out perturbations by principal components.

    The components are those of the observed cells, control included, so that a prediction can
    leave the plane but cannot choose it.

    Parameters
    ----------
    shown
        One row of panels each; all with the same methods.
    """
    methods = list(shown[0].predicted)
    figure = Figure(figsize=(2.3 * (len(methods) + 1) + 0.6, 2.2 * len(shown) + 1.0))
    figure.suptitle("Held-out perturbations: observed and predicted cells")
    panels = figure.subplots(len(shown), len(methods) + 1, squeeze=False)
    colors = dict(zip(["observed", *methods], PALETTE, strict=False))
    for row, one in zip(panels, shown, strict=True):
        center, axis, shares = _components(np.vstack([one.control, one.observed]))
        origin = (one.control - center) @ axis
        kinds = {"observed": one.observed, **one.predicted}
        mean = (one.observed.mean(axis=0) - center) @ axis
        for axes, (name, points) in zip(row, kinds.items(), strict=True):
            finite = np.isfinite(points).all(axis=1)
            _scatter(axes, origin, MUTED, 0.35)
            _scatter(axes, (points[finite] - center) @ axis, colors[name], 0.6)
            axes.plot(*mean, "+", color=INK, markersize=11, markeredgewidth=2)
            axes.set(xticks=[], yticks=[])
            if lost := int((~finite).sum()):
                axes.set_xlabel(f"{lost} of {len(points)} cells not finite", fontsize=8)
        _same_window(row)
        row[0].set_ylabel(f"{one.label}\n{one.remark}\nPC2 ({shares[1]:.0%})", fontsize=8)
        row[0].set_xlabel(f"PC1 ({shares[0]:.0%})", fontsize=8)
    for axes, name in zip(panels[0], ["observed", *methods], strict=True):
        axes.set_title(BASELINE_ROWS.get(name, name), fontsize=9)
    handles = [
        Line2D([], [], color=MUTED, marker="o", linestyle="", label="control cells"),
        Line2D([], [], color=INK, marker="+", linestyle="", label="mean of observed cells"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _components(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Center, first two axes (genes, 2) and their shares of the variance."""
    center = points.mean(axis=0)
    _, values, right = np.linalg.svd(points - center, full_matrices=False)
    power = values**2
    axis = right[:2].T
    # The largest entry is positive, so that figures do not flip.
    axis = axis * np.sign(axis[np.abs(axis).argmax(axis=0), np.arange(axis.shape[1])])
    return center, axis, power[:2] / power.sum()


def _scatter(axes: Axes, points: np.ndarray, color: str, alpha: float) -> None:
    few = points[:: max(1, -(-len(points) // SHOWN))]
    axes.plot(few[:, 0], few[:, 1], ".", color=color, markersize=3, alpha=alpha, rasterized=True)


def _same_window(row: Sequence[Axes]) -> None:
    limits = np.array([[*axes.get_xlim(), *axes.get_ylim()] for axes in row])
    for axes in row:
        axes.set_xlim(limits[:, 0].min(), limits[:, 1].max())
        axes.set_ylim(limits[:, 2].min(), limits[:, 3].max())


def strips(table: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw the metrics of each held-out perturbation, with means and 95 % intervals over them.

    Parameters
    ----------
    table
        Columns ``variant, seed, perturbation, method, stratum, metric, value``. Seeds that hold
        out the same perturbations are averaged for each; others, as of worlds that differ by
        seed, have dots of their own.
    looks
        The variants of the model to show.
    """
    rows = [*looks, *BASELINE_ROWS]
    names = [metric for metric in STRIPS if (table["metric"] == metric).any()]
    columns = min(3, len(names))
    lines = -(-len(names) // columns)
    figure = Figure(figsize=(2.0 + 2.1 * columns, 0.9 + lines * (0.7 + 0.24 * len(rows))))
    figure.suptitle("Held-out perturbations: one dot each, mean and 95 % interval")
    panels = figure.subplots(lines, columns, sharey=True, squeeze=False)
    table = table[table["stratum"] == ALL]
    held_out = table.groupby("seed")["perturbation"].agg(frozenset)
    unit = ["perturbation"] if held_out.nunique() == 1 else ["seed", "perturbation"]
    for axes, metric in zip(panels.flat, names, strict=False):
        mine = table[table["metric"] == metric]
        for place, row in enumerate(rows):
            model = row in looks
            chosen = mine[
                (mine["method"] == (MODEL if model else row))
                & ((mine["variant"] == row) if model else True)
            ]
            values = chosen.groupby(unit)["value"].mean().dropna()
            color = looks[row].color if model else MUTED
            _strip(axes, place, values[np.isfinite(values)].to_numpy(), color)
        if metric in STRETCHED:
            ceiling = mine["value"][mine["method"] == CEILING]
            _stretch(axes, mine["value"].to_numpy(), ceiling.to_numpy())
        better = "right" if better_when_large(metric) else "left"
        axes.set_title(STRIPS[metric], fontsize=9)
        axes.set_xlabel(f"better: {better}", fontsize=8)
        axes.set_yticks(range(len(rows)), [BASELINE_ROWS.get(row, row) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
    for axes in panels.flat[len(names) :]:
        axes.set_visible(False)
    return figure


def _strip(axes: Axes, place: int, values: np.ndarray, color: str) -> None:
    if not len(values):
        return
    spread = 0.22 * np.sin(2.4 * np.arange(len(values)))
    axes.plot(values, place + spread, ".", color=color, markersize=3.5, alpha=0.55)
    mean = t_interval(values)
    axes.plot(mean.estimate, place, "D", color=color, markersize=5, markeredgecolor=INK)
    if np.isfinite(mean.low):
        axes.plot([mean.low, mean.high], [place, place], color=INK, linewidth=1.4)


def _stretch(axes: Axes, values: np.ndarray, ceiling: np.ndarray) -> None:
    """Show small differences beside large ones: linear where the ceiling lies, then by powers."""
    known, sizes = values[np.isfinite(values)], np.abs(ceiling[np.isfinite(ceiling)])
    if not len(sizes) or not 0 < sizes.max() < np.abs(known).max():
        return
    width = float(sizes.max())
    axes.set_xscale("asinh", linear_width=width)
    powers = np.arange(np.ceil(np.log10(width)), np.ceil(np.log10(known.max())) + 1)
    ticks = np.array([0, *10.0**powers])
    axes.xaxis.set_major_locator(FixedLocator(ticks[ticks <= known.max()]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def curves(history: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw losses during both stages of training.

    Parameters
    ----------
    history
        Columns ``stage, variant, seed, step, metric, value``.
    looks
        The variants to show.
    """
    losses = history[history["metric"].str.contains("loss")]
    places = list(dict.fromkeys(zip(losses["stage"], losses["metric"], strict=True)))
    figure = Figure(figsize=(1.2 + 3.0 * max(1, len(places)), 3.2))
    figure.suptitle("Learning curves")
    panels = figure.subplots(1, max(1, len(places)), squeeze=False)[0]
    for axes, (stage, metric) in zip(panels, places, strict=False):
        mine = losses[(losses["stage"] == stage) & (losses["metric"] == metric)]
        for variant, look in looks.items():
            found = mine[mine["variant"] == variant]
            if found.empty:
                continue
            seeds = found.groupby(["step", "seed"])["value"].mean().unstack("seed")
            axes.plot(seeds.index, seeds, color=look.color, linewidth=0.7, alpha=0.5)
            axes.plot(
                seeds.index,
                seeds.mean(axis=1),
                color=look.color,
                linestyle=look.linestyle,
                linewidth=2,
                label=variant,
            )
        axes.set(title=f"{stage}: {metric}", xlabel="step")
    panels[0].set_ylabel("loss")
    handles, labels = panels[-1].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure
