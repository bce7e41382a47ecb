"""Figures of what models write."""

import textwrap
from collections.abc import Collection, Mapping

import pandas as pd
from matplotlib.figure import Figure

from causeway.figures import INK, MUTED, Look
from causeway.language.gidd.sample import TEXT
from causeway.language.gidd.sweep import TWIN
from causeway.language.scaling.compute_plots import plain_numbers

WIDTH = 96
"""Characters of a line."""
INCHES = 0.14
"""Height of a line."""


def samples(texts: pd.DataFrame, qualities: pd.DataFrame) -> Figure:
    """Show the first text of each sampler with its quality, real text first.

    Perplexity is low for text that repeats itself, so that distinct-n and overlap-n stand beside.

    Parameters
    ----------
    texts
        Table of the step ``sample``.
    qualities
        Metrics of that step, of one text.
    """
    shown = []
    for names, rows in texts.groupby(["noise", "sampler"], sort=False):
        noise, sampler = map(str, names)
        name = "real text" if sampler == TEXT else f"{noise}, {sampler}"
        first = rows.sort_values("number")["text"].iloc[0]
        lines = textwrap.wrap(first.replace("\n", " ⏎ "), WIDTH) or [""]
        shown.append((name, _quality(qualities, noise, sampler), lines))
    height = INCHES * sum(len(lines) + 2.9 for *_, lines in shown)
    figure = Figure(figsize=(7.2, height + 0.7))
    figure.suptitle(
        "First samples of each sampler, and numbers of all its samples", x=0.01, ha="left"
    )
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(height, 0))
    place = INCHES
    for title, quality, lines in shown:
        axes.text(0, place, title, fontsize=7.5, fontweight="bold", color=INK)
        place += INCHES
        axes.text(0, place, quality, fontsize=6.5, color=MUTED)
        for line in lines:
            place += INCHES
            # A dollar sign would begin a formula.
            axes.text(0, place, line, fontsize=6.5, family="monospace", parse_math=False)
        place += 1.9 * INCHES
    return figure


def _quality(qualities: pd.DataFrame, noise: str, sampler: str) -> str:
    """All that was measured of the texts of a sampler."""
    mine = qualities[qualities["variant"] == noise].set_index("metric")["value"]
    end = f"/{sampler}"
    told = {name.removesuffix(end): mine[name] for name in mine.index if name.endswith(end)}
    order = sorted(told, key=lambda name: (name != "perplexity", name))
    return ", ".join(f"{name} {told[name]:.3g}" for name in order)


def corrections(
    steps: pd.DataFrame,
    qualities: pd.DataFrame,
    looks: Mapping[str, Look],
    untrained: Collection[str] = (),
) -> Figure:
    """Draw self-accuracy over the steps of self-correction, and perplexity before and after.

    Parameters
    ----------
    steps
        Table ``corrections`` of the step ``sample``.
    qualities
        Metrics of that step, of one text.
    looks
        Looks of the types of noise.
    untrained
        Types of noise of masks alone: predictions at tokens that are no masks are untrained.
    """
    figure = Figure(figsize=(7.2, 3.4))
    figure.suptitle("Self-correction of finished samples", x=0.01, ha="left")
    left, right = figure.subplots(1, 2)
    told = qualities.set_index(["variant", "metric"])
    for noise, look in looks.items():
        mine = steps[steps["noise"] == noise]
        if mine.empty:
            continue
        left.fill_between(mine["step"], mine["low"], mine["high"], color=look.color, alpha=0.15)
        label = f"{noise}: untrained at visible tokens" if noise in untrained else noise
        left.plot(mine["step"], mine["estimate"], look.linestyle, color=look.color, label=label)
        ends = told.loc[[(noise, f"perplexity/{name}") for name in ("ancestral", "corrected")]]
        right.vlines([0, 1], ends["low"], ends["high"], color=look.color, linewidth=1.0)
        right.plot([0, 1], ends["value"], look.marker, linestyle=look.linestyle, color=look.color)
    real = told.loc[(TWIN, f"perplexity/{TEXT}"), "value"]
    right.axhline(real, color=MUTED, linewidth=1.0, linestyle="--", label="real text")
    left.set(xlabel="step", ylabel="self-accuracy")
    right.set(ylabel="perplexity of the twin", yscale="log", xlim=(-0.3, 1.3))
    plain_numbers(right.yaxis)
    right.set_xticks([0, 1], ["before", "after"])
    figure.legend(loc="outside lower center", ncols=3)
    return figure
