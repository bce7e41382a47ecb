"""Measure predictions, targets and edges of trained models and of baselines."""

import logging
from collections.abc import Iterable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from causeway import metrics as table
from causeway.cells.gim import graphs, splitting
from causeway.cells.gim.ancestral import sample
from causeway.cells.gim.config import Evaluation
from causeway.cells.gim.contexts import Context, Screen, read
from causeway.cells.gim.controls import Controls
from causeway.cells.gim.data import batch_of
from causeway.cells.gim.model import InterventionModel
from causeway.cells.gim.module import load
from causeway.cells.gim.scores import compare, hamming, recovered
from causeway.cells.gim.standard import Units
from causeway.cells.labels import targets as targets_of
from causeway.cells.splits import read_splits
from causeway.statistics import Interval, bootstrap_interval

log = logging.getLogger(__name__)

MODEL, CEILING = "model", "split-half"
"""Names of the model and of the noise of sampling: one half of the observed cells against the
other."""
RESAMPLES = 999
"""Bootstrap samples per interval."""


def evaluate(
    *,
    checkpoint: Path,
    screens: Path,
    metrics: Path,
    scores: Path,
    targets: Path,
    predictions: Path,
    evaluation: Evaluation,
    seeds: list[int],
    dataset: str,
    variant: str,
) -> None:
    """Predict cells of all test contexts, and compare them, targets and edges with the truth.

    Distances are in control standard deviations of genes. Intervals are over perturbations, as
    doses of one perturbation are not independent.

    Parameters
    ----------
    checkpoint
        Models of all seeds.
    screens
        Folder of the step ``prepare``.
    metrics
        Table to write, see :mod:`causeway.metrics`: ``<split>/<method>/<distance>``,
        ``<split>/gain-<baseline>/<distance>`` (the baseline's less the model's, positive where the
        model is better), ``<split>/targets/auprc`` and ``f1``, ``edges/auprc`` and ``hamming``.
    scores
        Table to write: distances by ``seed, split, method, perturbation, dose, measure``.
    targets
        Table to write: ``seed, split, perturbation, dose, gene, chance`` (given features),
        ``posterior`` (given training cells too, NaN in tests) and ``true``.
    predictions
        ``.h5ad`` file to write: predicted cells of the test contexts of all seeds.
    evaluation
        Section of the configuration.
    seeds
        Seeds of the replicates.
    dataset, variant
        Names of the run.
    """
    module = load(checkpoint)
    found: list[table.Metric] = []
    measured, told, cells = [], [], []
    for seed in seeds:
        screen, model = read(screens / f"seed{seed}.h5ad"), module.model(seed)
        split = read_splits(screens / f"seed{seed}.tsv")
        train = splitting.training(split)
        units = Units.of(screen, train)
        rows, predicted = _distances(model, screen, split, units, evaluation, seed)
        hits = _targets(model, screen, split, units)
        measured.append(rows.assign(seed=seed))
        told.append(hits.assign(seed=seed))
        cells.append(predicted)
        values = _summary(rows, seed) | _target_scores(hits) | _edge_scores(model, screen)
        for name, value in values.items():
            log.info("seed %d, %s: %.4g", seed, name, value.estimate)
        found += table.rows(
            values.items(), system="gim", dataset=dataset, variant=variant, seed=seed
        )
    table.write(found, metrics)
    pd.concat(measured, ignore_index=True).to_parquet(scores, index=False)
    pd.concat(told, ignore_index=True).to_parquet(targets, index=False)
    anndata.concat(cells).write_h5ad(predictions)


def _distances(
    model: InterventionModel,
    screen: Screen,
    split: pd.DataFrame,
    units: Units,
    settings: Evaluation,
    seed: int,
) -> tuple[pd.DataFrame, anndata.AnnData]:
    """Distances of all methods by test context, and the model's cells."""
    number, drawn = settings.cells, settings.targets == "sample"
    controls = Controls(screen, splitting.training(split), units, number, seed)
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, str, float, str, float]] = []
    labels: list[Context] = []
    predicted: list[NDArray[np.float32]] = []
    for name in split["split"].unique():
        contexts = splitting.of(split, name, "test")
        features = torch.from_numpy(units.features(screen.features(contexts)))
        cells = sample(model, features, number, seed, drawn)
        labels += contexts
        predicted += list(cells)
        for context, ours in zip(contexts, cells, strict=True):
            observed = units.states(screen.cells(context))
            observed = observed[rng.permutation(len(observed))[:number]]
            methods = {MODEL: ours, **controls.predict(context)}
            for method, theirs in methods.items():
                for measure, value in compare(theirs, observed).items():
                    rows.append((name, method, *context, measure, value))
            for measure, value in compare(*np.array_split(observed, 2)).items():
                rows.append((name, CEILING, *context, measure, value))
    columns = ["split", "method", "perturbation", "dose", "measure", "value"]
    return pd.DataFrame(rows, columns=columns), _screen(screen, labels, predicted, units, seed)


