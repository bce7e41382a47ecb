"""Figure of loss against compute with the envelope of each noise type."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from causeway.figures import looks
from causeway.language.scaling.envelopes import envelope
from causeway.language.scaling.runs import Counting

COUNTED = {
    "flops": "training FLOPs, attention counted",
    "flops_6p": "training FLOPs as 6 × parameters × tokens",
    "flops_with_head": "training FLOPs, attention and head counted",
}
"""Labels of axes, by counting."""
LOSS = "loss, nats per token"


def loss_against_compute(
    curves: pd.DataFrame, noises: Sequence[str], counting: Counting = "flops"
) -> Figure:
    """Draw every run as a thin line, or a point if it has one reading, and envelopes thick.

    Parameters
    ----------
    curves
        Table of converged runs.
    noises
        All noise types of the study in their order, so that each keeps its colour.
    counting
        Column of FLOPs.
    """
    figure = Figure(figsize=(6.4, 4.0))
    figure.suptitle("Loss against compute: runs, and what none of them beats", x=0.01, ha="left")
    axes = figure.subplots()
    for noise, look in looks(noises).items():
        mine = curves[curves["noise"] == noise].sort_values(counting)
        if mine.empty:
            continue
        for _, run in mine.groupby("run"):
            axes.plot(
                run[counting],
                run["loss"],
                color=look.color,
                marker=look.marker if len(run) == 1 else "",
                markersize=3,
                linewidth=0.7,
                alpha=0.35,
            )
        frontier = envelope(mine, counting)
        axes.plot(
            frontier[counting],
            frontier["loss"],
            color=look.color,
            linestyle=look.linestyle,
            linewidth=2.2,
            label=noise,
        )
    axes.set(xscale="log", yscale="log", xlabel=COUNTED[counting], ylabel=LOSS)
    plain_numbers(axes.yaxis)
    figure.legend(loc="outside lower center", ncols=min(len(noises), 5))
    return figure


def plain_numbers(axis: Axis) -> None:
    """Label a logarithmic axis by plain numbers.

    One of less than two decades is labelled within them too: at 2, 3 and 5 times a power of ten
    where more numbers would touch.
    """
    low, high = axis.get_view_interval()
    within = _plain if high < 4 * low else _sparse
    axis.set_major_formatter(FuncFormatter(_plain))
    axis.set_minor_formatter(FuncFormatter(within) if high < 100 * low else NullFormatter())


def _plain(value: float, _: int | None) -> str:
    return f"{value:,.10g}"


def _sparse(value: float, place: int | None) -> str:
    """A number whose first digit is 2, 3 or 5; nothing for others."""
    return _plain(value, place) if f"{value:e}"[0] in "235" else ""


def in_powers_of_ten(value: float) -> str:
    """Write a number to three digits as a power of ten, e.g. 1.5 × 10¹¹, in mathematics."""
    digits, power = f"{value:.2e}".split("e")
    factor = "" if float(digits) == 1 else rf"{float(digits):g} \times "
    return f"${factor}10^{{{int(power)}}}$"
