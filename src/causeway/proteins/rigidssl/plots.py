"""Figures of RigidSSL pretraining.

All take `looks`, the look of each variant to show, and most a table of :mod:`causeway.metrics`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from causeway import evidence
from causeway.figures import INK, MUTED, Look
from causeway.statistics import Interval

TERMS = ("translation", "rotation")
DIRECTIONS = {"forward": ">", "backward": "<"}
CONTROLS = {
    "model": "model",
    "shuffled-time": "model,\ntold a wrong time",
    "constant": "best constant\nof the training set",
    "zero": "zero velocity",
    "shuffled-pairs": "model, target of\nanother residue",
}
CHAINS = 4
"""Chains shown in the map of errors."""


def curves(history: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw the loss of each term during training.

    The history has the columns ``variant, seed, epoch, metric, value``.
    """
    figure = Figure(figsize=(7.2, 3.4))
    figure.suptitle("Learning curves: held-out chains (lines) and training chains (dots)")
    panels = figure.subplots(1, 2)
    for axes, term in zip(panels, TERMS, strict=True):
        wanted = history[history["metric"].str.contains(f"/{term}-")]
        split = wanted["metric"].str.split("/").str[0]
        losses = wanted.groupby([split, "variant", "seed", "epoch"])["value"].mean()
        for variant, look in looks.items():
            _curve(axes, losses, variant, look)
        _reference(axes, "y")
        axes.set(title=f"{term} velocity", xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        _widen(axes)
    panels[0].set_ylabel("loss / variance of the target")
    _legend(figure, looks)
    return figure


def _curve(axes: Axes, losses: pd.Series, variant: str, look: Look) -> None:
    for split, line in (("validation", look.linestyle), ("train", "")):
        found = losses.index.to_frame()[["metric", "variant"]].eq([split, variant]).all(axis=1)
        if not found.any():
            continue
        seeds = losses.loc[split, variant].unstack("seed")
        epoch = seeds.index.to_numpy() + 1
        if line:
            axes.plot(epoch, seeds, color=look.color, linewidth=0.7, alpha=0.5)
            axes.plot(epoch, seeds.mean(axis=1), color=look.color, linestyle=line, linewidth=2)
        else:
            axes.plot(epoch, seeds.mean(axis=1), ".", color=look.color, markersize=3, alpha=0.6)


def losses(metrics: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw held-out losses per term and direction, beside the controls."""
    figure = Figure(figsize=(7.2, 4.6))
    figure.suptitle("Losses on test chains: what the model learned, and what needs no learning")
    panels = figure.subplots(1, 2, sharey=True)
    step = 0.8 / (len(looks) * len(DIRECTIONS))
    for axes, term in zip(panels, TERMS, strict=True):
        for row, control in enumerate(CONTROLS):
            place = row - 0.4 + step / 2
            for variant, look in looks.items():
                for direction, marker in DIRECTIONS.items():
                    found = _over_seeds(metrics, variant, f"{control}/{term}-{direction}")
                    if found:
                        _dot(axes, found, place, look.color, marker)
                    place += step
        _reference(axes, "x")
        axes.set(title=f"{term} velocity", xlabel="loss / variance of the target")
        axes.set_yticks(range(len(CONTROLS)), list(CONTROLS.values()))
        axes.grid(visible=False, axis="y")
        _widen(axes, "x")
    for boundary in np.arange(0.5, len(CONTROLS) - 1):
        for axes in panels:
            axes.axhline(boundary, color="#e4e7eb", linewidth=0.8)
    panels[0].set_ylim(len(CONTROLS) - 0.5, -0.5)
    directions = [
        Line2D([], [], color=MUTED, marker=marker, linestyle="", label=f"{name} path")
        for name, marker in DIRECTIONS.items()
    ]
    colours = [
        Line2D([], [], color=look.color, marker="s", linestyle="", label=name)
        for name, look in looks.items()
    ]
    figure.legend(handles=colours + directions, loc="outside lower center", ncols=5)
    return figure


def errors(residues: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw where along the chain the model errs, as strips of colour.

    The residues have the columns ``id, residue_number, variant, seed, term, direction, error``.
    """
    chains = sorted(residues["id"].unique())[:CHAINS]
    variants = [name for name in looks if name in set(residues["variant"])]
    figure = Figure(figsize=(7.2, 0.9 + len(chains) * (0.5 + 0.2 * len(variants))))
    figure.suptitle("Error by residue, averaged over noise, directions and seeds")
    panels = figure.subplots(len(chains), 2, squeeze=False)
    keys = ["id", "term", "variant", "residue_number"]
    mean = residues.groupby(keys)["error"].mean()
    for row, chain in zip(panels, chains, strict=True):
        for axes, term in zip(row, TERMS, strict=True):
            strips = mean[chain, term].unstack().reindex(variants)
            numbers = np.arange(strips.columns.min(), strips.columns.max() + 1)
            image = axes.imshow(
                strips.reindex(columns=numbers),
                aspect="auto",
                interpolation="nearest",
                vmin=0,
                vmax=2,
                extent=(numbers[0] - 0.5, numbers[-1] + 0.5, len(variants) - 0.5, -0.5),
            )
            axes.set_yticks(range(len(variants)), variants if term == TERMS[0] else [])
            axes.grid(visible=False)
            axes.tick_params(length=0)
            axes.set_title(f"{chain}, {term}", fontsize=8, color=INK)
            for spine in axes.spines.values():
                spine.set_visible(False)
    for axes in panels[-1]:
        axes.set_xlabel("residue number")
    bar = figure.colorbar(image, ax=panels, extend="max", shrink=0.8, aspect=30, pad=0.02)
    bar.set_label("squared error / variance of the target")
    bar.outline.set_visible(False)
    return figure


def invariance(metrics: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw what changes when the same chain comes in another pose."""
    titles = {
        "geometry": "neighbours seen from\na residue, change in Å",
        "rotation": "predicted rotation,\nchange / size",
        "translation": "predicted translation,\nchange / size",
    }
    figure = Figure(figsize=(7.2, 1.5 + 0.35 * len(looks)))
    figure.suptitle("What turning the input changes; 0 is right")
    panels = figure.subplots(1, 3, sharey=True)
    for axes, (name, title) in zip(panels, titles.items(), strict=True):
        for place, (variant, look) in enumerate(looks.items()):
            found = _over_seeds(metrics, variant, f"invariance/{name}")
            if not found:
                continue
            value = found.estimate
            axes.barh(place, value, color=look.color, height=0.55)
            text = f"{value:.1f}" if value >= 10 else f"{value:.2f}"
            text = text if value >= 0.005 else ("0" if value == 0 else f"{value:.0e}")
            axes.annotate(
                text, (value, place), xytext=(4, 0), textcoords="offset points", va="center"
            )
        axes.set_title(title, fontsize=9)
        axes.set_yticks(range(len(looks)), list(looks))
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, max(1.0, axes.get_xlim()[1] * 1.25))
    panels[0].invert_yaxis()
    return figure


def _over_seeds(metrics: pd.DataFrame, variant: str, metric: str) -> Interval | None:
    """Estimate with the interval that claims are judged by."""
    rows = metrics[(metrics["variant"] == variant) & (metrics["metric"] == metric)]
    return None if rows.empty else evidence.mean(rows.set_index("seed")).interval


def _dot(axes: Axes, found: Interval, place: float, color: str, marker: str) -> None:
    if not np.isnan(found.low):
        axes.plot([found.low, found.high], [place, place], color=color, linewidth=1.2)
    axes.plot(found.estimate, place, marker, color=color, markersize=5.5)


def _reference(axes: Axes, along: str) -> None:
    """Mark the loss of predicting zero."""
    draw = axes.axhline if along == "y" else axes.axvline
    draw(1.0, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _widen(axes: Axes, along: str = "y") -> None:
    """Show at least 0.9 to 1.1, so that noise about 1 looks like noise."""
    low, high = axes.get_ylim() if along == "y" else axes.get_xlim()
    axes.set(**{f"{along}lim": (min(low, 0.9), max(high, 1.1))})


def _legend(figure: Figure, looks: Mapping[str, Look]) -> None:
    handles: Sequence[Line2D] = [
        Line2D([], [], color=look.color, linestyle=look.linestyle, linewidth=2, label=name)
        for name, look in looks.items()
    ]
    zero = Line2D([], [], color=INK, linewidth=1, linestyle=(0, (4, 3)), label="predicting zero")
    figure.legend(handles=[*handles, zero], loc="outside lower center", ncols=len(looks) + 1)
