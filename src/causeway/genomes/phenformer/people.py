"""Read or draw people, and draw their diseases."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.contigs import match
from causeway.genomes.coordinates import windows
from causeway.genomes.drawing import draw_people
from causeway.genomes.genes import read_genes
from causeway.genomes.genotyped import genotyped
from causeway.genomes.haplotypes import open_haplotypes, write_haplotypes
from causeway.genomes.personal import PersonalWindows
from causeway.genomes.phenformer.screened import screened
from causeway.genomes.phenformer.settings import Holdout, Screening
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.reading.variants import Record, read_header, read_records
from causeway.genomes.sites import normalise, with_frequencies
from causeway.genomes.sources import GenomeFiles, Source, World
from causeway.genomes.splits import by_person, write_split
from causeway.genomes.store import Genome, open_store
from causeway.genomes.worlds.differences import true_differences
from causeway.genomes.worlds.grammar import Grammar, read_grammar
from causeway.genomes.worlds.liability import draw_diseases, write_diseases

log = logging.getLogger(__name__)

WORLDS = ("planted", "null")
"""Diseases that rest on true expression, and diseases that rest on none, of the same people."""


class _People(NamedTuple):
    """What becomes a folder of haplotypes."""

    sites: pd.DataFrame
    people: pd.DataFrame
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: dict[str, int]
    refused: pd.DataFrame


def people(
    *,
    raw: Path,
    genome: Path,
    genes: Path,
    truth: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    refused: Path,
    differences: Path,
    source: Source,
    screening: Screening,
    holdout: Holdout,
    encoder: EncoderSize,
    seed: int,
) -> None:
    """Write the haplotypes of people, who of them falls ill, and who trains.

    Parameters
    ----------
    raw
        Folder of ``fetch``.
    genome, genes, truth
        Files of ``index``.
    cohort
        Folder to write, see :mod:`causeway.genomes.haplotypes`.
    diseases
        Folder to write: ``planted`` and ``null`` diseases, see
        :mod:`causeway.genomes.worlds.liability`; all of them are drawn.
    splits
        Table to write (TSV): ``person, part``.
    refused
        Table to write (TSV): records of the file that are no sites, by reason.
    differences
        True differences of expression to write (``.npy``), shape (people, genes, contexts).
    source, screening, holdout, encoder
        Sections of the configuration.
    seed
        Of drawn people, of the diseases and of the split.

    Raises
    ------
    InputError
        If the file of variants does not fit the genome, or nothing tells how people's sequences
        express.
    """
    files = source.files(raw) if isinstance(source, World) else source
    folder = files.path if isinstance(files, GenomeFiles) else raw
    if files.variants is None:
        raise InputError("sources", "no file of variants is given", "Name one by 'variants'")
    store = open_store(genome)
    path = folder / files.variants
    if files.people:
        found = _drawn(path, store, files.people, screening, seed)
    else:
        found = _genotyped(path, store, screening, seed)
    write_haplotypes(cohort, found.sites, found.people, found.indptr, found.indices, found.counts)
    found.refused.to_csv(refused, sep="\t", index=False)
    read = open_haplotypes(cohort)
    table = screened(read_genes(genes), read, encoder, screening.genes)
    grammar = _grammar(truth)
    before, after = grammar.reach
    personal = PersonalWindows(store, read, windows(table, before, after))
    true = true_differences(grammar, personal, before)
    diseases.mkdir()
    for number, world in enumerate(WORLDS):
        law = files.liability.model_copy(update={"null": world == "null"})
        drawn = draw_diseases(
            law,
            true,
            table["gene"].tolist(),
            list(grammar.contexts),
            read,
            np.random.default_rng((seed, number)),
        )
        write_diseases(drawn, diseases / world)
    np.save(differences, true)
    parts = by_person(read.people, holdout.people_valid, holdout.people_test, seed=seed)
    write_split(parts, splits)
    log.info("%d people, %d sites, %s", len(read.people), len(read.sites), found.counts)


def _drawn(
    path: Path, store: Genome, populations: dict[str, int], screening: Screening, seed: int
) -> _People:
    """People by the frequencies of a file."""
    keys = ["AF", *(f"{name}_AF" for name in populations)]
    records = list(_renamed(read_records(path, frequencies=keys), path, store))
    normal = normalise(records, store, variants=screening.variants, where=path)
    names = ["frequency", *populations]
    values = zip(*(record.frequencies for record in records), strict=True)
    sites = with_frequencies(normal.sites, dict(zip(names, values, strict=True)))
    drawn = draw_people(sites, populations, seed)
    return _People(sites, drawn.people, drawn.indptr, drawn.indices, {}, normal.refused)


def _genotyped(path: Path, store: Genome, screening: Screening, seed: int) -> _People:
    """People of a file with genotypes."""
    names = read_header(path).people
    if not names:
        raise InputError(
            path, "has no genotypes", "Name the number of people to draw per population, 'people'"
        )
    found = genotyped(
        _renamed(read_records(path, genotypes=True), path, store),
        store,
        len(names),
        unphased=screening.unphased,
        variants=screening.variants,
        seed=seed,
        where=path,
    )
    table = pd.DataFrame({"person": names, "population": ""})
    return _People(found.sites, table, found.indptr, found.indices, found.counts, found.refused)


def _renamed(records: Iterator[Record], path: Path, store: Genome) -> Iterator[Record]:
    """Records under the genome's names of contigs."""
    named = match(read_header(path).contigs, store.contigs, path, least=0)
    for record in records:
        yield record._replace(contig=named.get(record.contig, record.contig))


def _grammar(truth: Path) -> Grammar:
    if not (truth / "grammar.json").exists():
        raise InputError(
            "sources",
            "nothing tells what people's sequences express",
            "Give the source a grammar; diseases of real people with genomes are not open",
        )
    return read_grammar(truth)
