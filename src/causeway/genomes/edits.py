"""Sites as arrays to rebuild sequences from, and which sites of a haplotype exclude others."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.sequence import encode
from causeway.genomes.sites import contig_ranges


@dataclass(frozen=True)
class Edits:
    """S sites: which bases each replaces, and by what.

    Parameters
    ----------
    start, end
        Replaced bases [start, end) of the contig, shape (S,); end equals start of insertions.
    first
        Place of each site's new bases in ``bases``, shape (S + 1,).
    bases
        Codes of the new bases of all sites, one site after the other.
    reach
        Greatest ``end`` of the contig's sites up to each one, shape (S,).
    turn
        Rank of each site in the order in which bcftools comes to it, shape (S,): by its position
        in a VCF, which for pure insertions and deletions is one base before, then by record.
    ranges
        First site of each contig, and the one after its last.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    first: NDArray[np.int64]
    bases: NDArray[np.uint8]
    reach: NDArray[np.int64]
    turn: NDArray[np.int64]
    ranges: dict[str, tuple[int, int]]

    @property
    def length(self) -> NDArray[np.int64]:
        """New bases of each site, shape (S,)."""
        return np.diff(self.first)

    def between(
        self, contig: str, start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ranges of the sites that may touch windows [start, end) of a contig.

        All sites that replace a base of a window, or insert at its edges or within, are in its
        range; some in the range may end before it begins.
        """
        low, high = self.ranges.get(contig, (0, 0))
        # Only sites before a window's start can be in vain, and only where a long deletion is.
        first = low + np.searchsorted(self.reach[low:high], start, side="left")
        last = low + np.searchsorted(self.start[low:high], end, side="right")
        return first, np.maximum(first, last)


def edits_of(sites: pd.DataFrame) -> Edits:
    """Turn a sorted table of sites into arrays."""
    start: NDArray[np.int64] = sites["position"].to_numpy(np.int64)
    end: NDArray[np.int64] = start + sites["ref"].str.len().to_numpy(np.int64)
    length = sites["alt"].str.len().to_numpy(np.int64)
    ranges = contig_ranges(sites)
    reach = end.copy()
    for low, high in ranges.values():
        np.maximum.accumulate(end[low:high], out=reach[low:high])
    contig = np.zeros(len(start), dtype=np.int64)
    for number, (low, high) in enumerate(ranges.values()):
        contig[low:high] = number
    pure = (length == 0) | (end == start)
    order = np.lexsort((sites["record"].to_numpy(), start - pure, contig))
    turn = np.empty(len(start), dtype=np.int64)
    turn[order] = np.arange(len(start))
    return Edits(
        start=start,
        end=end,
        first=np.concatenate([[0], np.cumsum(length)]),
        bases=encode("".join(sites["alt"])),
        reach=reach,
        turn=turn,
        ranges=ranges,
    )


def applicable(
    edits: Edits, indptr: NDArray[np.int64], indices: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Tell which sites of haplotypes can be applied together, much as bcftools consensus does.

    In the order of a VCF (``turn``), a site is left out if it begins before the end of an applied
    one, or if it inserts bases where the applied site before it has inserted some. This is the
    rule of bcftools for records of one alternative in normal form. Of other records bcftools
    compares the whole REF as written, and leaves out what begins within it; here only the bases
    that a site replaces count. So after an applied allele C of the record REF CAA, ALT C,TAA the
    two leave out alike what replaces an A; after its allele TAA, only bcftools does.

    Parameters
    ----------
    edits
        All sites.
    indptr
        Borders of haplotypes in ``indices``, shape (haplotypes + 1,).
    indices
        Sites of each haplotype, rising.

    Returns
    -------
    ndarray
        Shape of ``indices``.
    """
    haplotype = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    order = np.argsort(haplotype * len(edits.start) + edits.turn[indices], kind="stable")
    kept = np.empty(len(order), dtype=bool)
    kept[order] = _in_turn(edits, haplotype[order], indices[order])
    return kept


def _in_turn(
    edits: Edits, haplotype: NDArray[np.int64], sites: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Tell which sites are applied, of sites in the order of their turns."""
    kept = np.ones(len(sites), dtype=bool)
    if not len(sites):
        return kept
    # Far apart what lies on different contigs and haplotypes, so that one pass serves them all.
    far = int(edits.reach.max()) + 1
    borders = [low for low, _ in edits.ranges.values()]
    contig = np.searchsorted(borders, sites, side="right")
    away = (haplotype * (len(borders) + 1) + contig) * far
    start, end = edits.start[sites] + away, edits.end[sites] + away
    inserts = start == end
    doubtful = start[1:] < np.maximum.accumulate(end)[:-1]
    inserted = np.maximum.accumulate(np.where(inserts, start, -1))
    doubtful |= inserts[1:] & (start[1:] <= inserted[:-1])
    previous, cursor, insertion = -1, 0, -1
    for place in (np.flatnonzero(doubtful) + 1).tolist():
        if place - 1 != previous:
            cursor = end[place - 1]
            insertion = start[place - 1] if inserts[place - 1] else -1
        previous = place
        if start[place] < cursor or (inserts[place] and start[place] == insertion):
            kept[place] = False
            continue
        cursor = end[place]
        insertion = start[place] if inserts[place] else -1
    return kept
