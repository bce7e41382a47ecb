"""Figures of what CLIPR reads off a trained drift."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from causeway.cells.lcd.modules import Modules
from causeway.figures import INK, MUTED, looks

NAMED = 60
"""Genes whose names are written, at most."""
SATURATED = 0.99
"""Quantile of absolute off-diagonal effects at which the colours end."""
UNKNOWN = "#d5d9de"
"""Colour of effects of which nothing is known."""


def matrix(matrices: Mapping[str, np.ndarray], modules: Modules, genes: list[str]) -> Figure:
    """Draw matrices of effects in the order of the tree of genes.

    Parameters
    ----------
    matrices
        By name, shape (d, d) each, entry ``[i, j]`` being the effect of gene j on gene i: the
        one that was read off, and what it may be compared with. Each has its own colour scale,
        as scales of drifts are not comparable. Rows and columns of zeros alone are grey: nothing
        is known of them, and the scale leaves them out.
    modules
        Tree of genes, of the first matrix.
    genes
        Names.
    """
    figure = Figure(figsize=(0.9 + 3.6 * len(matrices), 4.2))
    figure.suptitle("Effects between genes, in the order of the modules of the first matrix")
    panels = figure.subplots(1, len(matrices), squeeze=False)[0]
    order, numbers = modules.order, modules.numbers[modules.order]
    edges = np.flatnonzero(np.diff(numbers)) + 0.5
    unknown = False
    for axes, (name, effects) in zip(panels, matrices.items(), strict=True):
        shown = np.array(effects, dtype=np.float64)[np.ix_(order, order)]
        known = measured(shown)
        unknown |= not known.all()
        limit = colour_limit(shown, known)
        image = axes.imshow(
            np.ma.masked_where(~known, shown),
            cmap=colormaps["RdBu_r"].with_extremes(bad=UNKNOWN),
            vmin=-limit,
            vmax=limit,
            interpolation="nearest",
        )
        for edge in edges:
            axes.axhline(edge, color=INK, linewidth=0.6)
            axes.axvline(edge, color=INK, linewidth=0.6)
        axes.grid(False)
        axes.set(title=name, xlabel="gene that acts")
        _names(axes, [genes[gene] for gene in order])
        figure.colorbar(image, ax=axes, shrink=0.7, extend="both")
    panels[0].set_ylabel("gene acted on")
    if unknown:
        words = "not known, as the gene was not perturbed by itself"
        figure.legend(handles=[Patch(color=UNKNOWN, label=words)], loc="outside lower center")
    return figure


def measured(effects: np.ndarray) -> np.ndarray:
    """Entries of rows and columns that hold more than zeros, shape (d, d)."""
    there = effects != 0
    return np.outer(there.any(axis=1), there.any(axis=0))


def colour_limit(effects: np.ndarray, known: np.ndarray) -> float:
    """Where the colours of a matrix end: a quantile of its known off-diagonal effects."""
    sizes = np.abs(effects[known & ~np.eye(len(effects), dtype=bool)])
    limit = float(np.quantile(sizes, SATURATED)) if sizes.size else 0.0
    return limit or float(np.abs(effects).max()) or 1.0


def _names(axes: Axes, genes: list[str]) -> None:
    if len(genes) > NAMED:
        axes.set(xticks=[], yticks=[])
        return
    size = min(8.0, 170 / len(genes))
    axes.set_xticks(range(len(genes)), genes, rotation=90, fontsize=size)
    axes.set_yticks(range(len(genes)), genes, fontsize=size)


def calibration(table: pd.DataFrame) -> Figure:
    """Draw how often an edge is followed by differential expression, by the strength it needs.

    Parameters
    ----------
    table
        Of :func:`causeway.cells.lcd.implication.implication`.
    """
    table = table[table["edges"] > 0]
    if table.empty:
        figure = Figure(figsize=(6.4, 0.7))
        figure.suptitle("No edge starts at a gene of the panel that was perturbed by itself")
        return figure
    figure = Figure(figsize=(6.4, 3.8))
    figure.suptitle("Does an edge mean that perturbing its source changes its target?")
    axes = figure.subplots()
    groups = list(dict.fromkeys(table["sources"]))
    quantiles = sorted(table["quantile"].unique())
    for shift, (group, look) in zip(
        np.linspace(-0.08, 0.08, len(groups)), looks(groups).items(), strict=True
    ):
        rows = table[table["sources"] == group].set_index("quantile").reindex(quantiles)
        places = np.arange(len(quantiles)) + shift
        color = look.color
        axes.plot(places, rows["probability"], look.marker, color=color, label=f"{group} sources")
        axes.vlines(places, rows["low"], rows["high"], color=color, alpha=0.7)
        axes.plot(
            places, rows["base"], "--", color=color, linewidth=1, label=f"{group}: base rate"
        )
        for place, (_, row) in zip(places, rows.iterrows(), strict=True):
            if np.isfinite(row["edges"]):
                axes.annotate(
                    f"{row['edges']:.0f}",
                    (place, row["probability"]),
                    xytext=(6, 4),
                    textcoords="offset points",
                    fontsize=7,
                    color=MUTED,
                )
    axes.set_xticks(range(len(quantiles)), [f"{quantile:g}" for quantile in quantiles])
    axes.set(
        xlabel="quantile of absolute effects above which an edge is called (numbers: edges)",
        ylabel="share of edges whose target changes",
        ylim=(-0.03, 1.05),
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
