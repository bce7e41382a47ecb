"""Read people by the frozen first stage, each different window once."""

import logging
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from causeway import memory
from causeway.genomes.genes import read_genes
from causeway.genomes.haplotypes import open_haplotypes
from causeway.genomes.personal import PersonalWindows
from causeway.genomes.phenformer import embedding
from causeway.genomes.phenformer.differences import embedding_difference, expression_difference
from causeway.genomes.phenformer.embedded import Embedded, write_embedded
from causeway.genomes.phenformer.embedding import Read
from causeway.genomes.phenformer.expression_model import ExpressionModel, load
from causeway.genomes.phenformer.gene_windows import gene_windows, screened
from causeway.genomes.phenformer.settings import Screening
from causeway.genomes.store import open_store

log = logging.getLogger(__name__)

BLOCK = 16
"""Genes whose results are kept together, and kept when the step is killed."""


def embed(
    *,
    genome: Path,
    genes: Path,
    cohort: Path,
    checkpoint: Path,
    embedded: Path,
    screening: Screening,
    threads: int,
    resume: Path,
) -> None:
    """Write what each person's genome changes in expression and in embeddings.

    Parameters
    ----------
    genome, genes
        Files of ``index``.
    cohort
        Folder of ``people``.
    checkpoint
        Model of ``learn``.
    embedded
        Folder to write, see :mod:`causeway.genomes.phenformer.embedded`.
    screening
        Which genes, and how many windows at once.
    threads
        Processor cores to use.
    resume
        Folder for finished blocks of genes.

    Raises
    ------
    InputError
        If the results do not fit into memory.
    """
    torch.set_num_threads(threads)
    model = load(checkpoint)
    table = read_genes(genes)
    table = table.iloc[screened(len(table), screening.genes)].reset_index(drop=True)
    people = open_haplotypes(cohort)
    personal = PersonalWindows(open_store(genome), people, gene_windows(table, model.size))
    number = len(people) // 2
    memory.require(
        number * len(table) * (4 * len(model.contexts) + 2 * model.width),
        f"{number:,} people at {len(table):,} genes",
        "screening.genes",
        "Screen fewer genes",
    )
    resume.mkdir(parents=True, exist_ok=True)
    parts = []
    for first in tqdm(range(0, len(table), BLOCK), desc="blocks of genes", disable=None):
        kept = resume / f"genes{first}.npz"
        if not kept.exists():
            rows = np.arange(first, min(first + BLOCK, len(table)))
            found = _block(model, personal, rows, screening.chunk)
            draft = kept.with_suffix(".part.npz")
            np.savez(draft, differences=found[0], embeddings=found[1], distinct=found[2])
            draft.replace(kept)
        with np.load(kept) as saved:
            parts.append((saved["differences"], saved["embeddings"], int(saved["distinct"])))
    pairs = len(people) * len(table)
    distinct = sum(part[2] for part in parts)
    log.info("%d windows of %d haplotypes, %d of them different", pairs, len(people), distinct)
    write_embedded(
        Embedded(
            np.concatenate([part[0] for part in parts], axis=1),
            np.concatenate([part[1] for part in parts], axis=1),
            table,
            model.contexts,
        ),
        embedded,
    )


def _block(
    model: ExpressionModel, personal: PersonalWindows, rows: NDArray[np.int64], chunk: int
) -> tuple[NDArray[np.float32], NDArray[np.float16], int]:
    """Differences (people, genes, K), embeddings (people, genes, d), and how many were read."""
    haplotypes = len(personal.people)
    window = np.repeat(rows, haplotypes)
    distinct = personal.distinct(window, np.tile(np.arange(haplotypes), len(rows)))
    seen, expressed = _read(
        model,
        lambda part: personal.read(distinct.windows[part], distinct.haplotypes[part]),
        len(distinct.windows),
        chunk,
    )
    reference = _read(model, lambda part: personal.reference(rows[part]), len(rows), chunk)
    shape = (len(rows), haplotypes // 2, 2, -1)
    order = (1, 2, 0, 3)
    expressed = expressed[distinct.inverse].reshape(shape).transpose(order)
    seen = seen[distinct.inverse].reshape(shape).transpose(order)
    return (
        expression_difference(expressed, reference[1]).astype(np.float32),
        embedding_difference(seen, reference[0]).astype(np.float16),
        len(distinct.windows),
    )


def _read(
    model: ExpressionModel, windows: Read, number: int, chunk: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vectors (n, d) and expression (n, K) of windows."""
    found = embedding.embed(model, windows, number, chunk=chunk)
    return found.vectors.numpy(), found.expression.numpy()
