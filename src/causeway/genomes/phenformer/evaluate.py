"""Measure how well expression of test genes is predicted, beside every baseline."""

import logging
from collections.abc import Iterator
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from causeway.devices import device_of
from causeway.genomes import metrics as scores
from causeway.genomes.phenformer.backbones import Backbone
from causeway.genomes.phenformer.embedding import embed
from causeway.genomes.phenformer.frozen import load
from causeway.genomes.phenformer.gene_windows import gene_windows
from causeway.genomes.phenformer.genes_with_parts import SplitGenes, read_split_genes
from causeway.genomes.phenformer.imodulons import read_imodulons
from causeway.genomes.phenformer.numbers import write_numbers
from causeway.genomes.phenformer.regulons import (
    COLUMNS,
    Network,
    mean_profiles,
    profile_scores,
    read_network,
    regulon_match,
)
from causeway.genomes.sources import GenomeFiles, Source, World
from causeway.genomes.store import open_store
from causeway.genomes.windows import Windows
from causeway.hardware import Hardware
from causeway.statistics import Interval

log = logging.getLogger(__name__)

MODEL = "model"
"""Layer of the predictions of stage 1."""
TOLD = ("model/pearson", "kmers/pearson", "coding-kmers/pearson", "model/deviation")
"""Metrics that the log tells."""


def evaluate(
    *,
    genome: Path,
    genes: Path,
    expression: Path,
    splits: Path,
    checkpoint: Path,
    baselines: Path,
    raw: Path,
    metrics: Path,
    predictions: Path,
    regulators: Path,
    source: Source,
    dataset: str,
    variant: str,
    seed: int,
    hardware: Hardware,
    threads: int,
) -> None:
    """Predict test genes and compare with what was measured.

    Parameters
    ----------
    genome, genes, expression
        Files of ``index``.
    splits
        Table of ``split``.
    checkpoint
        Model of ``learn``.
    baselines
        Predictions of ``contest``.
    raw
        Folder of ``fetch``.
    metrics
        Metrics to write: ``<method>/<what>`` for ``model`` and each baseline, and
        ``gain-<baseline>/<what>``, the model's less the baseline's on the same genes;
        ``strand-difference``, mean absolute difference between strands;
        ``chunks/largest-difference``, of vectors of windows read one by one and many at once;
        where regulators are known, ``regulators/<method>/<what>``. Intervals are over genes, or
        regulators.
    predictions
        ``.h5ad`` file to write: that of ``baselines`` with the layer ``model``.
    regulators
        Table to write (TSV): how well predicted deviations find the regulators of test genes.
    source
        Where the genome comes from; it may name a file of iModulons or of regulators.
    dataset, variant, seed
        The run.
    hardware
        Where to predict.
    threads
        Processor cores to use.
    """
    torch.set_num_threads(threads)
    found = read_split_genes(genes, expression, splits)
    answer = anndata.read_h5ad(baselines)
    model = load(checkpoint)
    around = Windows(
        open_store(genome), gene_windows(found.table.iloc[found.rows("test")], model.size)
    )
    device = device_of(hardware)
    forward, reverse = (_predicted(model, around, flip, device) for flip in (False, True))
    answer.layers[MODEL] = forward
    mean = found.expression[found.rows("train")].mean(axis=0, dtype=np.float64)
    numbers = dict(_compared(answer, mean, seed))
    both = scores.strand_difference(forward, reverse)
    numbers["chunks/largest-difference"] = _exact(_by_chunks(model, around, device))
    numbers["strand-difference"] = Interval(float(np.mean(both)), np.nan, np.nan, len(forward))
    told = pd.DataFrame(columns=["method", *COLUMNS])
    network = _network(source, raw, found.table["gene"].tolist())
    if network is not None:
        told = _regulators(network, found, answer, seed)
        numbers |= _told(told)
    answer.write_h5ad(predictions)
    told.to_csv(regulators, sep="\t", index=False)
    for name in TOLD:
        if name in numbers:
            log.info("%s: %.4g [%.4g, %.4g]", name, *numbers[name][:3])
    write_numbers(numbers, metrics, dataset=dataset, variant=variant, seed=seed)


def _predicted(model: Backbone, around: Windows, flip: bool, device: str) -> NDArray[np.float32]:
    """Expression of all windows, shape (n, K)."""
    found = embed(
        model,
        lambda rows: around.read(rows, flip=flip),
        len(around),
        device=device,
        what="reading test genes",
    )
    return found.expression.numpy()


def _by_chunks(model: Backbone, around: Windows, device: str, most: int = 64) -> float:
    """Largest difference between vectors of windows that were read together, and one by one."""
    number = min(len(around), most)
    together, apart = (
        embed(model, around.read, number, chunk=chunk, device=device).vectors
        for chunk in (None, 1)
    )
    return float((together - apart).abs().max())


def _exact(value: float) -> Interval:
    """A number that nothing was sampled for."""
    return Interval(value, value, value, 1)


def _compared(
    answer: anndata.AnnData, mean: NDArray[np.float64], seed: int
) -> Iterator[tuple[str, Interval]]:
    observed = np.asarray(answer.X, dtype=np.float64)
    ours = np.asarray(answer.layers[MODEL], dtype=np.float64)
    for method, layer in answer.layers.items():
        theirs = np.asarray(layer, dtype=np.float64)
        for name, value in scores.evaluate(theirs, observed, mean, seed).items():
            yield f"{method}/{name}", value
        if method == MODEL:
            continue
        for name, value in scores.difference(ours, theirs, observed, mean, seed).items():
            yield f"gain-{method}/{name}", value


def _network(source: Source, raw: Path, genes: list[str]) -> Network | None:
    """Regulators of genes, where the source knows any."""
    if isinstance(source, World):
        return None
    folder = source.path if isinstance(source, GenomeFiles) else raw
    if source.modules is not None:
        return read_imodulons(folder / source.modules, genes)
    return None if source.network is None else read_network(folder / source.network, genes)


def _regulators(
    network: Network, found: SplitGenes, answer: anndata.AnnData, seed: int
) -> pd.DataFrame:
    """Find regulators of test genes by the deviations of training genes that they regulate.

    ``observed`` is the ceiling: deviations of the test genes as they were measured.
    """
    train, test = found.rows("train"), found.rows("test")
    deviations = scores.deviations(found.expression.astype(np.float64))
    edges = network.edges
    used = edges[train].any(axis=0) & edges[test].any(axis=0)
    profiles = mean_profiles(deviations[train], edges[train][:, used])
    methods = {name: np.asarray(layer) for name, layer in answer.layers.items()}
    methods = {"observed": np.asarray(answer.X)} | methods
    tables = []
    for method, values in methods.items():
        guessed = scores.deviations(values.astype(np.float64))
        matched = regulon_match(
            profile_scores(guessed, profiles),
            edges[test][:, used],
            rng=np.random.default_rng(seed),
        )
        tables.append(matched.assign(method=method))
    return pd.concat(tables, ignore_index=True)[["method", *COLUMNS]]


def _told(matches: pd.DataFrame) -> dict[str, Interval]:
    """Metrics of regulators ranked per gene; chance beside each."""
    rows = matches[matches["ranked"] == "regulators"].to_dict("records")
    found = {
        f"regulators/{row['method']}/{row['metric']}": Interval(
            row["value"], row["low"], row["high"], row["n"]
        )
        for row in rows
    }
    return found | {
        f"regulators/{row['method']}/{row['metric']}-above-chance": Interval(
            row["value"] - row["chance"],
            row["low"] - row["chance"],
            row["high"] - row["chance"],
            row["n"],
        )
        for row in rows
    }
