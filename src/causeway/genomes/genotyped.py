"""People of a file of variants, as sparse lists of sites."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.phasing import Unphased, resolve
from causeway.genomes.reading.variants import Record
from causeway.genomes.reference import Reference
from causeway.genomes.sites import Variants, normalise

PER_RECORD = 1 << 8
"""More than twice the largest number of an allele."""


class Genotyped(NamedTuple):
    """What :func:`causeway.genomes.haplotypes.write_haplotypes` takes, and what was refused."""

    sites: pd.DataFrame
    """Table of sites, with those that mask bases of unknown phase."""
    indptr: NDArray[np.int64]
    """Borders of haplotypes, shape (2 people + 1,)."""
    indices: NDArray[np.int32]
    """Sites that haplotypes carry."""
    counts: dict[str, int]
    """What was decided about genotypes."""
    refused: pd.DataFrame
    """Records that are no sites, as :func:`causeway.genomes.sites.normalise` tells them."""


def genotyped(
    records: Iterable[Record],
    reference: Reference,
    people: int,
    *,
    unphased: Unphased = "refuse",
    variants: Variants = "all",
    seed: int = 0,
    where: object = "variants",
) -> Genotyped:
    """Collect what the haplotypes of people carry, in one pass over a file.

    Parameters
    ----------
    records
        With genotypes, e.g. of :func:`causeway.genomes.reading.variants.read_records`.
    reference
        Contigs.
    people
        Number of people.
    unphased
        What becomes of heterozygous genotypes without phase; ``iupac`` gives both haplotypes N in
        place of the bases that are replaced, and nothing where bases are only inserted.
    variants
        Which sites to keep.
    seed
        For ``random``.
    where
        Name of the file, for errors.

    Raises
    ------
    InputError
        As of :func:`causeway.genomes.sites.normalise`, and where a haplotype is not known.
    """
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    keys: list[NDArray[np.int64]] = []
    haplotypes: list[NDArray[np.int32]] = []

    def read() -> Iterator[Record]:
        for number, record in enumerate(records):
            place = f"{where}, {record.contig}:{record.position + 1}"
            if record.alleles is None or record.phased is None:
                raise InputError(place, "has no genotypes", "Draw people from frequencies instead")
            found = resolve(record.alleles, record.phased, unphased, rng, place)
            counts.update(found.counts)
            alleles = found.alleles.reshape(-1)
            carriers = np.flatnonzero(alleles)
            haplotypes.append(carriers.astype(np.int32))
            keys.append(number * PER_RECORD + alleles[carriers].astype(np.int64))
            yield record

    sites, refused, repeats = normalise(read(), reference, variants=variants, where=where)
    written = np.concatenate([*keys, np.zeros(0, np.int64)])
    carried = _merged(written, repeats)
    haplotype = np.concatenate([*haplotypes, np.zeros(0, np.int32)])
    sites = _with_masks(sites, carried)
    site = _rows(sites, carried)
    counts["carried alleles that are no sites"] = int((site < 0).sum())
    counts["carried alleles of repeated sites, merged with the first"] = int(
        (carried != written).sum()
    )
    haplotype, site = haplotype[site >= 0], site[site >= 0]
    order = np.lexsort((site, haplotype))
    haplotype, site = haplotype[order], site[order]
    # A haplotype may carry a site by two records.
    fresh = np.ones(len(site), dtype=bool)
    fresh[1:] = (haplotype[1:] != haplotype[:-1]) | (site[1:] != site[:-1])
    haplotype, site = haplotype[fresh], site[fresh]
    numbers = np.bincount(haplotype, minlength=2 * people)
    indptr = np.concatenate([[0], np.cumsum(numbers)]).astype(np.int64)
    return Genotyped(sites, indptr, site.astype(np.int32), dict(counts), refused)


def _merged(carried: NDArray[np.int64], repeats: pd.DataFrame) -> NDArray[np.int64]:
    """Put the alleles that became sites in place of those that repeat them."""
    if repeats.empty:
        return carried
    record, allele, kept_record, kept_allele = repeats.to_numpy(np.int64).T
    # Alleles of unknown phase are below 0.
    own = np.concatenate([record * PER_RECORD + sign * allele for sign in (1, -1)])
    kept = np.concatenate([kept_record * PER_RECORD + sign * kept_allele for sign in (1, -1)])
    place = pd.Index(own).get_indexer(pd.Index(carried))
    return np.where(place >= 0, kept[place], carried)


def _with_masks(sites: pd.DataFrame, carried: NDArray[np.int64]) -> pd.DataFrame:
    """Add a site with N for each whose phase is unknown in someone."""
    own = sites["record"].to_numpy() * PER_RECORD - sites["allele"].to_numpy()
    masked = np.isin(own, carried) & (sites["ref"].str.len() > 0).to_numpy()
    if not masked.any():
        return sites
    added = sites[masked].copy()
    added["alt"] = ["N" * len(ref) for ref in added["ref"]]
    added["allele"] = -added["allele"]
    both = pd.concat([sites, added])
    contig = pd.factorize(both["contig"])[0]
    # Of equal places, in the order of records; a mask stands behind its own site.
    order = np.lexsort(
        (both["allele"] < 0, both["record"], both["ref"] != "", both["position"], contig)
    )
    return both.iloc[order].reset_index(drop=True)


def _rows(sites: pd.DataFrame, carried: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of each carried allele in the table of sites, -1 where it is no site."""
    if sites.empty:
        return np.full(len(carried), -1)
    own = sites["record"].to_numpy() * PER_RECORD + sites["allele"].to_numpy()
    order = np.argsort(own)
    place = np.minimum(np.searchsorted(own[order], carried), len(own) - 1)
    row = order[place]
    return np.where(own[row] == carried, row, -1)
