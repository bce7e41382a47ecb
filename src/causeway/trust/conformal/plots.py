"""Figures of conformal prediction with small calibration sets."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator, PercentFormatter

from causeway.figures import INK, MUTED, PALETTE
from causeway.trust.conformal.laws import vovk_delta
from causeway.trust.conformal.planner import plan

RED = PALETTE[1]
SHOWN = 2000
"""Calibration sizes in the figure of the guarantee, at most."""
METHODS = {"plain": (PALETTE[0], "o", "-", 0.97), "corrected": (PALETTE[2], "s", "--", 1.03)}
"""Colour, marker, line, and a factor that keeps the methods apart on the axis of sizes."""


def coverages(
    histograms: pd.DataFrame, summary: pd.DataFrame, alpha: float, slack: float
) -> Figure:
    """Draw how coverage differs between calibration sets, a row per size.

    Parameters
    ----------
    histograms, summary
        Tables of an audit, with a column ``variant``; several seeds are averaged.
    alpha, slack
        What was promised, and how far below it counts as falling short.
    """
    target, floor = 1 - alpha, 1 - alpha - slack
    plain = histograms[histograms["method"] == "plain"]
    variants, sizes = plain["variant"].unique(), sorted(plain["size"].unique())
    figure = Figure(figsize=(3.2 + 3.2 * len(variants), 1.15 * len(sizes) + 1.7))
    panels = figure.subplots(len(sizes), len(variants), sharex=True, sharey="row", squeeze=False)
    bars = plain.groupby(["variant", "size", "left", "right"])[["share", "law"]].mean()
    numbers = (
        summary[summary["method"] == "plain"].groupby(["variant", "size"]).mean(numeric_only=True)
    )
    for column, variant in enumerate(variants):
        for axes, size in zip(panels[:, column], sizes, strict=True):
            if (variant, size) not in numbers.index:
                axes.text(0.5, 0.5, "too few examples", transform=axes.transAxes, ha="center")
                continue
            shown, row = bars.loc[variant, size].reset_index(), numbers.loc[variant, size]
            short = shown["right"] <= floor + 1e-9
            axes.bar(
                shown["left"],
                shown["share"],
                width=0.01,
                align="edge",
                color=np.where(short, RED, PALETTE[5]),
            )
            axes.stairs(shown["law"], [*shown["left"], 1.0], color=INK, linewidth=1)
            for place, line in ((target, "-"), (floor, "--")):
                axes.axvline(place, color=MUTED, linewidth=1, linestyle=line)
            axes.text(
                0.02,
                0.93,
                f"{row['shortfall']:.1%} below {floor:.3g}\nlaw: {row['law_shortfall']:.1%}\n"
                f"mean {row['mean']:.3f}",
                transform=axes.transAxes,
                va="top",
                fontsize=8,
            )
            axes.set_xlim(0.5, 1)
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        panels[0, column].set_title(variant)
        panels[-1, column].set_xlabel("coverage given one calibration set")
    for axes, size in zip(panels[:, 0], sizes, strict=True):
        axes.set_ylabel(f"{size} points\nshare of sets")
    handles = [
        Patch(color=PALETTE[5], label="drawn"),
        Patch(color=RED, label="drawn, falls short"),
        Line2D([], [], color=INK, linewidth=1, label="law"),
        Line2D([], [], color=MUTED, linewidth=1, label=f"promised: {target:.3g}"),
        Line2D([], [], color=MUTED, linewidth=1, linestyle="--", label=f"limit: {floor:.3g}"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5)
    figure.suptitle("Coverage that single calibration sets give")
    return figure


def set_sizes(summary: pd.DataFrame) -> Figure:
    """Draw what small calibration sets cost: mean size of prediction sets.

    Parameters
    ----------
    summary
        Table of an audit, with a column ``variant``; several seeds are averaged. Where no set
        sizes are known, the figure says so.
    """
    if summary["set_size"].isna().all():
        figure = Figure(figsize=(6.4, 0.7))
        figure.suptitle("No set sizes: the table has no column 'score-<label>' per label")
        return figure
    variants = summary["variant"].unique()
    figure = Figure(figsize=(3.2 + 3.2 * len(variants), 3.8))
    panels = figure.subplots(1, len(variants), sharey=True, squeeze=False)[0]
    for axes, variant in zip(panels, variants, strict=True):
        for method, (color, marker, line, shift) in METHODS.items():
            chosen = summary[(summary["variant"] == variant) & (summary["method"] == method)]
            rows = chosen.groupby("size").mean(numeric_only=True)
            axes.plot(
                rows.index * shift,
                rows["set_size"],
                line,
                color=color,
                marker=marker,
                label=method,
            )
            axes.vlines(
                rows.index * shift,
                rows["set_size_low"],
                rows["set_size_high"],
                color=color,
                alpha=0.6,
            )
        sizes = sorted(summary["size"].unique())
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set(title=variant, xlabel="calibration points", ylim=(0, None))
    panels[0].set_ylabel("labels in a prediction set")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    figure.suptitle("What few calibration points cost: mean and 90 % of sets")
    return figure


def guarantee(alpha: float, slack: float, delta: float) -> Figure:
    """Draw the probability of a shortfall by calibration size, with the planner's answers."""
    first, size = plan(alpha, slack, delta)
    sizes = np.unique(np.linspace(1, 1.6 * size + 10, SHOWN).astype(int))
    risks = [vovk_delta(int(points), alpha, slack) for points in sizes]
    figure = Figure(figsize=(7.2, 3.6))
    axes = figure.subplots()
    axes.plot(sizes, risks, ".", color=PALETTE[0], markersize=3)
    axes.axhline(delta, color=RED, linewidth=1, linestyle="--", label=f"allowed: {delta:.3g}")
    axes.axvspan(size, sizes[-1], color=PALETTE[2], alpha=0.12, linewidth=0)
    for points, words, shift in (
        (first, "first kept", (-62, -52)),
        (size, "kept from here on", (14, 34)),
    ):
        axes.annotate(
            f"{words}: {points}",
            (points, vovk_delta(points, alpha, slack)),
            xytext=shift,
            textcoords="offset points",
            arrowprops={"arrowstyle": "->", "color": INK},
        )
    axes.set(
        xlabel="calibration points",
        ylabel=f"P(coverage < {1 - alpha - slack:.3g})",
        xlim=(0, sizes[-1]),
        ylim=(0, None),
        title=f"More points do not always help (alpha = {alpha:.3g})",
    )
    axes.legend(loc="upper right")
    return figure
