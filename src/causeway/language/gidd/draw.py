"""Draw the laws of a sweep and what its models write."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from causeway import metrics as table
from causeway.figures import looks, remark, save, style
from causeway.language.gidd import plots, tuning
from causeway.language.gidd.making import masks_alone
from causeway.language.gidd.points import prepared
from causeway.language.gidd.settings import Sweep
from causeway.language.scaling.compute_plots import loss_against_compute
from causeway.language.scaling.hyperparameters import Tuning
from causeway.language.scaling.law_plots import exponents as exponents_figure
from causeway.language.scaling.law_plots import settings_law
from causeway.language.scaling.parabola_plots import isoflop_curves
from causeway.language.settings import Artificial, Source
from causeway.statistics import Interval

EXPONENTS = {
    "parameters": "optimum/parameters/flops",
    "FLOPs per token": "optimum/flops-per-token/flops",
    "tokens": "optimum/tokens/flops",
    "loss": "optimum/parameters/flops/loss",
}
"""Panels and the metrics that they show."""
SURFACE = "surface/varpro/size-exponent"


def draw(
    *,
    curves: Path,
    points: Path,
    vertices: Path,
    tunings: Path,
    laws: Path,
    texts: Path,
    qualities: Path,
    corrections: Path,
    published: Path,
    compute: Path,
    isoflops: Path,
    exponents: Path,
    batches: Path,
    samples: Path,
    corrected: Path,
    source: Source,
    sweep: Sweep,
    noises: list[str],
    dataset: str,
) -> None:
    """Draw all figures of one text.

    Parameters
    ----------
    curves
        Of the step ``gather``.
    points, vertices, tunings, laws
        Of the step ``fit``; ``laws`` are its metrics.
    texts, qualities, corrections
        Of the step ``sample``; ``qualities`` are its metrics.
    published
        TSV file of exponents of others: ``quantity``, ``name``, ``value``, ``low``, ``high``,
        ``source``.
    compute, isoflops, exponents, batches, samples, corrected
        Figures to write.
    source
        Where the text comes from; figures of artificial text say so.
    sweep
        Section of the configuration.
    noises
        All types of noise of the configuration, in its order.
    dataset
        Name of the text.
    """
    kept = prepared(pd.read_parquet(curves), sweep).curves
    read, bent, varied = (pd.read_parquet(path) for path in (points, vertices, tunings))
    told, judged = table.read([laws]), table.read([qualities])
    present = [name for name in noises if name in set(kept["noise"])]
    data = f"text {dataset}"
    if isinstance(source, Artificial):
        data += ": a made-up language, not real text"
    repeats = told.loc[told["metric"] == "comparable", "value"].min() < 1
    scale = "; text repeats: not comparable with published exponents" if repeats else ""
    others = pd.read_csv(published, sep="\t")
    shown = _exponents(told, others, present)
    if shown.loc[~shown["published"], "value"].isna().all():
        scale = "; the runs determine no law" + scale
    untrained = [name for name, noise in sweep.noises.items() if masks_alone(noise)]
    laws_of = {name: _tuning(varied, told, name) for name in present if _has(varied, name)}
    with style():
        figures = {
            compute: (loss_against_compute(kept, noises), ""),
            isoflops: (isoflop_curves(read, _parabolas(bent, present)), ""),
            exponents: (exponents_figure(shown), scale),
            batches: (settings_law(laws_of, noises), ""),
            samples: (plots.samples(pd.read_parquet(texts), judged), ""),
            corrected: (
                plots.corrections(pd.read_parquet(corrections), judged, looks(noises), untrained),
                "",
            ),
        }
        for path, (figure, more) in figures.items():
            remark(figure, data + more)
            save(figure, path)


def _parabolas(vertices: pd.DataFrame, noises: Sequence[str]) -> dict[str, pd.DataFrame]:
    shown = vertices[(vertices["axis"] == "parameters") & (vertices["counting"] == "flops")]
    shown = shown.rename(columns={"vertex": "parameters"})
    return {noise: shown[shown["noise"] == noise] for noise in noises}


def _exponents(told: pd.DataFrame, others: pd.DataFrame, noises: Sequence[str]) -> pd.DataFrame:
    """Ours, of parabolas and of surfaces, and those of others."""
    names = {metric: (panel, "") for panel, metric in EXPONENTS.items()}
    names[SURFACE] = ("parameters", ", surface")
    ours = told[told["metric"].isin(names) & told["variant"].isin(noises)]
    ours = ours.assign(
        quantity=[names[metric][0] for metric in ours["metric"]],
        name=[
            f"{noise}{names[metric][1]}"
            for noise, metric in zip(ours["variant"], ours["metric"], strict=True)
        ],
        published=False,
    )
    columns = ["quantity", "name", "value", "low", "high", "published"]
    found = pd.concat([ours[columns], others.assign(published=True)[columns]], ignore_index=True)
    order = [*noises, *(f"{noise}, surface" for noise in noises), *others["name"]]
    panels = list(EXPONENTS)
    return found.assign(
        line=[order.index(name) for name in found["name"]],
        panel=[panels.index(quantity) for quantity in found["quantity"]],
    ).sort_values(["panel", "line"], ignore_index=True)


def _has(tunings: pd.DataFrame, noise: str) -> bool:
    return bool(len(tunings)) and bool(_of_batches(tunings, noise).any())


def _of_batches(tunings: pd.DataFrame, noise: str) -> pd.Series:
    return (tunings["noise"] == noise) & (tunings["law"] == "batch")


def _tuning(tunings: pd.DataFrame, told: pd.DataFrame, noise: str) -> Tuning:
    mine = told[told["variant"] == noise].set_index("metric")
    numbers = {
        str(name): Interval(row["value"], row["low"], row["high"], int(row["n"]))
        for name, row in mine.iterrows()
    }
    shown = tunings[_of_batches(tunings, noise)]
    return Tuning(shown, tuning.law(numbers, "batch"))