def _screen(
    screen: Screen,
    contexts: list[Context],
    predicted: list[NDArray[np.float32]],
    units: Units,
    seed: int,
) -> anndata.AnnData:
    """Predicted cells as a screen in the units of the observed one."""
    each = [len(cells) for cells in predicted]
    obs = pd.DataFrame(
        {
            "perturbation": np.repeat([context.perturbation for context in contexts], each),
            "nperts": np.repeat([len(targets_of(c.perturbation)) for c in contexts], each),
            "dose": np.repeat([context.dose for context in contexts], each),
            "seed": seed,
        },
        index=[f"seed{seed}-cell{cell:06d}" for cell in range(sum(each))],
    )
    states = units.cells(np.concatenate(predicted)).astype(np.float32)
    return anndata.AnnData(X=states, obs=obs, var=pd.DataFrame(index=screen.genes))


def _targets(
    model: InterventionModel, screen: Screen, split: pd.DataFrame, units: Units
) -> pd.DataFrame:
    """Probabilities of targets of all contexts."""
    train = splitting.training(split)
    batch = batch_of(screen, train, units)
    parts = [("train", train, model.responsibilities(batch.cells, batch.features).numpy())]
    for name in split["split"].unique():
        contexts = splitting.of(split, name, "test")
        parts.append((name, contexts, np.full((len(contexts), len(screen.genes)), np.nan)))
    genes = len(screen.genes)
    columns: dict[str, list[NDArray]] = {}
    for name, contexts, posterior in parts:
        features = torch.from_numpy(units.features(screen.features(contexts)))
        with torch.no_grad():
            chance = torch.sigmoid(model.map(features).logits).numpy()
        true = screen.true_targets(contexts)
        for column, values in {
            "split": np.repeat(name, chance.size),
            "perturbation": np.repeat([one.perturbation for one in contexts], genes),
            "dose": np.repeat([one.dose for one in contexts], genes),
            "gene": np.tile(screen.genes, len(contexts)),
            "chance": chance.ravel(),
            "posterior": posterior.ravel(),
            "true": np.full(chance.size, np.nan) if true is None else true.ravel().astype(float),
        }.items():
            columns.setdefault(column, []).append(values)
    return pd.DataFrame({name: np.concatenate(parts) for name, parts in columns.items()})


def _summary(rows: pd.DataFrame, seed: int) -> dict[str, Interval]:
    """Means over perturbations, and gains of the model over each baseline."""
    keys = ["split", "measure", "perturbation"]
    drugs = rows.groupby([*keys, "method"])["value"].mean().unstack("method")
    found = {}
    for (split, measure), part in drugs.groupby(level=["split", "measure"]):
        for method in part:
            name = f"{split}/{method}/{measure}"
            found[name] = _mean(part[method], seed)
            if method not in (MODEL, CEILING):
                gain = part[method] - part[MODEL]
                found[f"{split}/gain-{method}/{measure}"] = _mean(gain, seed)
    return found


def _mean(values: Iterable[float], seed: int) -> Interval:
    return bootstrap_interval(np.asarray(values), seed=seed, resamples=RESAMPLES)


def _target_scores(hits: pd.DataFrame) -> dict[str, Interval]:
    """Recovery of targets, where they are known."""
    found = {}
    for split, part in hits[hits["true"].notna()].groupby("split"):
        score = recovered(part["chance"].to_numpy(), part["true"].to_numpy(dtype=bool))
        drugs = part["perturbation"].nunique()
        found[f"{split}/targets/auprc"] = _point(score.auprc, drugs)
        found[f"{split}/targets/f1"] = _point(score.f1, drugs)
        found[f"{split}/targets/prevalence"] = _point(float(part["true"].mean()), drugs)
    return found


def _edge_scores(model: InterventionModel, screen: Screen) -> dict[str, Interval]:
    """Recovery of edges, where they are known and learned."""
    if "graph" not in screen.truth or not model.learned:
        return {}
    chance, true = model.graph().detach().numpy(), np.asarray(screen.truth["graph"], dtype=bool)
    off = ~np.eye(len(true), dtype=bool)
    n = int(off.sum())
    return {
        "edges/auprc": _point(recovered(chance[off], true[off]).auprc, n),
        "edges/prevalence": _point(float(true[off].mean()), n),
        "edges/hamming": _point(hamming(graphs.acyclic(chance), true), n),
    }


def _point(value: float, n: int) -> Interval:
    return Interval(value, np.nan, np.nan, n)
