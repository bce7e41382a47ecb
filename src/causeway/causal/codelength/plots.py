"""Figures of code lengths."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from causeway.figures import INK, MUTED, Look, looks

KINDS = {
    "code": "samples and penalty",
    "data": "samples alone",
}
SHOWN = 10
"""Single data sets in a panel."""
WINS = {"code": "with penalty", "data": "without penalty"}


def discovery(codes: pd.DataFrame, variants: Sequence[str], names: dict[str, str]) -> Figure:
    """Draw the code length of both directions by the total number of mechanisms.

    Parameters
    ----------
    codes
        Columns ``variant, seed, direction, cause, noise, coefficient, data, penalty``.
    variants
        One row of panels each.
    names
        What the directions are called.
    """
    figure = Figure(figsize=(7.2, 0.9 + 2.6 * len(variants)))
    figure.suptitle("Code length of both directions by the number of mechanisms")
    panels = figure.subplots(len(variants), 2, sharex=True, squeeze=False)
    table = codes.assign(
        code=codes["data"] + codes["penalty"],
        mechanisms=codes["cause"] + codes["noise"] + codes["coefficient"],
    )
    styled = looks(list(names))
    for row, variant in zip(panels, variants, strict=True):
        mine = table[table["variant"] == variant]
        for axes, (kind, words) in zip(row, KINDS.items(), strict=True):
            for direction, look in styled.items():
                ours = mine[mine["direction"] == direction]
                best = ours.groupby(["mechanisms", "seed"])[kind].min().unstack()
                _curves(axes, best, look)
            axes.set_title(f"{variant}: {words}", fontsize=9)
        row[0].set_ylabel("code length (bits)")
        _same_span(row)
    for axes in panels[-1]:
        axes.set_xlabel("mechanisms used, all slots together")
    _direction_legend(figure, styled, names)
    return figure


def contests(metrics: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Draw in what share of worlds the causal direction is shorter, by samples.

    Parameters
    ----------
    metrics
        Table of :mod:`causeway.metrics`.
    variants
        One panel each.
    """
    figure = Figure(figsize=(7.2, 3.4))
    figure.suptitle("How often the causal direction has the shorter code")
    panels = figure.subplots(1, len(variants), sharey=True, squeeze=False)[0]
    styled = looks(list(WINS))
    found = metrics.assign(
        samples=metrics["metric"].str.extract(r"samples-(\d+)/wins", expand=False).astype(float),
        kind=metrics["metric"].str.rpartition("/")[2],
    )
    for axes, variant in zip(panels, variants, strict=True):
        for kind, look in styled.items():
            rows = found[(found["variant"] == variant) & (found["kind"] == kind)]
            for _, run in rows.sort_values("samples").groupby("seed"):
                _with_interval(axes, run, look)
        axes.axhline(0.5, color=MUTED, linestyle=":", linewidth=1)
        axes.set(title=variant, xscale="log", xlabel="samples per environment", ylim=(0, 1.02))
        ticks = sorted(found["samples"].dropna().unique())
        axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        axes.minorticks_off()
    panels[0].set_ylabel("share of worlds, 95 % interval")
    handles = [
        Line2D([], [], color=look.color, marker=look.marker, linestyle=look.linestyle, label=words)
        for words, look in zip(WINS.values(), styled.values(), strict=True)
    ]
    handles.append(Line2D([], [], color=MUTED, linestyle=":", linewidth=1, label="coin toss"))
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def shifts(codes: pd.DataFrame, metrics: pd.DataFrame, truth: dict[str, int]) -> Figure:
    """Draw code lengths of counts by the number of mechanisms, and what sharing a codebook saves.

    Parameters
    ----------
    codes
        Columns ``samples, case, seed, mechanisms, data, penalty``.
    metrics
        Table of :mod:`causeway.metrics`.
    truth
        Number of distinct mechanisms of each case.
    """
    sizes = sorted(codes["samples"].unique())
    slots = metrics[metrics["metric"].str.endswith("/saving")]
    figure = Figure(figsize=(7.2, 1.1 + 2.5 * len(sizes)))
    figure.suptitle("How many mechanisms the code finds, and what a shared codebook saves")
    grid = figure.subplots(len(sizes), 2, squeeze=False, width_ratios=[2, 1])
    styled = looks(list(truth))
    for row, size in zip(grid, sizes, strict=True):
        mine = codes[codes["samples"] == size]
        for case, look in styled.items():
            _excess(row[0], mine[mine["case"] == case], truth[case], look)
        row[0].set_title(f"{size} samples per environment", fontsize=9)
        row[0].set_ylabel("bits above the least")
        row[0].set_ylim(-5, 110)
        _savings(row[1], slots[slots["metric"].str.startswith(f"samples-{size}/")])
    grid[-1][0].set_xlabel("mechanisms k")
    grid[-1][1].set_xlabel("second slot's mechanisms")
    handles = [
        Line2D(
            [],
            [],
            color=look.color,
            marker=look.marker,
            label=f"{count} true mechanisms",
        )
        for look, count in zip(styled.values(), truth.values(), strict=True)
    ]
    handles += [
        Line2D([], [], color=INK, linestyle="-", linewidth=1, label="true number"),
        Line2D([], [], color=MUTED, linestyle=":", label="without penalty"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _curves(axes: Axes, best: pd.DataFrame, look: Look) -> None:
    if best.shape[1] > 1:
        axes.plot(best.index, best.iloc[:, :SHOWN], color=look.color, linewidth=0.5, alpha=0.35)
    mean = best.mean(axis=1)
    axes.plot(mean.index, mean, color=look.color, linestyle=look.linestyle, linewidth=2)
    least = mean.idxmin()
    axes.plot(least, mean[least], look.marker, color=look.color, markersize=8, markeredgecolor=INK)


def _same_span(row: Sequence[Axes]) -> None:
    """Let a bit be as high in all panels of a row, wherever each begins."""
    limits = [axes.get_ylim() for axes in row]
    span = max(high - low for low, high in limits)
    for axes, (low, high) in zip(row, limits, strict=True):
        middle = (low + high) / 2
        axes.set_ylim(middle - span / 2, middle + span / 2)


def _direction_legend(figure: Figure, styled: dict[str, Look], names: dict[str, str]) -> None:
    handles = [
        Line2D(
            [],
            [],
            color=look.color,
            linestyle=look.linestyle,
            marker=look.marker,
            markeredgecolor=INK,
            label=names[direction],
        )
        for direction, look in styled.items()
    ]
    handles.append(
        Line2D([], [], color=MUTED, linewidth=0.5, label=f"single data sets (at most {SHOWN})")
    )
    figure.legend(handles=handles, loc="outside lower center", ncols=3)


def _with_interval(axes: Axes, run: pd.DataFrame, look: Look) -> None:
    below, above = run["value"] - run["low"], run["high"] - run["value"]
    axes.errorbar(
        run["samples"],
        run["value"],
        [below, above],
        color=look.color,
        marker=look.marker,
        linestyle=look.linestyle,
        capsize=3,
        elinewidth=1,
    )


def _excess(axes: Axes, mine: pd.DataFrame, true: int, look: Look) -> None:
    """Draw the mean code length above its least, and a line at the true number."""
    mean = mine.groupby("mechanisms")[["data", "penalty"]].mean()
    total = mean.sum(axis=1)
    axes.axvline(true, color=look.color, linewidth=1)
    axes.plot(
        mean.index, mean["data"] - mean["data"].min(), color=look.color, linestyle=":", linewidth=1
    )
    axes.plot(
        mean.index,
        total - total.min(),
        color=look.color,
        marker=look.marker,
    )
    axes.plot(total.idxmin(), 0, look.marker, color=look.color, markersize=9, markeredgecolor=INK)


def _savings(axes: Axes, slots: pd.DataFrame) -> None:
    names = list(dict.fromkeys(re.split("/", metric)[1] for metric in slots["metric"]))
    for place, name in enumerate(reversed(names)):
        values = slots[slots["metric"].str.contains(f"/{name}/")]["value"].to_numpy()
        spread = np.linspace(-0.12, 0.12, len(values)) if len(values) > 1 else np.zeros(1)
        axes.plot(place + spread, values, "o", color=INK, markersize=4, alpha=0.4)
    axes.axhline(0, color=MUTED, linewidth=1)
    axes.set_xticks(range(len(names)), list(reversed(names)))
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylabel("bits saved by sharing")
    axes.set_title("one codebook for two slots", fontsize=9)
