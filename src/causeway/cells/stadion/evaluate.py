"""Measure a learned stationary diffusion: its effects, and what it predicts."""

import logging
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import torch

from causeway import metrics as table
from causeway.cells import baselines, distances, summaries
from causeway.cells.labels import CONTROL, targets
from causeway.cells.stadion import environments as archive
from causeway.cells.stadion.config import Simulation
from causeway.cells.stadion.differences import differential
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.environments import Environments
from causeway.cells.stadion.interventions import intervention
from causeway.cells.stadion.learned import load
from causeway.cells.stadion.predictions import Prediction, model_cells, other_predictions
from causeway.cells.stadion.standard import Units
from causeway.cells.stadion.standard import units as units_of
from causeway.cells.structure import structure
from causeway.statistics import Interval, bootstrap_interval, t_interval

log = logging.getLogger(__name__)

MEASURES = ("energy-distance", "wasserstein", "rmse", "pearson-delta")
STRUCTURE = ("edge_auroc", "sign_auroc", "pearson")
"""Measures of effects that do not ask for their size: each gene has a speed of its own."""
NO_EFFECT = 0.0
"""True effects of worlds are zero or not: no smaller size has to count as none."""
HALVINGS = 10
"""Random halvings of held-out cells behind the ceiling."""


def evaluate(
    *,
    environments: Path,
    checkpoint: Path,
    metrics: Path,
    scores: Path,
    effects: Path,
    predictions: Path,
    simulation: Simulation,
    dataset: str,
    variant: str,
) -> None:
    """Compare learned with true effects, and predicted with held-out cells.

    Parameters
    ----------
    environments, checkpoint
        Folder with an archive of cells per seed, and what was learned from them.
    metrics
        Metrics to write: ``structure/<matrix>/<measure>`` where the truth is known,
        ``<kind>/<predictor>/<measure>``, and ``<kind>/skill-over-<baseline>``, by how much the
        summed energy distance is below a baseline's, as a share of that.
    scores, effects
        Tables to write: measures per held-out intervention and predictor, and effects per pair
        of genes.
    predictions
        Predicted cells, as AnnData.
    simulation
        How stationary distributions are sampled.
    dataset, variant
        The run.
    """
    learned = load(checkpoint)
    rows, tables, matrices, screens = [], [], [], []
    for seed, diffusion in learned.diffusions.items():
        cells = archive.read(environments / f"seed{seed}.npz")
        units = units_of(cells, learned.training.standardise)
        summary, predicted = _predicted(cells, diffusion, units, simulation, seed)
        control = torch.from_numpy(units.standard(cells.of(CONTROL)))
        matrix = units.matrix(diffusion.drift.jacobian(control).numpy())
        found = [*_structure(cells, matrix), *_prediction(summary, seed)]
        rows += table.rows(found, system="stadion", dataset=dataset, variant=variant, seed=seed)
        tables.append(summary.assign(seed=seed))
        matrices.append(_effects(cells, matrix).assign(seed=seed))
        screens.append(_screen(predicted, cells.genes, seed))
    table.write(rows, metrics)
    pd.concat(tables).to_parquet(scores, index=False)
    pd.concat(matrices).to_parquet(effects, index=False)
    anndata.concat(screens).write_h5ad(predictions)


