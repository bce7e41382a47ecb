"""Figures of fitted laws: exponents beside published ones, optimal settings and their law."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from causeway.figures import INK, MUTED, looks
from causeway.language.scaling.compute_plots import plain_numbers
from causeway.language.scaling.hyperparameters import Tuning
from causeway.language.scaling.lines import Law

LABELS = {
    "tokens": "tokens to the target",
    "batch": "batch size, tokens",
    "learning_rate": "learning rate",
}
"""Labels of axes."""
_SYMBOLS = {"tokens": "D", "batch": "B", "learning_rate": r"\eta"}


def exponents(table: pd.DataFrame) -> Figure:
    """Draw exponents with their intervals, ours filled and published ones hollow.

    Parameters
    ----------
    table
        Columns ``quantity`` (a panel each, e.g. ``parameters``), ``name`` (a line each, e.g. the
        noise type or the paper), ``value``, ``low``, ``high`` (NaN if not known) and
        ``published`` (whether the number is another's).
    """
    quantities = list(dict.fromkeys(table["quantity"]))
    names = list(dict.fromkeys(table["name"]))
    figure = Figure(
        figsize=(1.8 + 2.4 * len(quantities), 1.5 + 0.3 * len(names)),
    )
    figure.suptitle("Exponents of compute: ● fitted here, ○ published", x=0.01, ha="left")
    panels = figure.subplots(1, len(quantities), squeeze=False, sharey=True)[0]
    for axes, quantity in zip(panels, quantities, strict=True):
        for published, colour in ((True, MUTED), (False, INK)):
            chosen = (table["quantity"] == quantity) & (table["published"] == published)
            rows = table[chosen]
            # Published above, ours below, so that neither hides the other.
            shift = -0.14 if published else 0.14
            places = np.array([names.index(name) + shift for name in rows["name"]])
            known = np.isfinite(rows["low"]) & np.isfinite(rows["high"])
            axes.hlines(
                places[known.to_numpy()], rows["low"][known], rows["high"][known], color=colour
            )
            fill = "white" if published else colour
            axes.plot(rows["value"], places, "o", color=colour, mfc=fill, mew=1.2)
        axes.set(title=quantity, xlabel="exponent")
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    panels[0].set_yticks(range(len(names)), names)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def settings_law(
    tunings: Mapping[str, Tuning], noises: Sequence[str], x: str = "tokens", y: str = "batch"
) -> Figure:
    """Draw optimal settings and the law through them, or say why there is none.

    Parameters
    ----------
    tunings
        By noise type, of :func:`causeway.language.scaling.batch_law`, or of
        :func:`causeway.language.scaling.learning_rate_law` with ``x="batch"`` and
        ``y="learning_rate"``.
    noises
        All noise types of the study in their order.
    x, y
        Columns of the tables of parabolas.
    """
    figure = Figure(figsize=(6.4, 4.2))
    figure.suptitle(f"Optimal {_named(y)}: vertices and their law", x=0.01, ha="left")
    axes = figure.subplots()
    for noise, look in looks(noises).items():
        if noise not in tunings:
            continue
        parabolas, law = tunings[noise]
        kept = parabolas[parabolas["reason"] == ""]
        axes.plot(kept[x], kept[y], look.marker, color=look.color, alpha=0.7)
        told = f"{noise}: {_in_words(law, x, y)}, {len(kept)} of {len(parabolas)} bracketed"
        ends = np.array([kept[x].min(), kept[x].max()]) if len(kept) else np.array([])
        axes.plot(ends, law(ends), look.linestyle, color=look.color, label=told)
    if tunings:
        figure.legend(loc="outside lower center")
    if not any((tuning.parabolas["reason"] == "").any() for tuning in tunings.values()):
        # Axes of nothing would have made-up numbers.
        axes.set_axis_off()
        why = "No optimum is bracketed" if tunings else f"No runs vary the {_named(y)} enough"
        axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", color=MUTED)
        return figure
    axes.set(xscale="log", yscale="log", xlabel=LABELS[x], ylabel=LABELS[y])
    plain_numbers(axes.yaxis)
    if x == "batch":
        plain_numbers(axes.xaxis)
    return figure


def _in_words(law: Law, x: str, y: str) -> str:
    exponent = law.exponent
    if not np.isfinite(exponent.estimate):
        return "no law"
    told = rf"${_SYMBOLS[y]} \propto {_SYMBOLS[x]}^{{{exponent.estimate:.3f}}}$"
    known = np.isfinite(exponent.low)
    return told + (f" [{exponent.low:.3f}, {exponent.high:.3f}]" if known else ", no interval")


def _named(column: str) -> str:
    return LABELS[column].split(",")[0]
