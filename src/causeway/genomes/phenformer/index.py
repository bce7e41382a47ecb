"""Bring a genome, its genes and their expression into the form that all steps read."""

import logging
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.genomes.contigs import check_inside, rename
from causeway.genomes.coordinates import tiles, windows
from causeway.genomes.genes import gene_table, write_genes
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.reading.annotation import read_annotation
from causeway.genomes.reading.expression import read_expression, select_genes
from causeway.genomes.reading.gene_table import read_gene_table
from causeway.genomes.reading.sequences import only, read_sequences
from causeway.genomes.sources import GenomeFiles, Registered, Source, World
from causeway.genomes.store import Genome, write_store
from causeway.genomes.windows import Windows
from causeway.genomes.worlds.grammar import draw_grammar, observed, write_grammar
from causeway.genomes.worlds.settings import GrammarLaw

log = logging.getLogger(__name__)

Measured = GenomeFiles | Registered


def index(
    *,
    raw: Path,
    genome: Path,
    genes: Path,
    expression: Path,
    truth: Path,
    source: Source,
    encoder: EncoderSize,
    seed: int,
) -> None:
    """Write the store of a genome, the table of its genes, and what they express.

    Parameters
    ----------
    raw
        Folder of ``fetch``.
    genome
        Folder of the store to write, see :mod:`causeway.genomes.store`.
    genes
        Table to write (Parquet), see :mod:`causeway.genomes.genes`: the genes whose expression is
        known.
    expression
        ``.h5ad`` file to write: genes by contexts, log(1 + TPM).
    truth
        Folder to write: the grammar, where expression comes from one; else empty.
    source
        Where all of that comes from.
    encoder
        Width of windows, by which a genome without annotation is cut.
    seed
        Of the grammar and its noise, where there is one.

    Raises
    ------
    InputError
        If a file is damaged, or files do not fit each other.
    """
    files = source.files(raw) if isinstance(source, World) else source
    folder = files.path if isinstance(files, GenomeFiles) else raw
    store = write_store(
        only(read_sequences(folder / files.sequence), files.contigs, folder / files.sequence),
        genome,
        circular=files.circular,
        where=folder / files.sequence,
    )
    table = _genes(files, folder, store, encoder)
    truth.mkdir()
    if isinstance(source, World):
        for path in sorted((raw / "truth").iterdir()):
            (truth / path.name).write_bytes(path.read_bytes())
    if files.grammar is not None:
        values = _planted(files.grammar, store, table, encoder, truth, seed)
    else:
        place = folder / str(files.expression)
        values = select_genes(read_expression(place, files.units), table, place)
    table = table.set_index("gene").loc[values.obs_names].reset_index()
    log.info(
        "%d contigs, %d bases, %d genes, %d contexts",
        len(store.contigs),
        sum(store.contigs.values()),
        *values.shape,
    )
    write_genes(table, genes)
    values.write_h5ad(expression)


def _genes(files: Measured, folder: Path, store: Genome, encoder: EncoderSize) -> pd.DataFrame:
    if files.annotation is None:
        table = tiles(store.contigs, encoder.window)
        return gene_table(table[["gene", "contig", "start", "end", "strand"]], folder)
    path = folder / files.annotation
    if path.name.removesuffix(".gz").endswith((".csv", ".tsv", ".txt")):
        table = read_gene_table(path, contig=files.contig)
    else:
        table = read_annotation(path)
    table = rename(table, store.contigs, path, only=files.contigs or None)
    check_inside(table, store.contigs, path)
    return table


def _planted(
    law: GrammarLaw,
    store: Genome,
    table: pd.DataFrame,
    encoder: EncoderSize,
    truth: Path,
    seed: int,
) -> anndata.AnnData:
    """Expression by a grammar that is drawn here, with its noise."""
    rng = np.random.default_rng(seed)
    grammar = draw_grammar(law, rng)
    before, after = grammar.reach
    around = Windows(store, windows(table, before, after), where="genes")
    clean = np.concatenate(
        [
            grammar.expression(around.read(slice(first, first + 1024)), before)
            for first in range(0, len(around), 1024)
        ]
    )
    if encoder.window < before + after:
        raise InputError(
            "encoder.window",
            f"{encoder.window} bases do not reach what the grammar reads, {before + after}",
            "Widen the window, or narrow the grammar",
        )
    write_grammar(grammar, truth)
    return anndata.AnnData(
        observed(clean, law, rng),
        obs=pd.DataFrame(index=pd.Index(table["gene"])),
        var=pd.DataFrame({"organ": list(grammar.organs)}, index=list(grammar.contexts)),
    )
