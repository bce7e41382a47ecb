"""Figure of what reading a genome costs, in two scales or at once."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from causeway.figures import INK, LINES, PALETTE

KINDS = {"two-scale": "two scales", "dense": "attention between all tokens"}
"""Ways to read a haplotype, and what they are called."""


def cost(table: pd.DataFrame, published: int) -> Figure:
    """Draw operations and memory against the number of windows.

    Parameters
    ----------
    table
        Columns ``kind, quantity, windows, value``; quantities name their unit.
    published
        Windows of a person that the study reads, marked by a line.
    """
    quantities = list(dict.fromkeys(table["quantity"]))
    figure = Figure(figsize=(1.2 + 3.2 * len(quantities), 3.6))
    figure.suptitle("Cost of one haplotype, computed from the shapes of the networks")
    panels = figure.subplots(1, len(quantities), squeeze=False)[0]
    colors = dict(zip(KINDS, PALETTE, strict=False))
    lines = dict(zip(KINDS, LINES, strict=False))
    for axes, quantity in zip(panels, quantities, strict=True):
        for kind in KINDS:
            rows = table[(table["quantity"] == quantity) & (table["kind"] == kind)]
            axes.plot(rows["windows"], rows["value"], color=colors[kind], linestyle=lines[kind])
        axes.axvline(published, color=INK, linewidth=0.9, linestyle=":")
        axes.set(xscale="log", yscale="log", xlabel="windows")
        axes.set_title(quantity, fontsize=9)
        here = table[(table["quantity"] == quantity) & (table["windows"] == published)]
        for value, kind in zip(here["value"], here["kind"], strict=True):
            axes.plot(published, value, "o", color=colors[kind])
    handles = [
        Line2D([], [], color=colors[kind], linestyle=lines[kind], label=name)
        for kind, name in KINDS.items()
    ]
    handles.append(
        Line2D([], [], color=INK, linewidth=0.9, linestyle=":", label=f"{published:,} windows")
    )
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure
