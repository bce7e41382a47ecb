"""Fit every baseline to the same genes."""

import logging
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.baselines.examples import Baseline, Examples
from causeway.genomes.baselines.linear import binned_kmers, codons, composition, kmers
from causeway.genomes.baselines.means import TrainMean
from causeway.genomes.baselines.xpresso import Xpresso
from causeway.genomes.baselines.xpresso_settings import XpressoSettings
from causeway.genomes.coordinates import windows
from causeway.genomes.phenformer.gene_windows import window_span
from causeway.genomes.phenformer.genes_with_parts import SplitGenes, read_split_genes
from causeway.genomes.phenformer.settings import Baselines
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.store import Genome, open_store
from causeway.genomes.windows import read_windows
from causeway.hardware import Hardware

log = logging.getLogger(__name__)


def contest(
    *,
    genome: Path,
    genes: Path,
    expression: Path,
    splits: Path,
    predictions: Path,
    settings: Baselines,
    encoder: EncoderSize,
    hardware: Hardware,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Fit baselines to training genes, choose on validation genes, and predict test genes.

    Parameters
    ----------
    genome, genes, expression
        Files of ``index``.
    splits
        Table of ``split``.
    predictions
        ``.h5ad`` file to write: test genes by contexts, observed in ``X``, a layer per baseline.
    settings, encoder, hardware
        Sections of the configuration; one of the baselines reads what the encoder reads.
    seed
        Of the network among the baselines.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.
    """
    found, store = read_split_genes(genes, expression, splits), open_store(genome)
    parts = {name: found.rows(name) for name in ("train", "valid", "test")}
    promoters, read = (
        {name: _around(store, found, rows, span) for name, rows in parts.items()}
        for span in (settings.promoter, window_span(encoder))
    )
    coding = {name: _coding(store, found, rows, settings) for name, rows in parts.items()}
    layers = {}
    for name, (baseline, examples) in _baselines(
        promoters, read, coding, settings, hardware, seed, threads, resume
    ).items():
        baseline.fit(examples["train"], examples["valid"])
        layers[name] = baseline.predict(examples["test"]).astype(np.float32)
        log.info("fitted %s", name)
    test = parts["test"]
    answer = anndata.AnnData(
        found.expression[test],
        obs=pd.DataFrame(index=pd.Index(found.table["gene"].iloc[test].to_numpy())),
        var=pd.DataFrame(index=pd.Index(found.contexts)),
        layers=layers,
    )
    answer.write_h5ad(predictions)


def _baselines(
    promoters: dict[str, Examples],
    read: dict[str, Examples],
    coding: dict[str, Examples],
    settings: Baselines,
    hardware: Hardware,
    seed: int,
    threads: int,
    resume: Path,
) -> dict[str, tuple[Baseline, dict[str, Examples]]]:
    """Baselines by name, each with the examples that it reads."""
    found: dict[str, tuple[Baseline, dict[str, Examples]]] = {
        "train-mean": (TrainMean(), promoters),
        "composition": (composition(), promoters),
        "kmers": (kmers(settings.longest), promoters),
        "binned-kmers": (binned_kmers(settings.bins), promoters),
        "window-kmers": (kmers(settings.longest), read),
        "coding-kmers": (kmers(settings.longest), coding),
        "codons": (codons(), coding),
    }
    if settings.xpresso:
        network = Xpresso(XpressoSettings(), seed, resume, hardware, threads)
        found["xpresso"] = (network, promoters)
    return found


def _around(
    store: Genome, found: SplitGenes, rows: NDArray[np.intp], span: tuple[int, int]
) -> Examples:
    table = windows(found.table.iloc[rows], *span)
    return Examples(read_windows(store, table), found.expression[rows])


def _coding(
    store: Genome, found: SplitGenes, rows: NDArray[np.intp], settings: Baselines
) -> Examples:
    """First bases of genes; what lies behind the end of a gene is left out of its codons."""
    table = found.table.iloc[rows]
    codes = read_windows(store, windows(table, 0, settings.coding))
    lengths = (table["end"] - table["start"]).clip(upper=settings.coding)
    return Examples(
        codes,
        found.expression[rows],
        [one[:length] for one, length in zip(codes, lengths, strict=True)],
    )
