"""Figures of stationary diffusions: effects, their recovery, and predictions."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from causeway import evidence
from causeway.figures import INK, MUTED, PALETTE, Look

MEASURES = {"edge-auroc": "is there an effect?", "sign-auroc": "and of which sign?"}
KINDS = {
    "combination": "two genes, each seen alone",
    "unseen": "one gene, never intervened on",
}
PREDICTORS = {
    "control": "control",
    "mean": "mean effect",
    "told": "told effect on\nthe target alone",
    "additive": "added effects",
    "split-half": "other half of\nthe same cells",
}
"""Predictors that need no model."""
LEAST = 1e-3
"""Energy distances below this are drawn here: an unbiased estimate of zero may be negative."""


def effects(table: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Draw true and learned effects between genes as matrices, one seed.

    Parameters
    ----------
    table
        Columns ``variant, source, target, learned, differential, true``, effects of one seed.
    variants
        Which to show.
    """
    first = table[table["variant"] == variants[0]]
    known = bool(first["true"].notna().all())
    shown = {"true": first.assign(shown=first["true"])} if known else {}
    for variant in variants:
        part = table[table["variant"] == variant]
        shown[f"learned, {variant}"] = part.assign(shown=part["learned"])
    shown["difference of means"] = first.assign(shown=first["differential"])
    figure = Figure(figsize=(2.3 * len(shown) + 0.9, 3.2))
    figure.suptitle("Effects of genes on each other, each matrix in its own scale")
    panels = figure.subplots(1, len(shown), squeeze=False)[0]
    for axes, (title, part) in zip(panels, shown.items(), strict=True):
        matrix = part.pivot(index="target", columns="source", values="shown").to_numpy(copy=True)
        np.fill_diagonal(matrix, 0)
        limit = np.abs(matrix).max() or 1
        image = axes.imshow(matrix / limit, cmap="RdBu_r", vmin=-1, vmax=1)
        axes.set(title=title, xlabel="gene that acts", xticks=[], yticks=[])
        axes.grid(visible=False)
    panels[0].set_ylabel("gene acted on")
    bar = figure.colorbar(image, ax=panels, shrink=0.8, pad=0.02)
    bar.set_label("effect / largest")
    bar.outline.set_visible(False)
    return figure


def structure(metrics: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw how well effects are recovered, beside differences of means."""
    figure = Figure(figsize=(6.8, 1.7 + 0.3 * len(looks)))
    figure.suptitle("Recovery of effects; 0.5 is what an empty matrix scores")
    panels = figure.subplots(1, len(MEASURES), sharey=True)
    names = [*looks, "difference of means"]
    for axes, (measure, title) in zip(panels, MEASURES.items(), strict=True):
        axes.axvline(0.5, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        for place, (variant, look) in enumerate(looks.items()):
            _interval(axes, metrics, variant, f"structure/model/{measure}", place, look.color)
        first = next(iter(looks))
        _interval(axes, metrics, first, f"structure/differential/{measure}", len(looks), MUTED)
        axes.set(title=title, xlabel="AUROC", xlim=(0.4, 1.02))
        axes.set_yticks(range(len(names)), names)
        axes.grid(visible=False, axis="y")
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def predictions(scores: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw the energy distance of each held-out intervention, by predictor.

    The scores have the columns ``variant, kind, predictor, perturbation, seed,
    energy-distance``.
    """
    kinds = [kind for kind in KINDS if kind in set(scores["kind"])]
    figure = Figure(figsize=(7.2, 1.2 + 3.0 * max(1, len(kinds)) * 0.9))
    figure.suptitle("Energy distance of predicted to held-out cells, each dot an intervention")
    panels = figure.subplots(max(1, len(kinds)), 1, sharex=True, squeeze=False)[:, 0]
    if not kinds:
        panels[0].text(0.1, 0.5, "Nothing was held out that can be predicted")
    for axes, kind in zip(panels, kinds, strict=False):
        part = scores[scores["kind"] == kind]
        rows = [
            (name, part[(part["variant"] == name) & (part["predictor"] == "model")], look.color)
            for name, look in looks.items()
        ]
        first = part[part["variant"] == next(iter(looks))]
        rows += [
            (title, first[first["predictor"] == name], MUTED)
            for name, title in PREDICTORS.items()
            if name in set(first["predictor"])
        ]
        for place, (_, shown, colour) in enumerate(rows):
            _strip(axes, shown["energy-distance"].to_numpy(), place, colour)
        axes.set_title(KINDS[kind])
        axes.set_yticks(range(len(rows)), [name for name, *_ in rows], fontsize=8)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xscale("log")
        axes.grid(visible=False, axis="y")
    panels[-1].set_xlabel("energy distance [units of the states]")
    mean = Line2D([], [], color=INK, marker="|", markersize=10, linestyle="", label="mean")
    figure.legend(handles=[mean], loc="outside lower right")
    return figure


def _strip(axes: Axes, values: np.ndarray, place: int, colour: str) -> None:
    """Dots that lie beside each other in a fixed pattern, and their mean."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        axes.text(LEAST, place, "ran away", va="center", color=PALETTE[1])
        return
    away = place + 0.3 * (np.arange(len(finite)) * 0.618 % 1 - 0.5)
    axes.plot(np.maximum(finite, LEAST), away, ".", color=colour, markersize=4, alpha=0.5)
    axes.plot(max(float(finite.mean()), LEAST), place, "|", color=INK, markersize=14)
    if len(finite) < len(values):
        axes.text(
            float(finite.max()), place, f" +{len(values) - len(finite)} ran away", va="center"
        )


def _interval(
    axes: Axes, metrics: pd.DataFrame, variant: str, metric: str, place: int, colour: str
) -> None:
    """A mean over seeds with the interval that claims are judged by."""
    rows = metrics[(metrics["variant"] == variant) & (metrics["metric"] == metric)]
    if rows.empty:
        return
    found = evidence.mean(rows.set_index("seed")).interval
    if np.isfinite(found.low):
        axes.plot([found.low, found.high], [place, place], color=colour)
    axes.plot(found.estimate, place, "o", color=colour)
