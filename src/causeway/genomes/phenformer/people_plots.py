"""Figures of people: which contexts matter to a disease, risks, populations and expression."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from causeway.figures import INK, MUTED, PALETTE
from causeway.statistics import t_interval

OURS, RIVAL, TRUE = PALETTE[0], PALETTE[6], PALETTE[1]
"""Colours of the network, of what it is compared with, and of what is true."""
ESTIMATORS = {
    "context-only": "risk by one\ncontext alone",
    "occlusion": "occlusion,\ncases",
    "occlusion-contrast": "occlusion, cases\nless controls",
    "attention": "attention times\ngradient",
    "occlusion-shuffled": "occlusion of\nshuffled contexts",
    "specificity": "specificity of\nplanted genes",
}
"""Estimators of how much a context matters, and what they are called."""
UNITS = {"context-only": "AUROC", "attention": "attention", "specificity": "standard errors"}
"""What their scores are; others are changes of log-odds."""
CHANCE = {
    "context-only": 0.5,
    "occlusion-contrast": 0.0,
    "occlusion-shuffled": 0.0,
    "specificity": 0.0,
}
"""What a context scores that has nothing to do with the disease; where that is known."""
DISEASES = 4
"""Diseases that are drawn one by one, at most."""
INPUTS = {
    "expression": "predicted expression",
    "genotypes": "genotypes, projected",
    "components": "components, projected",
    "shuffled": "shuffled contexts",
    "permuted": "exchanged diseases",
    "null": "null diseases",
}
"""What a network reads, and what that is called."""
PAIRS = {
    "alone": ("phenformer", "prs"),
    "with covariates": ("phenformer+covariates", "prs+covariates"),
    "with score and covariates": ("prs+phenformer+covariates", "prs+covariates"),
}
"""Panels of risks: an ensemble with the network, and what it is drawn beside."""
GAIN = "gain-prs"
SEVERAL = 10
"""Genes from which on their median is drawn [ours]."""
METHODS = {"model": "Phenformer, never shown a person", "elastic-net": "elastic net on genotypes"}
"""Predictions of expression of people, and what they are called."""


def hypotheses(scores: pd.DataFrame, known: str = "planted") -> Figure:
    """Draw contexts in the order of each estimator, true ones marked, and how they are found.

    Parameters
    ----------
    scores
        Columns ``seed, estimator, disease, context, value, low, high``, and ``true`` if anything
        is known of contexts. Diseases of the first seed are drawn one by one; the last row of
        panels is about those of all seeds, and absent where nothing is known.
    known
        What true contexts are called.
    """
    names = [name for name in ESTIMATORS if (scores["estimator"] == name).any()]
    first = scores[scores["seed"] == scores["seed"].iloc[0]]
    diseases = list(dict.fromkeys(first["disease"]))[:DISEASES]
    judged = "true" in scores
    heights = [1.0] * len(diseases) + [1.35] * judged
    figure = Figure(figsize=(1.0 + 1.85 * len(names), 1.5 + 1.25 * sum(heights)))
    told = f"; {known} ones are marked" if judged else ""
    figure.suptitle(f"Contexts ranked as causes of diseases{told}")
    panels = figure.subplots(
        len(heights), len(names), squeeze=False, height_ratios=heights, sharex=True
    )
    for line, disease in zip(panels, diseases, strict=False):
        for axes, name in zip(line, names, strict=True):
            rows = first[(first["disease"] == disease) & (first["estimator"] == name)]
            _ranked(axes, rows, CHANCE.get(name), known)
        line[0].set_ylabel(disease, fontsize=8)
    handles = [Line2D([], [], color=INK, linewidth=0.9, linestyle="--", label="chance")]
    if judged:
        handles = _judged(panels[-1], scores, names, known) + handles
    for axes in panels[-1]:
        axes.set_xlabel("rank", fontsize=8)
    for axes, name in zip(panels[0], names, strict=True):
        unit = UNITS.get(name, "log-odds")
        axes.set_title(f"{ESTIMATORS[name]}\n({unit})", fontsize=8, loc="center")
    for axes in panels.flat:
        axes.tick_params(labelsize=7)
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _judged(
    panels: NDArray[np.object_], scores: pd.DataFrame, names: list[str], known: str
) -> list[Line2D]:
    """How true contexts are found, an estimator per panel; and what marks mean."""
    for axes, name in zip(panels, names, strict=True):
        _found(axes, scores[scores["estimator"] == name])
    panels[0].set_ylabel(f"share of {known}\ncontexts found", fontsize=8)
    for axes in panels[1:]:
        axes.tick_params(labelleft=False)
    seeds = scores["seed"].nunique()
    pairs = len(scores[["seed", "disease"]].drop_duplicates())
    return [
        Line2D([], [], color=TRUE, marker="D", linestyle="", label=known),
        Line2D([], [], color=MUTED, marker="o", linestyle="", label="other contexts"),
        Line2D([], [], color=OURS, label=f"all {pairs} diseases of {_count(seeds, 'seed')}"),
    ]


def _ranked(axes: Axes, rows: pd.DataFrame, chance: float | None, known: str) -> None:
    """Scores from the highest to the lowest, with 95 % intervals over people."""
    rows = rows.sort_values("value", ascending=False, kind="stable", na_position="last")
    ranks = np.arange(1, len(rows) + 1)
    if chance is not None:
        axes.axhline(chance, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    judged = "true" in rows
    trues = rows["true"].to_numpy(dtype=bool) if judged else np.zeros(len(rows), dtype=bool)
    for true, color, marker in ((False, MUTED, "o"), (True, TRUE, "D")):
        here = trues == true
        mine = rows[here]
        axes.vlines(ranks[here], mine["low"], mine["high"], color=color, linewidth=1.0)
        axes.plot(ranks[here], mine["value"], marker, color=color, markersize=4)
    if not judged:
        return
    told = ", ".join(str(rank) for rank in ranks[trues]) or "none"
    # Scores fall from left to right, so that this corner is free when there is room above.
    axes.margins(y=0.12)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.28 * (high - low))
    axes.text(
        0.97,
        0.96,
        f"{known}: {told} of {len(rows)}",
        transform=axes.transAxes,
        fontsize=7,
        color=TRUE,
        ha="right",
        va="top",
    )


def _found(axes: Axes, rows: pd.DataFrame) -> None:
    """Share of true contexts among the first k, over all diseases; chance is a diagonal."""
    ranks = rows.groupby(["seed", "disease"])["value"].rank(
        ascending=False, method="first", na_option="bottom"
    )
    contexts = rows["context"].nunique()
    places = np.arange(contexts + 1)
    true = ranks[rows["true"].astype(bool)].to_numpy()
    share = (true[:, None] <= places).mean(axis=0)
    axes.plot(places, places / contexts, color=INK, linewidth=0.9, linestyle="--")
    axes.step(places, share, where="post", color=OURS)
    axes.set_ylim(0, 1.05)


def risks(areas: pd.DataFrame) -> Figure:
    """Draw areas of the network by what it reads, beside polygenic scores, and what it adds.

    Parameters
    ----------
    areas
        Columns ``seed, input, disease, model, auroc``; ``model`` is an ensemble or ``gain-prs``.
    """
    inputs = [name for name in INPUTS if (areas["input"] == name).any()]
    figure = Figure(figsize=(9.6, 1.7 + 0.5 * len(inputs)))
    figure.suptitle(
        "Risk of test people: a dot per disease, mean and 95 % interval within what can be"
    )
    panels = figure.subplots(1, len(PAIRS) + 1, sharey=True)
    for axes, (title, (ours, theirs)) in zip(panels, PAIRS.items(), strict=False):
        axes.axvline(0.5, color=INK, linewidth=0.9, linestyle="--", zorder=1)
        for place, name in enumerate(inputs):
            rows = areas[areas["input"] == name]
            _strip(axes, place - 0.17, _areas(rows, ours), OURS, "D")
            _strip(axes, place + 0.17, _areas(rows, theirs), RIVAL, "o")
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("AUROC")
    axes = panels[-1]
    axes.axvline(0, color=INK, linewidth=0.9, linestyle="--", zorder=1)
    for place, name in enumerate(inputs):
        _strip(axes, place, _areas(areas[areas["input"] == name], GAIN), OURS, "D", least=-1.0)
    axes.set_title("gain of the network", fontsize=9)
    axes.set_xlabel("difference of AUROC")
    for axes in panels:
        axes.locator_params(axis="x", nbins=5)
    panels[0].set_yticks(range(len(inputs)), [INPUTS[name] for name in inputs])
    panels[0].set_ylim(len(inputs) - 0.5, -0.5)
    handles = [
        Line2D([], [], color=OURS, marker="D", linestyle="", label="with the network"),
        Line2D([], [], color=RIVAL, marker="o", linestyle="", label="polygenic score, no network"),
        Line2D([], [], color=INK, linewidth=0.9, linestyle="--", label="chance"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _areas(rows: pd.DataFrame, model: str) -> NDArray[np.float64]:
    return rows.loc[rows["model"] == model, "auroc"].dropna().to_numpy(dtype=np.float64)


def _strip(
    axes: Axes,
    place: float,
    values: NDArray[np.float64],
    color: str,
    marker: str,
    width: float = 0.09,
    least: float = 0.0,
) -> None:
    """Dots along a line, their mean and its interval, cut at the least possible value and 1."""
    if not len(values):
        return
    spread = width * np.sin(2.4 * np.arange(len(values)))
    axes.plot(values, place + spread, ".", color=color, markersize=4, alpha=0.45)
    mean = t_interval(values)
    if np.isfinite(mean.low):
        ends = [max(mean.low, least), min(mean.high, 1.0)]
        axes.plot(ends, [place, place], color=INK, linewidth=1.3)
    axes.plot(mean.estimate, place, marker, color=color, markeredgecolor=INK, markeredgewidth=0.8)


def populations(table: pd.DataFrame) -> Figure:
    """Draw areas within each population, of diseases with causes and of null diseases.

    Parameters
    ----------
    table
        Columns ``seed, input, disease, population, auroc, cases, n``; the population with most
        training people comes first.
    """
    shown = {"expression": "measured diseases"}
    if (table["input"] == "null").any():
        shown = {"expression": "planted diseases", "null": "null diseases"}
    names = list(dict.fromkeys(table["population"]))
    figure = Figure(figsize=(1.8 + 3.0 * len(shown), 1.5 + 0.42 * len(names)))
    figure.suptitle(
        "Risk within populations: a dot per disease,\nmean and 95 % interval from 0 to 1"
    )
    panels = figure.subplots(1, len(shown), sharey=True, sharex=True, squeeze=False)[0]
    for axes, (kind, title) in zip(panels, shown.items(), strict=True):
        axes.axvline(0.5, color=INK, linewidth=0.9, linestyle="--", zorder=1)
        for place, name in enumerate(names):
            rows = table[(table["input"] == kind) & (table["population"] == name)]
            values = rows["auroc"].dropna().to_numpy(dtype=np.float64)
            color = OURS if kind == "expression" else RIVAL
            _strip(axes, place, values, color, "D", width=0.2)
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("AUROC of the whole ensemble; dashed: chance", fontsize=8)
    labels = [
        f"{name or 'all people'}{' (most trained)' if not place and len(names) > 1 else ''}\n"
        f"{_range(table.loc[table['population'] == name, 'n'])} people, "
        f"{_range(table.loc[table['population'] == name, 'cases'])} cases"
        for place, name in enumerate(names)
    ]
    panels[0].set_yticks(range(len(names)), labels, fontsize=8)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def _range(values: "pd.Series[int]") -> str:
    low, high = int(values.min()), int(values.max())
    return f"{low}" if low == high else f"{low}\N{EN DASH}{high}"


def individuals(table: pd.DataFrame) -> Figure:
    """Draw how far predicted expression follows the person, a histogram over genes per method.

    Parameters
    ----------
    table
        Columns ``method, gene, r``.
    """
    methods = [name for name in METHODS if (table["method"] == name).any()]
    figure = Figure(figsize=(7.2, 1.0 + 1.45 * len(methods)))
    figure.suptitle("Predicted and true expression across people, gene by gene")
    panels = figure.subplots(len(methods), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name, color in zip(panels, methods, (OURS, RIVAL), strict=False):
        r = table.loc[table["method"] == name, "r"].to_numpy(dtype=np.float64)
        known = r[np.isfinite(r)]
        counts, edges = np.histogram(known, bins=np.linspace(-1, 1, 41))
        axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=color, linewidth=0)
        axes.axvline(0, color=INK, linewidth=0.9, linestyle="--")
        if len(known) >= SEVERAL:
            axes.axvline(float(np.median(known)), color=TRUE, linewidth=1.6)
        axes.set_title(f"{METHODS[name]}: {_summary(r)}", fontsize=8)
        axes.set_ylabel("genes")
        axes.grid(visible=False, axis="x")
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    panels[-1].set_xlim(-1.02, 1.02)
    panels[-1].set_xlabel("Pearson r across test people")
    handles = [Line2D([], [], color=INK, linewidth=0.9, linestyle="--", label="no relation")]
    if table.dropna(subset="r").groupby("method").size().max() >= SEVERAL:
        handles.append(Line2D([], [], color=TRUE, label="median"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _summary(r: NDArray[np.float64]) -> str:
    known = r[np.isfinite(r)]
    if not len(known):
        return "no gene varies"
    below = 100 * np.mean(known < 0)
    text = f"{_count(len(known), 'gene')}, median {np.median(known):.2f}, {below:.0f} % below 0"
    silent = len(r) - len(known)
    return text + (f"; {silent} without variation" if silent else "")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
