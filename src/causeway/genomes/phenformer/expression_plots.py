"""Figures of predicted expression: genes, contexts, bases and training."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from causeway import evidence
from causeway.figures import INK, MUTED, PALETTE, Look
from causeway.genomes.phenformer.mutagenesis import strongest

MODEL = "model"
BASELINES = {
    "train-mean": "training mean",
    "composition": "composition",
    "kmers": "k-mers, promoter",
    "window-kmers": "k-mers, window",
    "binned-kmers": "k-mers by place",
    "coding-kmers": "k-mers, coding",
    "codons": "codons",
    "xpresso": "Xpresso",
}
"""Baselines, and what they are called."""
CORRELATIONS = {
    "pearson": "Pearson r across genes",
    "deviation": "r of deviations from a gene's mean",
}
"""Metrics of the strips, and what they are called."""
CURVES = {
    "train/loss": "loss of training genes",
    "valid/loss": "loss of validation genes",
    "valid/pearson": "Pearson r of validation genes",
    "valid/deviation-pearson": "deviation r of validation genes",
}
"""Metrics of the curves, and what they are called."""
BASE_COLORS = dict(zip("ACGT", (PALETTE[2], PALETTE[0], PALETTE[4], PALETTE[1]), strict=True))
CROWD = 1500
"""Genes from which on density is drawn instead of dots."""
LOGO = 40
"""Bases of a logo."""
FONT = FontProperties(family="DejaVu Sans", weight="bold")


class Mark(NamedTuple):
    """A stretch of bases with a name; ``start`` and ``end`` are relative to the gene's start."""

    name: str
    start: int
    end: int


class Track(NamedTuple):
    """What the bases of one gene do.

    Parameters
    ----------
    gene, remark
        Its name, and why it is shown.
    first
        Place of the first base relative to the transcription start.
    letters
        L bases.
    importance
        How much lower predicted expression is with another base, shape (L,).
    true
        The same by the law that made expression; null where that is not known.
    planted
        Motifs that are known to stand there.
    """

    gene: str
    remark: str
    first: int
    letters: str
    importance: NDArray[np.float64]
    true: NDArray[np.float64] | None
    planted: Sequence[Mark]


def predicted(table: pd.DataFrame, genes: str) -> Figure:
    """Draw predicted against observed mean expression, a panel per method.

    Parameters
    ----------
    table
        Columns ``method``, ``predicted`` and ``observed``, a row per method and test gene, in
        log(1 + TPM), means over contexts. The first method is the model.
    genes
        Which genes they are.
    """
    methods = list(dict.fromkeys(table["method"]))
    figure = Figure(figsize=(0.9 + 2.25 * len(methods), 3.5))
    figure.suptitle(f"Mean expression of held-out genes: {genes}")
    panels = figure.subplots(1, len(methods), sharex=True, sharey=True, squeeze=False)[0]
    values = table[["predicted", "observed"]].to_numpy()
    room = 0.04 * max(np.ptp(values), 1e-3)
    ends = (values.min() - room, values.max() + room)
    dense = len(table) / len(methods) > CROWD
    for axes, method in zip(panels, methods, strict=True):
        rows = table[table["method"] == method]
        x, y = rows["predicted"].to_numpy(), rows["observed"].to_numpy()
        axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle="--", zorder=3)
        if dense:
            axes.hexbin(
                x, y, gridsize=36, mincnt=1, bins="log", extent=(*ends, *ends), linewidths=0
            )
        else:
            color = PALETTE[0] if method == MODEL else PALETTE[6]
            size = float(np.clip(60 / np.sqrt(len(x)), 2.5, 6))
            axes.plot(x, y, "o", color=color, markersize=size, alpha=0.5, markeredgewidth=0)
        name = "Phenformer" if method == MODEL else BASELINES.get(method, method)
        axes.set_title(f"{name}\nr = {_r(x, y):.2f}, n = {len(x):,}", fontsize=9)
        axes.set(xlim=ends, ylim=ends, aspect="equal", xlabel="predicted, log(1 + TPM)")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5, integer=True))
    panels[0].set_ylabel("observed, log(1 + TPM)")
    return figure


def best_baselines(table: pd.DataFrame, number: int) -> list[str]:
    """Baselines whose mean expression correlates best over genes with what was observed.

    Parameters
    ----------
    table
        As of :func:`predicted`.
    number
        How many, at most.
    """
    found = {
        str(method): _r(rows["predicted"].to_numpy(), rows["observed"].to_numpy())
        for method, rows in table.groupby("method", sort=False)
        if method != MODEL
    }
    return sorted(found, key=lambda name: -found[name])[:number]


