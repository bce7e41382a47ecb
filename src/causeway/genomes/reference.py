"""What gives bases of contigs: a genome store, or arrays in memory."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.store import FILES, Genome

Reader = Callable[[int, int], NDArray[np.uint8]]
"""Gives codes of [start, end) of a contig, which may be a view."""


class Reference(Protocol):
    """Contigs of known length whose bases can be read."""

    @property
    def contigs(self) -> Mapping[str, int]:
        """Length of each contig."""
        ...

    def codes(self, contig: str, start: int, end: int, *, pad: bool = False) -> NDArray[np.uint8]:
        """Codes of [start, end) of a contig; what is off the contig is 4 (N) if ``pad``."""
        ...


class InMemory:
    """Contigs as arrays of codes.

    Parameters
    ----------
    arrays
        One array (length,) of codes per name.
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.uint8]]) -> None:
        self.arrays = dict(arrays)

    @property
    def contigs(self) -> dict[str, int]:
        """Length of each contig."""
        return {name: len(codes) for name, codes in self.arrays.items()}

    def codes(self, contig: str, start: int, end: int, *, pad: bool = False) -> NDArray[np.uint8]:
        """Codes of [start, end); a view unless the window is padded.

        Raises
        ------
        InputError
            If there is no such contig, or the window leaves it without ``pad``.
        """
        if contig not in self.arrays:
            names = ", ".join(self.arrays)
            raise InputError("reference", f"has no contig {contig!r}", f"It has {names}")
        whole = self.arrays[contig]
        if 0 <= start <= end <= len(whole):
            return whole[start:end]
        if not pad:
            raise InputError(
                f"{contig}:{start}-{end}",
                f"leaves the contig of {len(whole)} bases",
                "Pad windows, or leave this one out",
            )
        window = np.full(end - start, 4, dtype=np.uint8)
        low, high = max(start, 0), min(end, len(whole))
        if low < high:
            window[low - start : high - start] = whole[low:high]
        return window


def contig_reader(reference: Reference, contig: str) -> Reader:
    """Quickest way to read pieces of one contig: views of memory where bases are whole bytes."""
    if isinstance(reference, Genome) and reference.packing == "byte":
        found = reference.table[contig]
        stored = np.memmap(
            reference.folder / FILES["byte"],
            dtype=np.uint8,
            mode="r",
            offset=found.offset,
            shape=(found.length,),
        )
        # Of the base class, whose slices cost a quarter of the mapped one's.
        return array_reader(stored.view(np.ndarray))
    if isinstance(reference, InMemory):
        return array_reader(reference.arrays[contig])
    return partial(reference.codes, contig)


def array_reader(codes: NDArray[np.uint8]) -> Reader:
    """Read pieces of an array."""

    def read(start: int, end: int) -> NDArray[np.uint8]:
        return codes[start:end]

    return read
