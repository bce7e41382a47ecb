"""Read people by the frozen first stage, each different window once.

The results of a window differ in their last digits with the windows that it is read together with.
So a window that equals the reference's is never read again: it shares the reference's result, and
its difference is exactly zero.
"""

import logging
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from causeway import memory
from causeway.devices import device_of
from causeway.genomes.genes import read_genes
from causeway.genomes.haplotypes import open_haplotypes
from causeway.genomes.personal import Distinct, PersonalWindows
from causeway.genomes.phenformer import embedding
from causeway.genomes.phenformer.backbones import Backbone
from causeway.genomes.phenformer.differences import embedding_difference, expression_difference
from causeway.genomes.phenformer.embedded import Embedded, write_embedded
from causeway.genomes.phenformer.frozen import load
from causeway.genomes.phenformer.gene_windows import gene_windows
from causeway.genomes.phenformer.screened import screened
from causeway.genomes.phenformer.settings import Screening
from causeway.genomes.store import open_store
from causeway.hardware import Hardware

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
    hardware: Hardware,
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
    hardware
        Where to read.
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
    device = device_of(hardware)
    model = load(checkpoint)
    people = open_haplotypes(cohort)
    table = screened(read_genes(genes), people, model.size, screening.genes)
    personal = PersonalWindows(open_store(genome), people, gene_windows(table, model.size))
    shape = (len(people) // 2, len(table))
    # Beside the results: of a block, both haplotypes, what they change, and the mean of that.
    held = len(table) + 5 * min(BLOCK, len(table))
    memory.require(
        4.0 * shape[0] * held * (len(model.contexts) + model.width),
        f"{shape[0]:,} people at {shape[1]:,} genes",
        "screening.genes",
        "Screen fewer genes",
    )
    differences = np.empty((*shape, len(model.contexts)), dtype=np.float32)
    embeddings = np.empty((*shape, model.width), dtype=np.float32)
    read = 0
    resume.mkdir(parents=True, exist_ok=True)
    for first in tqdm(range(0, len(table), BLOCK), desc="blocks of genes", disable=None):
        kept = resume / f"genes{first}.npz"
        rows = np.arange(first, min(first + BLOCK, len(table)))
        if not kept.exists():
            found = _block(model, personal, rows, screening.chunk, device)
            draft = kept.with_suffix(".part.npz")
            np.savez(draft, differences=found[0], embeddings=found[1], read=found[2])
            draft.replace(kept)
        with np.load(kept) as saved:
            differences[:, rows], embeddings[:, rows] = saved["differences"], saved["embeddings"]
            read += int(saved["read"])
    pairs = len(people) * len(table)
    log.info("%d windows of %d haplotypes, %d of them read", pairs, len(people), read)
    write_embedded(Embedded(differences, embeddings, table, model.contexts), embedded)


def _block(
    model: Backbone,
    personal: PersonalWindows,
    rows: NDArray[np.int64],
    chunk: int,
    device: str,
) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Differences (people, genes, K), embeddings (people, genes, d), and how many were read."""
    genes, haplotypes = len(rows), len(personal.people)
    distinct = personal.distinct(
        np.repeat(rows, haplotypes), np.tile(np.arange(haplotypes), genes)
    )
    place = distinct.windows - rows[0]
    new = np.flatnonzero(_changed(personal, distinct, personal.reference(rows), place, chunk))
    # The reference comes first; what equals it stays at its place there.
    place[new] = genes + np.arange(len(new))

    def windows(part: NDArray[np.int64]) -> NDArray[np.uint8]:
        own = new[part[part >= genes] - genes]
        return np.concatenate(
            [
                personal.reference(rows[part[part < genes]]),
                personal.read(distinct.windows[own], distinct.haplotypes[own]),
            ]
        )

    number = genes + len(new)
    found = embedding.embed(model, windows, number, chunk=chunk, device=device)
    source = place[distinct.inverse].reshape(genes, haplotypes // 2, 2).transpose(1, 2, 0)
    expressed, seen = found.expression.numpy(), found.vectors.numpy()
    return (
        expression_difference(expressed[source], expressed[:genes]),
        embedding_difference(seen[source], seen[:genes]),
        number,
    )


def _changed(
    personal: PersonalWindows,
    distinct: Distinct,
    reference: NDArray[np.uint8],
    place: NDArray[np.int64],
    chunk: int,
) -> NDArray[np.bool_]:
    """Which sequences differ from the reference of their window, shape (u,).

    Sites tell that only nearly: a deletion at the edge of a window may leave it as it was.
    """
    found = np.empty(len(place), dtype=bool)
    for first in range(0, len(place), chunk):
        part = slice(first, first + chunk)
        codes = personal.read(distinct.windows[part], distinct.haplotypes[part])
        found[part] = (codes != reference[place[part]]).any(axis=1)
    return found