def _predicted(
    cells: Environments,
    diffusion: StationaryDiffusion,
    units: Units,
    simulation: Simulation,
    seed: int,
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Predict all held-out interventions that can be; return scores and cells."""
    held_out = {
        label: found
        for label in cells.held_out
        if (found := intervention(label, diffusion, cells, units)) is not None
    }
    if left_out := sorted(set(cells.held_out) - set(held_out)):
        log.warning("not predicted, as a target was never trained on: %s", ", ".join(left_out))
    predicted = model_cells(held_out, diffusion, units, simulation, seed)
    trained = np.isin(cells.labels, cells.train)
    known = baselines.training(
        cells.cells[trained], cells.labels[trained], int(trained.sum()), seed
    )
    rows = [
        row
        for label, one in held_out.items()
        for row in _scored(label, one.kind, predicted[label], cells, known, seed)
    ]
    summary = pd.DataFrame(rows, columns=["perturbation", "kind", "predictor", *MEASURES])
    return summary, predicted


def _scored(
    label: str,
    kind: str,
    predicted: np.ndarray,
    cells: Environments,
    known: baselines.Training,
    seed: int,
) -> Iterator[tuple[str | float, ...]]:
    """Score all predictors of one held-out intervention; halves of its cells are the ceiling."""
    observed, origin = cells.of(label), known.control.mean(0, dtype=np.float64)
    predictors = [
        Prediction("model", predicted),
        *other_predictions(label, kind, cells, known),
    ]
    for name, guess in predictors:
        yield label, kind, name, *_measured(guess, observed, origin)
    halves = [_measured(*pair, origin) for pair in baselines.halves(observed, HALVINGS, seed)]
    if halves:
        yield label, kind, "split-half", *np.mean(halves, axis=0).tolist()


def _measured(guess: np.ndarray, observed: np.ndarray, origin: np.ndarray) -> list[float]:
    if not np.isfinite(guess).all():
        return [math.inf, math.inf, math.inf, math.nan]
    means = guess.mean(0, dtype=np.float64), observed.mean(0, dtype=np.float64)
    return [
        distances.energy_distance(guess, observed),
        distances.wasserstein(guess, observed),
        summaries.rmse(*means),
        summaries.pearson(means[0] - origin, means[1] - origin),
    ]


def _effects(cells: Environments, learned: np.ndarray) -> pd.DataFrame:
    """Effects per ordered pair of genes; true ones are NaN where they are not known."""
    genes = np.array(cells.genes)
    unknown = np.full_like(learned, np.nan, dtype=float)
    return pd.DataFrame(
        {
            "source": np.tile(genes, len(genes)),
            "target": np.repeat(genes, len(genes)),
            "learned": learned.ravel(),
            "differential": differential(cells).ravel(),
            "true": (unknown if cells.truth is None else cells.truth).ravel(),
        }
    )


def _screen(predicted: dict[str, np.ndarray], genes: list[str], seed: int) -> anndata.AnnData:
    """Predicted cells in the canonical form of a screen."""
    sizes = [len(cells) for cells in predicted.values()]
    labels = np.repeat(np.array(list(predicted), dtype=str), sizes)
    return anndata.AnnData(
        X=np.concatenate([*predicted.values(), np.empty((0, len(genes)))]).astype(np.float32),
        obs=pd.DataFrame(
            {
                "perturbation": labels,
                "nperts": [len(targets(label)) for label in labels],
                "seed": seed,
            },
            index=[f"seed{seed}-cell{cell:06d}" for cell in range(len(labels))],
        ),
        var=pd.DataFrame(index=genes),
    )


def _structure(cells: Environments, learned: np.ndarray) -> Iterator[tuple[str, Interval]]:
    if cells.truth is None:
        return
    matrices = {
        "model": learned,
        "differential": differential(cells),
        "empty": np.zeros_like(cells.truth),
    }
    pairs = len(cells.genes) * (len(cells.genes) - 1)
    for name, matrix in matrices.items():
        found = structure(matrix, cells.truth, NO_EFFECT)
        for measure in STRUCTURE:
            value = Interval(getattr(found, measure), math.nan, math.nan, pairs)
            yield f"structure/{name}/{measure.replace('_', '-')}", value


def _prediction(summary: pd.DataFrame, seed: int) -> Iterable[tuple[str, Interval]]:
    for (kind, predictor), part in summary.groupby(["kind", "predictor"]):
        for measure in MEASURES:
            yield f"{kind}/{predictor}/{measure}", _mean(part[measure].to_numpy())
    wide = summary.pivot(
        index=["kind", "perturbation"], columns="predictor", values="energy-distance"
    )
    for kind, part in wide.groupby(level="kind"):
        model = part["model"].to_numpy()
        for baseline in ("control", "mean", "told"):
            other = part[baseline].to_numpy() if baseline in part else np.array([math.nan])
            if np.isfinite(other).all():
                yield f"{kind}/skill-over-{baseline}", _skill(model, other, seed)


def _mean(values: np.ndarray) -> Interval:
    if not np.isfinite(values).all():
        return Interval(float(values.mean()), math.nan, math.nan, len(values))
    return t_interval(values)


def _skill(model: np.ndarray, other: np.ndarray, seed: int) -> Interval:
    """Share by which the summed energy distance is below another's, over interventions."""

    def statistic(ours: np.ndarray, theirs: np.ndarray, axis: int) -> np.ndarray:
        return 1 - ours.sum(axis=axis) / theirs.sum(axis=axis)

    if not np.isfinite(model).all():
        return Interval(-math.inf, math.nan, math.nan, len(model))
    return bootstrap_interval(model, other, seed=seed, statistic=statistic, resamples=2000)
