"""People as sparse lists of the sites at which their haplotypes differ from the reference.

A folder with ``sites.parquet`` (:mod:`causeway.genomes.sites`), ``people.tsv`` (``person``,
``population`` and covariates), and arrays that are mapped into memory, not read: ``indptr.npy``
(2n + 1) and ``indices.npy`` list the sites that are applied to each haplotype, ``left-out.npy``
(haplotype, site) those that exclude each other with one of them. Haplotypes 2i and 2i + 1 are of
person i. ``counts.tsv`` tells what happened to genotypes on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.edits import Edits, applicable, edits_of
from causeway.genomes.sites import read_sites, write_sites

CHUNK = 1 << 22
"""Carried sites that are compared at once."""


@dataclass(frozen=True)
class Haplotypes:
    """The haplotypes of n people.

    Parameters
    ----------
    sites
        Table of S sites.
    people
        Table of n people.
    indptr
        Borders of haplotypes in ``indices``, shape (2n + 1,).
    indices
        Sites that are applied, rising within each haplotype.
    left_out
        Pairs (haplotype, site), sorted: carried, but not applied.
    """

    sites: pd.DataFrame
    people: pd.DataFrame
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    left_out: NDArray[np.int32]

    def __len__(self) -> int:
        """Haplotypes, two per person."""
        return len(self.indptr) - 1

    @cached_property
    def edits(self) -> Edits:
        """Sites as arrays."""
        return edits_of(self.sites)

    def ranges(
        self,
        haplotypes: NDArray[np.integer],
        low: NDArray[np.integer],
        high: NDArray[np.integer],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where in ``indices`` the sites [low, high) of haplotypes stand; all of shape (n,)."""
        begin, end = self.indptr[haplotypes], self.indptr[np.asarray(haplotypes) + 1]
        return (
            bisect(self.indices, begin, end, np.asarray(low)),
            bisect(self.indices, begin, end, np.asarray(high)),
        )

    def sites_of(
        self,
        haplotype: int,
        contig: str,
        start: NDArray[np.int64] | int,
        end: NDArray[np.int64] | int,
    ) -> list[NDArray[np.int32]]:
        """Applied sites of a haplotype that touch each of the windows [start, end).

        Sites touch a window if they replace a base of it, or insert at its edges or within.
        """
        begins, ends = (np.atleast_1d(np.asarray(edge, dtype=np.int64)) for edge in (start, end))
        low, high = self.edits.between(contig, begins, ends)
        first, last = self.ranges(np.full(len(low), haplotype), low, high)
        found = []
        for begin, one, other in zip(begins, first, last, strict=True):
            sites = np.asarray(self.indices[one:other])
            found.append(sites[self.edits.end[sites] >= begin])
        return found

    def dosages(self, low: int = 0, high: int | None = None) -> NDArray[np.uint8]:
        """Copies of the alternatives of sites [low, high) that people carry, shape (n, sites).

        Sites that are carried but left out of sequences are counted as well.
        """
        high = len(self.sites) if high is None else high
        carried = np.zeros((len(self) // 2, high - low), dtype=np.uint8)
        people = np.arange(len(carried))
        ends = np.full(len(people), low), np.full(len(people), high)
        for copy in (0, 1):
            # Within one haplotype no site occurs twice.
            first, last = self.ranges(2 * people + copy, *ends)
            person = np.repeat(people, last - first)
            carried[person, self.indices[stretches(first, last)] - low] += 1
        haplotype, site = self.left_out.T
        inside = (site >= low) & (site < high)
        np.add.at(carried, (haplotype[inside] // 2, site[inside] - low), 1)
        return carried


def write_haplotypes(
    folder: Path,
    sites: pd.DataFrame,
    people: pd.DataFrame,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    counts: Mapping[str, int] | None = None,
) -> None:
    """Write people into a folder.

    Parameters
    ----------
    folder
        Made if needed.
    sites
        Table of S sites.
    people
        Table of n people.
    indptr, indices
        Sites that haplotypes carry, those that exclude each other included: shapes (2n + 1,) and
        (carried,), rising within each haplotype.
    counts
        What happened to genotypes: words and numbers.

    Raises
    ------
    InputError
        If sizes do not fit each other, or a site is listed twice or not in order.
    """
    if len(indptr) != 2 * len(people) + 1:
        raise InputError(
            folder,
            f"{len(indptr) - 1} haplotypes of {len(people)} people",
            "Give two haplotypes per person",
        )
    _rising(indptr, indices, len(sites), folder)
    edits = edits_of(sites)
    kept = np.ones(len(indices), dtype=bool)
    for low, high in _runs(indptr):
        part = slice(indptr[low], indptr[high])
        borders = indptr[low : high + 1] - indptr[low]
        kept[part] = applicable(edits, borders, indices[part])
    haplotype = np.repeat(np.arange(len(indptr) - 1, dtype=np.int32), np.diff(indptr))
    folder.mkdir(parents=True, exist_ok=True)
    write_sites(sites, folder / "sites.parquet")
    people.to_csv(folder / "people.tsv", sep="\t", index=False)
    before = np.concatenate([[0], np.cumsum(kept)])
    np.save(folder / "indptr.npy", before[indptr].astype(np.int64))
    np.save(folder / "indices.npy", indices[kept].astype(np.int32))
    left_out = np.column_stack([haplotype[~kept], indices[~kept]]).astype(np.int32)
    np.save(folder / "left-out.npy", left_out)
    told = {
        "sites": len(sites),
        "haplotypes": len(indptr) - 1,
        "carried sites": len(indices),
        **(counts or {}),
        "left out since they overlap another": len(left_out),
    }
    table = pd.DataFrame(told.items(), columns=["what", "number"])
    table.to_csv(folder / "counts.tsv", sep="\t", index=False)


def open_haplotypes(folder: Path) -> Haplotypes:
    """Open what :func:`write_haplotypes` wrote; carried sites stay on disk.

    Raises
    ------
    InputError
        If a file is missing or does not fit the others.
    """
    sites = read_sites(folder / "sites.parquet")
    try:
        people = pd.read_csv(
            folder / "people.tsv",
            sep="\t",
            keep_default_na=False,
            dtype={"person": str, "population": str},
        )
        indptr, left_out = np.load(folder / "indptr.npy"), np.load(folder / "left-out.npy")
        mapped = np.load(folder / "indices.npy", mmap_mode="r")
    except (OSError, ValueError) as error:
        raise InputError(folder, f"holds no haplotypes ({error})", "Make it anew") from error
    if len(indptr) != 2 * len(people) + 1 or indptr[-1] != len(mapped):
        raise InputError(folder, "its files do not fit each other", "Make it anew")
    # Of the base class, whose slices cost a quarter of the mapped one's.
    return Haplotypes(sites, people, indptr, mapped.view(np.ndarray), left_out)


def bisect(
    values: NDArray[np.integer],
    begin: NDArray[np.integer],
    end: NDArray[np.integer],
    wanted: NDArray[np.integer],
) -> NDArray[np.int64]:
    """First place in each stretch [begin, end) of values whose value is at least the wanted one.

    All stretches are halved together; values must rise within each.
    """
    low, high = begin.astype(np.int64), end.astype(np.int64)
    for _ in range(int((high - low).max(initial=0)).bit_length()):
        middle = (low + high) >> 1
        open_ = low < high
        below = open_ & (values[np.where(open_, middle, 0)] < wanted)
        low = np.where(below, middle + 1, low)
        high = np.where(open_ & ~below, middle, high)
    return low


def stretches(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate the ranges [first, last)."""
    lengths = last - first
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(first - before, lengths)


def _rising(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], sites: int, folder: Path
) -> None:
    """Refuse carried sites that are out of order or unknown."""
    falls = np.diff(indices) <= 0
    falls[indptr[(indptr > 0) & (indptr < len(indices))] - 1] = False
    off = len(indices) and (indices.min() < 0 or indices.max() >= sites)
    if falls.any() or off or indptr[-1] != len(indices):
        raise InputError(
            folder,
            "carried sites are not rising numbers of sites",
            "Sort them within each haplotype, and name each once",
        )


def _runs(indptr: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Runs of haplotypes with about ``CHUNK`` carried sites each."""
    last = len(indptr) - 1
    cuts = np.searchsorted(indptr, np.arange(CHUNK, indptr[-1], CHUNK))
    edges = np.unique([0, *cuts, last])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
