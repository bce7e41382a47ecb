"""Windows of personal genomes, on the strands of their genes, and which of them are the same."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.coordinates import is_reverse
from causeway.genomes.haplotypes import Haplotypes
from causeway.genomes.outward import Outward
from causeway.genomes.reconstruction import Layout, lay_out
from causeway.genomes.reference import Reference, contig_reader
from causeway.genomes.sequence import UNKNOWN, reverse_complement

CHUNK = 1 << 16
"""Windows whose sites are compared at once."""


class Distinct(NamedTuple):
    """Pairs of window and haplotype without those that have the same sequence."""

    windows: NDArray[np.int64]
    """Row of the window of each distinct sequence, shape (u,)."""
    haplotypes: NDArray[np.int64]
    """A haplotype that has it, shape (u,)."""
    inverse: NDArray[np.int64]
    """Which of the distinct sequences each pair has, shape of the pairs."""


class PersonalWindows:
    """Windows of one width, each anchored at its transcription start, of any haplotype.

    Parameters
    ----------
    reference
        Contigs.
    people
        Haplotypes that differ from it.
    table
        Columns ``contig``, ``tss``, ``strand``, ``start`` and ``end``, as
        :func:`causeway.genomes.coordinates.windows` makes them.

    Raises
    ------
    InputError
        If windows differ in width, or are on contigs that the reference lacks, or if their
        transcription start is off the contig or the window.
    """

    def __init__(self, reference: Reference, people: Haplotypes, table: pd.DataFrame) -> None:
        self.people = people
        self.contigs = table["contig"].to_numpy()
        self.start = table["start"].to_numpy(np.int64)
        self.end = table["end"].to_numpy(np.int64)
        self.anchor = table["tss"].to_numpy(np.int64)
        self.reverse = is_reverse(table, "windows")
        self._check(reference)
        self._outward = Outward(
            reference, people, self.contigs, self.anchor, self.anchor - self.start, self.width
        )
        self._readers = {
            contig: (reference.contigs[contig], contig_reader(reference, contig))
            for contig in pd.unique(self.contigs)
        }

    @property
    def width(self) -> int:
        """Bases of a window."""
        return int(self.end[0] - self.start[0]) if len(self.start) else 0

    def read(
        self, rows: NDArray[np.integer], haplotypes: NDArray[np.integer]
    ) -> NDArray[np.uint8]:
        """Codes of windows of haplotypes on the genes' strands, shape (n, width).

        Parameters
        ----------
        rows
            Row of each window in the table, shape (n,).
        haplotypes
            Haplotype of each, shape (n,).
        """
        out = self._outward.read(rows, haplotypes)
        reverse = self.reverse[rows]
        if reverse.any():
            out[reverse] = reverse_complement(out[reverse])
        return out

    def reference(self, rows: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Codes of windows of the reference on the genes' strands, shape (n, width)."""
        out = np.full((len(rows), self.width), UNKNOWN, dtype=np.uint8)
        for window, row in zip(out, rows, strict=True):
            length, read = self._readers[self.contigs[row]]
            start = self.start[row]
            low, high = max(0, start), min(length, self.end[row])
            if low < high:
                window[low - start : high - start] = read(low, high)
        reverse = self.reverse[rows]
        out[reverse] = reverse_complement(out[reverse])
        return out

    def distinct(self, rows: NDArray[np.integer], haplotypes: NDArray[np.integer]) -> Distinct:
        """Find pairs whose windows have the same sites, hence the same sequence.

        Sets of sites are compared by two sums of 64 random bits per site: a chance of 2^-128 that
        two given sets are taken for one.

        Parameters
        ----------
        rows, haplotypes
            Window and haplotype of each pair, shape (n,).
        """
        keys = np.empty(len(rows), dtype=[("row", np.int64), ("one", "u8"), ("two", "u8")])
        keys["row"] = rows
        for low in range(0, len(rows), CHUNK):
            part = slice(low, low + CHUNK)
            marks = self._marks(rows[part], haplotypes[part])
            keys["one"][part], keys["two"][part] = marks
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        return Distinct(
            np.asarray(rows, dtype=np.int64)[first],
            np.asarray(haplotypes, dtype=np.int64)[first],
            inverse,
        )

    def _marks(
        self, rows: NDArray[np.integer], haplotypes: NDArray[np.integer]
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Sums of random numbers of the sites that have a part in each window."""
        one, two = (np.zeros(len(rows), dtype=np.uint64) for _ in range(2))
        for part, _, layout in self._layouts(rows, haplotypes):
            edits = self.people.edits
            new = edits.first[layout.sites + 1] - edits.first[layout.sites]
            # A deletion at an edge may be on either side of it: it counts.
            used = layout.place <= layout.end[layout.window]
            used &= layout.place + new >= layout.begin[layout.window]
            for sums, draw in ((one, 0), (two, 1)):
                random = _random(layout.sites[used], draw)
                added = np.zeros(len(part), dtype=np.uint64)
                np.add.at(added, layout.window[used], random)
                sums[part] = added
        return one, two

    def _layouts(
        self, rows: NDArray[np.integer], haplotypes: NDArray[np.integer]
    ) -> Iterator[tuple[NDArray[np.int64], str, Layout]]:
        """Places of pairs on the same contig, its name and their layout."""
        haplotypes = np.asarray(haplotypes)
        names = self.contigs[rows]
        for contig in pd.unique(names):
            part = np.flatnonzero(names == contig)
            own = rows[part]
            yield (
                part,
                contig,
                lay_out(
                    self.people,
                    contig,
                    self._readers[contig][0],
                    haplotypes[part],
                    self.start[own],
                    self.end[own],
                    self.anchor[own],
                ),
            )

    def _check(self, reference: Reference) -> None:
        for contig in pd.unique(self.contigs):
            if contig not in reference.contigs:
                raise InputError(
                    "windows",
                    f"are on contig {contig!r}, which the reference lacks",
                    f"Use its names: {', '.join(list(reference.contigs)[:5])}",
                )
        widths = np.unique(self.end - self.start)
        if len(widths) > 1:
            raise InputError(
                "windows",
                f"have between {widths[0]} and {widths[-1]} bases",
                "Give all the same width",
            )
        lengths = np.array([reference.contigs[name] for name in self.contigs], dtype=np.int64)
        off = (self.anchor < 0) | (self.anchor >= lengths)
        off |= (self.anchor < self.start) | (self.anchor > self.end)
        if off.any():
            row = int(off.argmax())
            raise InputError(
                f"windows, row {row}",
                f"{self.contigs[row]}:{self.anchor[row]} is off the contig or off the window",
                "Use the annotation of this reference",
            )


def _random(sites: NDArray[np.int64], draw: int) -> NDArray[np.uint64]:
    """Random bits of each site, the same in every process (SplitMix64, Steele et al. 2014)."""
    state = (2 * sites.astype(np.uint64) + np.uint64(draw + 1)) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
