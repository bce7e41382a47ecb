"""Sequences in the 2bit format of the UCSC genome browser.

A header, an index of names and offsets, and for each sequence its length, runs of N, runs of
lower case, and four bases per byte, the first one in the highest bits, with T 0, C 1, A 2, G 3
(https://genome.ucsc.edu/FAQ/FAQformat.html#format7).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.reading.streams import damaged
from causeway.genomes.sequence import UNKNOWN, Codes

SIGNATURE = 0x1A412743
PIECE = 1 << 22
"""Bases that are unpacked at once; whole bytes."""


def _table() -> NDArray[np.uint32]:
    """Our codes of the four bases in a byte, as the bytes of one number."""
    theirs = np.arange(256, dtype=np.uint8)[:, None] >> np.array([6, 4, 2, 0], dtype=np.uint8)
    ours = np.array([3, 1, 0, 2], dtype=np.uint8)[theirs & 3]
    return ours.view(np.uint32)[:, 0]


_CODES = _table()


def is_twobit(path: Path) -> bool:
    """Whether a file begins as 2bit does."""
    with path.open("rb") as file:
        return _order(file.read(4)) is not None


def read_twobit(path: Path) -> Iterator[tuple[str, Iterator[Codes]]]:
    """Names and pieces of codes of all sequences; soft masks are no difference.

    Parameters
    ----------
    path
        2bit of version 0 or 1, of either byte order.

    Yields
    ------
    str, iterator of uint8 arrays

    Raises
    ------
    InputError
        If the file is not 2bit, or is cut off.
    """
    if not path.is_file():
        raise InputError(path, "there is no such file", "Correct the path")
    stored = np.asarray(np.memmap(path, dtype=np.uint8, mode="r")) if path.stat().st_size else b""
    file = _File(path, stored)
    for name, offset in file.index():
        yield name, file.pieces(name, offset)


def _order(signature: bytes) -> str | None:
    """How numbers are written: ``<`` or ``>``, None if it is no 2bit."""
    for order in "<>":
        if len(signature) == 4 and struct.unpack(f"{order}I", signature)[0] == SIGNATURE:
            return order
    return None


class _File:
    """A mapped file."""

    def __init__(self, path: Path, stored: Codes | bytes) -> None:
        self._path, self._stored = path, stored
        order = _order(bytes(stored[:4]))
        if order is None:
            raise InputError(path, "is not 2bit", "Give 2bit or FASTA")
        self._number = np.dtype(f"{order}u4")
        self._order = order

    def index(self) -> Iterator[tuple[str, int]]:
        """Names and places of the sequences."""
        version, count = self._numbers(4, 2)
        if version > 1:
            raise InputError(self._path, f"is of version {version}", "Give version 0 or 1")
        width = 4 << int(version)
        place = 16
        for _ in range(count):
            size = int(self._part(place, 1)[0])
            name = bytes(self._part(place + 1, size)).decode("ascii", "replace")
            offset = bytes(self._part(place + 1 + size, width))
            yield name, struct.unpack(self._order + ("I" if width == 4 else "Q"), offset)[0]
            place += 1 + size + width

    def pieces(self, name: str, offset: int) -> Iterator[Codes]:
        """Codes of one sequence."""
        (length,) = self._numbers(offset, 1)
        unknown, place = self._runs(offset + 4)
        _, place = self._runs(place)
        packed = self._part(place + 4, -(-int(length) // 4))
        ends = unknown[:, 0] + unknown[:, 1]
        if len(unknown) and (ends > length).any():
            raise damaged(self._path, f"a run of N reaches off {name}")
        for start in range(0, int(length), PIECE):
            stop = min(start + PIECE, int(length))
            codes = _CODES[packed[start // 4 : -(-stop // 4)]].view(np.uint8)[: stop - start]
            for run in np.flatnonzero((unknown[:, 0] < stop) & (ends > start)):
                codes[max(unknown[run, 0] - start, 0) : ends[run] - start] = UNKNOWN
            yield codes

    def _runs(self, place: int) -> tuple[NDArray[np.int64], int]:
        """Starts and sizes, shape (runs, 2), and where they end."""
        (count,) = self._numbers(place, 1)
        rows = self._numbers(place + 4, 2 * int(count)).reshape(2, -1).T
        return rows, place + 4 + 8 * int(count)

    def _numbers(self, place: int, count: int) -> NDArray[np.int64]:
        part = np.frombuffer(bytes(self._part(place, 4 * count)), self._number)
        return part.astype(np.int64)

    def _part(self, place: int, size: int) -> Codes:
        part = self._stored[place : place + size]
        if len(part) != size:
            raise damaged(self._path, f"it ends within byte {place + size:,}")
        return np.asarray(part)
