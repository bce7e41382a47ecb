"""Figures of generative intervention models."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from causeway import evidence
from causeway.cells.gim.held_out import UNSEEN_DOSE, UNSEEN_DRUG
from causeway.figures import INK, MUTED, Look

TITLES = {
    "train": "training contexts",
    UNSEEN_DOSE: "unseen doses of seen drugs",
    UNSEEN_DRUG: "unseen drugs",
}
CONTROLS = {
    "control": "control cells",
    "mean": "mean shift of training",
    "pooled": "all training cells",
    "nearest": "nearest dose or drug",
    "split-half": "half of the cells",
}


def targets(told: pd.DataFrame, variants: Sequence[str]) -> Figure:
    """Draw true targets and those inferred from features, a row per perturbation.

    Parameters
    ----------
    told
        Table ``targets`` of the step ``evaluate`` of one seed with a column ``variant``.
    variants
        Those to draw, in their order.
    """
    splits = [name for name in TITLES if (told["split"] == name).any()]
    known = bool(told["true"].notna().all())
    columns = [*(["true"] if known else []), *variants]
    rows = [told.loc[told["split"] == name, "perturbation"].nunique() for name in splits]
    figure = Figure(figsize=(1.6 + 1.7 * len(columns), 1.6 + 0.06 * sum(rows)))
    figure.suptitle("True and inferred targets")
    panels = figure.subplots(
        len(splits), len(columns), squeeze=False, gridspec_kw={"height_ratios": rows}
    )
    for line, name in zip(panels, splits, strict=True):
        part = told[told["split"] == name]
        for axes, column in zip(line, columns, strict=True):
            image = _heat(axes, part, column, variants[0])
            if name == splits[0]:
                axes.set_title(column, fontsize=9)
        line[0].set_ylabel(TITLES[name], fontsize=8)
    for axes in panels[-1]:
        axes.set_xlabel("genes", fontsize=8)
    bar = figure.colorbar(image, ax=panels, shrink=0.6, aspect=30, pad=0.02)
    bar.set_label("probability, mean over doses")
    bar.outline.set_visible(False)
    return figure


def distances(numbers: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw energy distances of predictions to cells, of models and of controls.

    Parameters
    ----------
    numbers
        Metrics of one dataset.
    looks
        Looks of the variants.
    """
    splits = [
        name
        for name in (UNSEEN_DOSE, UNSEEN_DRUG)
        if (numbers["metric"] == f"{name}/model/energy-distance").any()
    ]
    figure = Figure(figsize=(1.6 + 2.9 * len(splits), 1.3 + 0.28 * (len(looks) + len(CONTROLS))))
    figure.suptitle("Energy distance of predicted to observed cells; 0 is best")
    panels = figure.subplots(1, len(splits), sharey=True, squeeze=False)[0]
    names = [*looks, *CONTROLS]
    for axes, split in zip(panels, splits, strict=True):
        for place, name in enumerate(names):
            method = "model" if name in looks else name
            # Controls do not depend on the variant.
            rows = numbers[numbers["metric"] == f"{split}/{method}/energy-distance"]
            rows = rows[rows["variant"] == (name if name in looks else next(iter(looks)))]
            if rows.empty:
                continue
            found = evidence.mean(rows.set_index("seed")).interval
            look = looks.get(name)
            color, marker = (look.color, look.marker) if look else (MUTED, "o")
            if not np.isnan(found.low):
                axes.plot([found.low, found.high], [place, place], color=color, linewidth=1.2)
            axes.plot(found.estimate, place, marker, color=color, markersize=5.5)
        axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
        axes.set_title(TITLES[split], fontsize=9)
        axes.set_xlabel("control standard deviations")
    panels[0].set_yticks(range(len(names)), [CONTROLS.get(name, f"GIM, {name}") for name in names])
    panels[0].invert_yaxis()
    return figure


def curves(history: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Draw the parts of the objective over training.

    Parameters
    ----------
    history
        Histories of all variants with a column ``variant``; metrics ``seed<seed>/<term>``.
    looks
        Looks of the variants.
    """
    panels = {
        "likelihood": "minus log likelihood per cell",
        "cycles": "weighted cyclicity per cell",
    }
    figure = Figure(figsize=(7.2, 3.2))
    figure.suptitle("Training, mean over seeds and single seeds")
    split = history["metric"].str.split("/", n=1, expand=True)
    history = history.assign(seed=split[0], term=split[1])
    for axes, (term, title) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        for name, look in looks.items():
            rows = history[(history["variant"] == name) & (history["term"] == term)]
            lines = rows.pivot(index="step", columns="seed", values="value")
            axes.plot(lines.index, lines, color=look.color, linewidth=0.5, alpha=0.5)
            axes.plot(lines.index, lines.mean(axis=1), color=look.color, linestyle=look.linestyle)
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("step")
    handles = [
        Line2D([], [], color=look.color, linestyle=look.linestyle, linewidth=2, label=name)
        for name, look in looks.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(looks))
    return figure


def _heat(axes: Axes, part: pd.DataFrame, column: str, first: str) -> AxesImage:
    rows = part[part["variant"] == (first if column == "true" else column)]
    value = "true" if column == "true" else "chance"
    heat = rows.groupby(["perturbation", "gene"])[value].mean().unstack()
    image = axes.imshow(heat, aspect="auto", interpolation="nearest", vmin=0, vmax=1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image
