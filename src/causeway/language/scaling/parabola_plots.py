"""Figure of IsoFLOP parabolas, their vertices, and those that were dropped."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from causeway.figures import INK, MUTED
from causeway.language.scaling.compute_plots import (
    COUNTED,
    LOSS,
    in_powers_of_ten,
    plain_numbers,
)
from causeway.language.scaling.isoflop import Axis, with_axis
from causeway.language.scaling.runs import Counting

VARIED = {
    "parameters": "parameters without embedding and head",
    "tokens": "training tokens",
    "flops_per_token": "FLOPs per token",
}
"""Labels of axes."""


def isoflop_curves(
    runs: pd.DataFrame,
    parabolas: Mapping[str, pd.DataFrame],
    axis: Axis = "parameters",
    counting: Counting = "flops",
) -> Figure:
    """Draw loss against size in each budget, a panel per noise type.

    Parabolas that were dropped are grey and broken, with a cross at the end of the sampled range
    beyond which the vertex would be. Sizes that a parabola does not go through are hollow.

    Parameters
    ----------
    runs
        Converged runs that the laws were fitted to.
    parabolas
        By noise type, of :class:`causeway.language.scaling.isoflop.Optima` with the same axis and
        counting.
    axis, counting
        As there.
    """
    figure = Figure(figsize=(0.8 + 3.4 * len(parabolas), 4.4))
    figure.suptitle("Loss at equal compute: ★ optimum, × not bracketed", x=0.01, ha="left")
    panels = figure.subplots(1, len(parabolas), squeeze=False, sharey=True)[0]
    budgets = sorted(runs["budget"].dropna().unique())
    # The palest end of the colours is too near to white.
    shades = colormaps["viridis"](np.linspace(0.0, 0.85, len(budgets)))
    colours = dict(zip(budgets, shades, strict=True))
    for axes, (noise, found) in zip(panels, parabolas.items(), strict=True):
        table = with_axis(runs[runs["noise"] == noise], axis, counting)
        for _, parabola in found.iterrows():
            mine = table[table["budget"] == parabola["budget"]]
            _budget(axes, mine, parabola, axis, colours[parabola["budget"]])
        axes.set(title=noise, xscale="log", yscale="log", xlabel=VARIED[axis])
    panels[0].set_ylabel(LOSS)
    plain_numbers(panels[0].yaxis)
    keys = [
        Line2D([], [], color=colour, marker="o", label=in_powers_of_ten(budget))
        for budget, colour in colours.items()
    ]
    dropped = Line2D([], [], color=MUTED, linestyle="--", marker="x", label="dropped")
    figure.legend(
        handles=[*keys, dropped],
        loc="outside lower center",
        ncols=min(len(keys) + 1, 3 + 2 * len(parabolas)),
        title=COUNTED[counting],
    )
    return figure


def _budget(
    axes: Axes, runs: pd.DataFrame, parabola: pd.Series, axis: str, colour: np.ndarray
) -> None:
    kept = parabola["reason"] == ""
    within = runs[axis].between(parabola["low"], parabola["high"])
    for shown, face in ((runs[within], colour), (runs[~within], "none")):
        axes.plot(shown[axis], shown["loss"], "o", color=colour, mfc=face, markersize=4, alpha=0.8)
    if not np.isfinite(parabola["curvature"]):
        return
    sizes = np.geomspace(parabola["low"], parabola["high"], 100)
    away = np.log(sizes / parabola[axis])
    losses = parabola["loss"] * np.exp(parabola["curvature"] / 2 * away**2)
    if kept:
        axes.plot(sizes, losses, color=colour)
        axes.plot(
            parabola[axis], parabola["loss"], "*", color=colour, markersize=11, mec=INK, mew=0.6
        )
        return
    axes.plot(sizes, losses, "--", color=MUTED, linewidth=1.2)
    lowest = int(np.argmin(losses))
    axes.plot(sizes[lowest], losses[lowest], "x", color=INK, markersize=8, mew=1.6)
