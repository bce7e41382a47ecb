"""Read or draw people, and read or draw their diseases."""

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
from causeway.genomes.haplotypes import Haplotypes, open_haplotypes, write_haplotypes
from causeway.genomes.personal import PersonalWindows
from causeway.genomes.phenformer.measured import check_parts, write_measured
from causeway.genomes.phenformer.screened import screened
from causeway.genomes.phenformer.settings import Holdout, Screening
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.reading.phenotypes import read_covariates, read_diseases
from causeway.genomes.reading.variants import Record, read_header, read_records
from causeway.genomes.sites import normalise, with_frequencies
from causeway.genomes.sources import GenomeFiles, Registered, Source, World
from causeway.genomes.splits import by_person, write_split
from causeway.genomes.store import Genome, open_store
from causeway.genomes.worlds.differences import true_differences
from causeway.genomes.worlds.grammar import Grammar, read_grammar
from causeway.genomes.worlds.liability import draw_diseases, write_diseases
from causeway.genomes.worlds.settings import LiabilityLaw

log = logging.getLogger(__name__)

DRAWN = ("planted", "null")
"""Diseases that rest on true expression, and diseases that rest on none, of the same people."""
MEASURED = "measured"
"""Diseases that were given."""


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
    expression: Path,
    truth: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    refused: Path,
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
    genome, genes, expression, truth
        Files of ``index``.
    cohort
        Folder to write, see :mod:`causeway.genomes.haplotypes`.
    diseases
        Folder to write: ``measured`` diseases, see
        :mod:`causeway.genomes.phenformer.measured`; or, where none are given, those that are
        drawn, ``planted`` with the true ``differences.npy`` of expression (people, genes,
        contexts) that they rest on, and ``null``, see :mod:`causeway.genomes.worlds.liability`.
    splits
        Table to write (TSV): ``person, part``.
    refused
        Table to write (TSV): records of the file that are no sites, by reason.
    source, screening, holdout, encoder
        Sections of the configuration.
    seed
        Of drawn people, of the diseases and of the split.

    Raises
    ------
    InputError
        If the file of variants does not fit the genome, a table does not fit the people, or
        nothing tells their diseases.
    """
    files = source.files(raw) if isinstance(source, World) else source
    folder = files.path if isinstance(files, GenomeFiles) else raw
    if files.variants is None:
        raise InputError("sources", "no file of variants is given", "Name one by 'variants'")
    store = open_store(genome)
    path = folder / files.variants
    cases = None
    if files.people:
        found = _drawn(path, store, files, screening, seed)
    else:
        # Tables come first: genotypes may take hours.
        table = _table_of_people(path, files, folder)
        if files.diseases is not None:
            cases = read_diseases(folder / files.diseases, table["person"])
        found = _genotyped(path, table, store, screening, seed)
    write_haplotypes(cohort, found.sites, found.people, found.indptr, found.indices, found.counts)
    found.refused.to_csv(refused, sep="\t", index=False)
    read = open_haplotypes(cohort)
    parts = by_person(read.people, holdout.people_valid, holdout.people_test, seed=seed)
    write_split(parts, splits)
    log.info("%d people, %d sites, %s", len(read.people), len(read.sites), found.counts)
    diseases.mkdir()
    if cases is not None:
        check_parts(cases, parts, folder / str(files.diseases))
        curated = None if files.literature is None else folder / files.literature
        write_measured(cases, curated, expression, diseases / MEASURED)
    else:
        table = screened(read_genes(genes), read, encoder, screening.genes)
        _draw_diseases(files.liability, truth, table, store, read, diseases, seed)


def _draw_diseases(
    liability: LiabilityLaw,
    truth: Path,
    table: pd.DataFrame,
    store: Genome,
    read: Haplotypes,
    diseases: Path,
    seed: int,
) -> None:
    """Draw both kinds, and write them with the true differences of expression."""
    grammar = _grammar(truth)
    before, after = grammar.reach
    personal = PersonalWindows(store, read, windows(table, before, after))
    true = true_differences(grammar, personal, before)
    for number, world in enumerate(DRAWN):
        law = liability.model_copy(update={"null": world == "null"})
        drawn = draw_diseases(
            law,
            true,
            table["gene"].tolist(),
            list(grammar.contexts),
            read,
            np.random.default_rng((seed, number)),
        )
        write_diseases(drawn, diseases / world)
    np.save(diseases / "planted" / "differences.npy", true)


def _drawn(
    path: Path,
    store: Genome,
    files: GenomeFiles | Registered,
    screening: Screening,
    seed: int,
) -> _People:
    """People by the frequencies of a file."""
    populations = files.people
    keys = ["AF", *(f"{name}_AF" for name in populations)]
    records = list(_renamed(read_records(path, frequencies=keys), path, store))
    normal = normalise(records, store, variants=screening.variants, where=path)
    names = ["frequency", *populations]
    values = zip(*(record.frequencies for record in records), strict=True)
    sites = with_frequencies(normal.sites, dict(zip(names, values, strict=True)))
    drawn = draw_people(sites, populations, seed, founders=files.founders, block=files.block)
    return _People(sites, drawn.people, drawn.indptr, drawn.indices, {}, normal.refused)


def _table_of_people(path: Path, files: GenomeFiles | Registered, folder: Path) -> pd.DataFrame:
    """People of a file with genotypes, their populations and covariates."""
    names = read_header(path).people
    if not names:
        raise InputError(
            path, "has no genotypes", "Name the number of people to draw per population, 'people'"
        )
    if files.covariates is not None:
        return read_covariates(folder / files.covariates, pd.Series(names))
    return pd.DataFrame({"person": names, "population": ""})


def _genotyped(
    path: Path, table: pd.DataFrame, store: Genome, screening: Screening, seed: int
) -> _People:
    """People of a file with genotypes."""
    found = genotyped(
        _renamed(read_records(path, genotypes=True), path, store),
        store,
        len(table),
        unphased=screening.unphased,
        variants=screening.variants,
        seed=seed,
        where=path,
    )
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
            "nothing tells the diseases of people, nor what their sequences express",
            "Give the source a table of diseases, or a grammar by which they are drawn",
        )
    return read_grammar(truth)