def _r(x: NDArray[np.floating], y: NDArray[np.floating]) -> float:
    """Pearson correlation; 0 for values that do not vary."""
    if len(x) < 2 or np.ptp(x) < 1e-9 or np.ptp(y) < 1e-9:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def strips(points: pd.DataFrame, numbers: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw correlations of each context with their means, for model and baselines, sorted.

    Parameters
    ----------
    points
        Columns ``variant, seed, method, metric, context, value``.
    numbers
        Metrics of the same runs, with means over contexts and intervals over genes and seeds.
    looks
        Looks of the variants.
    """
    rows = [(name, MODEL) for name in looks]
    rows += [(next(iter(looks)), name) for name in BASELINES if (points["method"] == name).any()]
    means = {
        (*row, metric): evidence.mean(found.set_index("seed")).interval
        for row in rows
        for metric in CORRELATIONS
        if len(found := _of(numbers, row[0], f"{row[1]}/{metric}"))
    }
    leading = "pearson"
    rows.sort(key=lambda row: -np.nan_to_num(means[*row, leading].estimate, nan=-2.0))
    shown = [metric for metric in CORRELATIONS if any((*row, metric) in means for row in rows)]
    figure = Figure(figsize=(1.9 + 3.2 * len(shown), 1.5 + 0.3 * len(rows)))
    figure.suptitle("Held-out genes: a dot per context, mean and 95 % interval")
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, metric in zip(panels, shown, strict=True):
        axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
        for place, (variant, method) in enumerate(rows):
            color = looks[variant].color if method == MODEL else MUTED
            mine = points[
                (points["variant"] == variant)
                & (points["method"] == method)
                & (points["metric"] == metric)
            ]
            dots = mine.groupby("context")["value"].mean().dropna().to_numpy()
            spread = 0.24 * np.sin(2.4 * np.arange(len(dots)))
            axes.plot(dots, place + spread, ".", color=color, markersize=3.5, alpha=0.5)
            mean = means.get((variant, method, metric))
            if mean is None:
                continue
            if np.isfinite(mean.low):
                axes.plot([mean.low, mean.high], [place, place], color=INK, linewidth=1.4)
            axes.plot(
                mean.estimate, place, "D", color=color, markeredgecolor=INK, markeredgewidth=0.8
            )
        axes.set_title(CORRELATIONS[metric], fontsize=9)
        axes.set_xlabel("correlation; better: right")
    names = [name if method == MODEL else BASELINES[method] for name, method in rows]
    panels[0].set_yticks(range(len(rows)), names)
    for label, (_, method) in zip(panels[0].get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if method == MODEL else "normal")
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    return figure


def _of(numbers: pd.DataFrame, variant: str, metric: str) -> pd.DataFrame:
    return numbers[(numbers["variant"] == variant) & (numbers["metric"] == metric)]


def tracks(shown: Sequence[Track]) -> Figure:
    """Draw what the bases before some genes do, and the strongest ones as letters.

    Parameters
    ----------
    shown
        Two rows of panels each.
    """
    figure = Figure(figsize=(9.6, 1.2 + 2.75 * len(shown)))
    figure.suptitle("Bases that raise (up) or lower (down) predicted expression, in silico")
    heights = [1.0, 0.85] * len(shown)
    panels = figure.subplots(2 * len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
    for number, track in enumerate(shown):
        start = strongest(track.importance, LOGO)
        _bars(panels[2 * number], track, start)
        _logo(panels[2 * number + 1], track, start)
    panels[-1].set_xlabel("place relative to the start of the gene, in bases")
    handles: list[Line2D | Patch] = [Patch(color=PALETTE[0], label="by Phenformer")]
    if any(track.true is not None for track in shown):
        handles.append(Line2D([], [], color=PALETTE[1], linewidth=1, label="by the true law"))
    if any(track.planted for track in shown):
        handles.append(Patch(color=PALETTE[4], alpha=0.3, label="planted motif"))
    handles.append(Patch(color=MUTED, alpha=0.2, label=f"strongest {LOGO} bases, below"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _bars(axes: Axes, track: Track, start: int) -> None:
    values = np.nan_to_num(track.importance)
    places = track.first + np.arange(len(values))
    axes.axvspan(*_edges(track, start), color=MUTED, alpha=0.2, linewidth=0)
    for mark in track.planted:
        axes.axvspan(mark.start - 0.5, mark.end - 0.5, color=PALETTE[4], alpha=0.3, linewidth=0)
    axes.bar(places, values, width=1.0, color=PALETTE[0], linewidth=0)
    title = f"{track.gene}, {track.remark}"
    if track.true is not None:
        axes.plot(places, np.nan_to_num(track.true), color=PALETTE[1], linewidth=0.7)
        title += f"; r with the true law {_r(values, np.nan_to_num(track.true)):.2f}"
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.axvline(-0.5, color=INK, linewidth=0.8, linestyle=":")
    axes.set_title(title, fontsize=9)
    axes.set_ylabel("log(1 + TPM)", fontsize=8)
    axes.set_xlim(places[0] - 0.5, places[-1] + 0.5)
    axes.margins(y=0.12)
    axes.grid(visible=False, axis="x")


def _logo(axes: Axes, track: Track, start: int) -> None:
    values = np.nan_to_num(track.importance[start : start + LOGO])
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    room = 0.06 * (high - low or 1.0)
    first, last = _edges(track, start)
    for mark in track.planted:
        left, right = max(first, mark.start - 0.5), min(last, mark.end - 0.5)
        if left >= right:
            continue
        axes.axvspan(left, right, color=PALETTE[4], alpha=0.3, linewidth=0)
        if right - left > (mark.end - mark.start) / 2:
            place = (left + right) / 2
            axes.text(place, high + room, mark.name, fontsize=7, ha="center", va="bottom")
    letters = track.letters[start : start + LOGO]
    for place, (letter, value) in enumerate(zip(letters, values, strict=True)):
        if letter in BASE_COLORS and value:
            axes.add_patch(_glyph(letter, track.first + start + place, value, axes))
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xlim(first, last)
    axes.set_ylim(low - room, high + (high - low or 1.0) * 0.25)
    axes.set_ylabel("log(1 + TPM)", fontsize=8)
    axes.set_facecolor("#f5f6f7")
    axes.grid(visible=False)


def _edges(track: Track, start: int) -> tuple[float, float]:
    first = track.first + start - 0.5
    return first, first + min(LOGO, len(track.letters))


def _glyph(letter: str, place: int, height: float, axes: Axes) -> PathPatch:
    """A letter that fills the width of its place, from 0 to a height that may be negative."""
    path = TextPath((0, 0), letter, size=1, prop=FONT)
    box = path.get_extents()
    transform = (
        Affine2D()
        .translate(-box.x0, -box.y0)
        .scale(0.92 / box.width, abs(height) / box.height)
        .translate(place - 0.46, min(height, 0.0))
    )
    return PathPatch(path, transform=transform + axes.transData, color=BASE_COLORS[letter], lw=0)


def curves(history: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw losses and correlations during training.

    Parameters
    ----------
    history
        Columns ``variant, seed, epoch, metric, value``.
    looks
        Looks of the variants.
    """
    shown = {name: title for name, title in CURVES.items() if (history["metric"] == name).any()}
    if not shown:
        figure = Figure(figsize=(7.4, 1.2))
        figure.suptitle("Training of stage 1: none, as weights were given")
        return figure
    lines = -(-len(shown) // 2)
    figure = Figure(figsize=(7.4, 1.0 + 2.2 * lines))
    figure.suptitle("Training of stage 1: single seeds (thin) and their mean")
    panels = figure.subplots(lines, 2, squeeze=False).ravel()
    for axes, (metric, title) in zip(panels, shown.items(), strict=False):
        for name, look in looks.items():
            rows = history[(history["variant"] == name) & (history["metric"] == metric)]
            if rows.empty:
                continue
            seeds = rows.pivot(index="epoch", columns="seed", values="value")
            epochs = seeds.index + 1
            if seeds.shape[1] > 1:
                axes.plot(epochs, seeds, color=look.color, linewidth=0.5, alpha=0.5)
            axes.plot(epochs, seeds.mean(axis=1), color=look.color, linestyle=look.linestyle)
        axes.set_title(title, fontsize=9)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for axes in panels[len(shown) - 2 : len(shown)]:
        axes.set_xlabel("epoch")
    for axes in panels[len(shown) :]:
        axes.remove()
    handles = [
        Line2D([], [], color=look.color, linestyle=look.linestyle, label=name)
        for name, look in looks.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(looks))
    return figure
