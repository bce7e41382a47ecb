"""CLIPR: read a causal matrix off a trained drift, and ask what it is worth."""

import logging
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from causeway import metrics as tables
from causeway.cells.labels import CONTROL
from causeway.cells.lcd.against_truth import (
    LinearTruth,
    agreement,
    fixed_point_error,
    linear_truth,
)
from causeway.cells.lcd.causal_matrix import asymmetry, effects, read_out
from causeway.cells.lcd.config import Readout, Sampling
from causeway.cells.lcd.edges import edge_table
from causeway.cells.lcd.enrichment import COLUMNS, enrichment, read_gmt
from causeway.cells.lcd.implication import implication as tested
from causeway.cells.lcd.implication import source_counts
from causeway.cells.lcd.implication_metrics import implication_metrics
from causeway.cells.lcd.matrix_file import CausalFile, write_causal_file
from causeway.cells.lcd.measured_estimates import measured_estimates
from causeway.cells.lcd.measured_sources import measured_sources
from causeway.cells.lcd.model import load
from causeway.cells.lcd.modules import gene_modules
from causeway.cells.lcd.reading import Reading, read_drift
from causeway.cells.lcd.states import observed_states, read_states
from causeway.cells.lcd.training_cells import read_split
from causeway.devices import device_of
from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.statistics import Interval

log = logging.getLogger(__name__)


def clipr(
    *,
    panel: Path,
    splits: Path,
    states: list[Path],
    checkpoint: Path,
    matrix: Path,
    edges: Path,
    modules: Path,
    sets: Path,
    sources: Path,
    implication: Path,
    metrics: Path,
    settings: Readout,
    sampling: Sampling,
    hardware: Hardware,
    dataset: str,
    split: str,
    variant: str,
    seed: int,
    threads: int,
) -> None:
    """Read a causal matrix off a trained drift; compare it with measured and true effects.

    Parameters
    ----------
    panel, splits
        Screen of the panel's genes, and its splits.
    states
        File of ``denoise``; none where the panel observes states.
    checkpoint
        Model of the step ``train``.
    matrix
        Causal matrix to write, see :mod:`causeway.cells.lcd.matrix_file`.
    edges
        Table to write (Parquet): effects above the least of ``settings.quantiles``, see
        :func:`causeway.cells.lcd.edges.edge_table`.
    modules
        Table to write (TSV): ``gene, module`` (-1 for none), in the order of the tree.
    sets
        Table to write (TSV): gene sets that are enriched in modules, see
        :func:`causeway.cells.lcd.enrichment.enrichment`; no row where none are given.
    sources
        Table to write (Parquet): edges of each source and how many hold, see
        :func:`causeway.cells.lcd.implication.source_counts`.
    implication
        Table to write (TSV): the implication test, see
        :func:`causeway.cells.lcd.implication.implication`.
    metrics
        Metrics to write. Always ``clipr/asymmetry`` and ``implication/<sources>/<what>``. With a
        true linear system also ``<estimate>/<what>`` of ``clipr``, ``known-target-inverse``,
        ``signed-shifts``, ``shifts`` and ``ideal-score``, and ``fixed-points/error`` and
        ``fixed-points/control-error``.
    settings, sampling, hardware
        Sections of the configuration.
    dataset, split, variant, seed
        The run.
    threads
        Processor cores to use.

    Raises
    ------
    InputError
        If model, states and panel do not belong together, or gene sets cannot be read.
    """
    torch.set_num_threads(threads)
    gene_sets = read_gmt(Path(settings.gene_sets)) if settings.gene_sets else {}
    found = read_split(panel, splits, split)
    genes = found.screen.var_names.tolist()
    model = load(checkpoint)
    if model.genes != genes or model.environments != found.environments:
        raise InputError(checkpoint, "is of another panel or split", "Train anew")
    if found.counted != bool(states):
        problem = "has counts, but no states are given" if found.counted else "observes states"
        raise InputError(panel, problem, "Give states of 'denoise' for counts, and only for them")
    model.to(device_of(hardware))
    reading = read_drift(model.drift, model.standard, sampling, settings.level)
    estimate = read_out(reading.points, reading.constants, reading.control, settings.penalty)
    truth = linear_truth(found.screen.uns.get("truth"), len(genes))
    measured = measured_estimates(
        read_states(states[0]) if states else observed_states(found.screen, found.environments),
        1.0 if truth is None else float(np.abs(truth.effects.diagonal()).mean()),
    )
    clusters = gene_modules(estimate.effects, settings.cluster_height, settings.cluster_size)
    tests = measured_sources(
        found.screen, found.environments, found.held_out, settings.significance
    )
    write_causal_file(
        CausalFile(
            A=estimate.effects,
            bias=estimate.bias,
            shifts=estimate.shifts,
            genes=np.array(genes, dtype=np.str_),
            environments=np.array(reading.environments, dtype=np.str_),
            clusters=clusters.numbers,
            order=clusters.order,
            tree=clusters.tree,
            inverse=measured["known-target-inverse"],
            signed_shifts=measured["signed-shifts"],
            truth=np.zeros((0, 0)) if truth is None else truth.effects,
        ),
        matrix,
    )
    edge_table(estimate.effects, genes, tests, min(settings.quantiles)).to_parquet(
        edges, index=False
    )
    pd.DataFrame(
        {
            "gene": [genes[gene] for gene in clusters.order],
            "module": clusters.numbers[clusters.order],
        }
    ).to_csv(modules, sep="\t", index=False)
    enriched = (
        enrichment(clusters.numbers, genes, gene_sets, settings.enrichment_rate)
        if gene_sets
        else pd.DataFrame(columns=COLUMNS)
    )
    enriched.to_csv(sets, sep="\t", index=False)
    counts = source_counts(estimate.effects, genes, tests, settings.quantiles)
    counts.to_parquet(sources, index=False)
    table = tested(counts, settings.bootstraps, seed)
    table.to_csv(implication, sep="\t", index=False)
    rows = [("clipr/asymmetry", _alone(asymmetry(estimate.effects)))]
    rows += implication_metrics(table)
    if truth is not None:
        estimates = {"clipr": estimate.effects, **measured}
        rows += _true_metrics(estimates, reading, truth, settings)
    for name, value in rows:
        log.info("%s: %.4g", name, value.estimate)
    run = tables.rows(rows, system="lcd", dataset=dataset, variant=variant, seed=seed)
    tables.write(run, metrics)


def _true_metrics(
    estimates: dict[str, NDArray[np.float64]],
    reading: Reading,
    truth: LinearTruth,
    settings: Readout,
) -> Iterator[tuple[str, Interval]]:
    read = [place for place, label in enumerate(reading.environments) if label in truth.means]
    means = np.array([truth.means[reading.environments[place]] for place in read])
    scores = np.linalg.solve(truth.covariance, means.T).T
    ideal = {"ideal-score": effects(means, scores, settings.penalty)}
    for name, value in agreement(estimates | ideal, truth, settings.sign_threshold):
        yield name, _alone(value)
    yield "fixed-points/error", _alone(fixed_point_error(reading.points[read], means))
    control = truth.means[CONTROL]
    yield "fixed-points/control-error", _alone(fixed_point_error(reading.control, control))


def _alone(value: float) -> Interval:
    """Interval of one number of one model, unknown."""
    return Interval(value, math.nan, math.nan, 1)
