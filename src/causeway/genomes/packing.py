"""Bases as they lie on disk, by the byte or by two bits, and runs of equal length out of them.

Four bases share a byte in two-bit packing, the first one in its lowest bits; N is not one of the
four letters, so runs of it stand in a table beside.
"""

from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from causeway.genomes.sequence import UNKNOWN, Codes, blocks

PER_BYTE = 4
"""Bases in a byte."""

_PER_WORD = 2 * PER_BYTE


def _words() -> NDArray[np.uint64]:
    """The eight codes in each number of 16 bits, as the bytes of one word."""
    numbers = np.arange(1 << 16, dtype=np.uint32)[:, None]
    codes = (numbers >> (2 * np.arange(_PER_WORD, dtype=np.uint32))) & 3
    return codes.astype(np.uint8).view(np.uint64)[:, 0]


_WORDS = _words()


def pack(codes: Codes) -> Codes:
    """Two bits per base, shape (ceil(L / 4),); N and the rest of the last byte become A."""
    known = np.zeros(-(-len(codes) // PER_BYTE) * PER_BYTE, dtype=np.uint8)
    np.bitwise_and(codes, 3, out=known[: len(codes)])
    packed = known[::PER_BYTE].copy()
    for place in range(1, PER_BYTE):
        packed |= known[place::PER_BYTE] << (2 * place)
    return packed


def unpack(packed: Codes) -> Codes:
    """Codes of packed bases along the last axis, shape (..., 4 n)."""
    if packed.shape[-1] % 2:
        wide = np.concatenate([packed, np.zeros((*packed.shape[:-1], 1), np.uint8)], axis=-1)
        return unpack(wide)[..., :-PER_BYTE]
    # The machine's order of bytes holds for the table and for what is looked up in it.
    pairs = np.ascontiguousarray(packed).view("<u2")
    return _WORDS.take(pairs, mode="wrap").view(np.uint8)


def unknown_runs(codes: Codes) -> NDArray[np.int64]:
    """First base and end of each run of N, shape (runs, 2)."""
    padded = np.zeros(len(codes) + 2, dtype=np.int8)
    padded[1:-1] = codes == UNKNOWN
    return np.flatnonzero(np.diff(padded)).reshape(-1, 2)


class Bases(Protocol):
    """Bases of a whole genome, one contig after the other."""

    def gather(self, starts: NDArray[np.int64], width: int) -> Codes:
        """Codes of runs of one width, shape (runs, width), to be written to."""


class _Runs:
    """Runs of one width out of an array, by a view that has a row for every place.

    Parameters
    ----------
    stored
        One dimension.
    """

    def __init__(self, stored: Codes) -> None:
        self._stored = stored
        # Making a view takes longer than copying a window of usual width.
        self._view = sliding_window_view(stored, 1)

    def take(self, starts: NDArray[np.int64], width: int) -> Codes:
        """Copies, shape (starts, width)."""
        if len(starts) < 2:
            return self._few(starts, width)
        if self._view.shape[1] != width:
            self._view = sliding_window_view(self._stored, width)
        return self._view[starts]

    def _few(self, starts: NDArray[np.int64], width: int) -> Codes:
        if len(starts) == 0:
            return np.empty((0, width), dtype=np.uint8)
        start = int(starts[0])
        return self._stored[start : start + width].reshape(1, width).copy()


class ByteBases:
    """One byte per base.

    Parameters
    ----------
    stored
        Codes, shape (total,); mapped from a file.

    Attributes
    ----------
    stored
        The same.
    """

    def __init__(self, stored: Codes) -> None:
        self.stored = stored
        self._runs = _Runs(stored)

    def gather(self, starts: NDArray[np.int64], width: int) -> Codes:
        """Copy each run by one call of memcpy."""
        return self._runs.take(starts, width)


class TwoBitBases:
    """Two bits per base, and runs of N.

    Parameters
    ----------
    stored
        Packed bases, with at least one byte more than they fill.
    runs
        First base and end of each run of N, ascending, shape (runs, 2).
    """

    def __init__(self, stored: Codes, runs: NDArray[np.int64]) -> None:
        self._rows, self._runs = _Runs(stored), runs

    def gather(self, starts: NDArray[np.int64], width: int) -> Codes:
        """Copy and unpack many runs together, then put N where it belongs."""
        found = np.empty((len(starts), width), dtype=np.uint8)
        for part in blocks(len(starts), width):
            self._unpack(starts[part], found[part])
        self._mark(found, starts, width)
        return found

    def _unpack(self, starts: NDArray[np.int64], found: Codes) -> None:
        width = found.shape[1]
        first, phase = np.divmod(starts, PER_BYTE)
        codes = unpack(self._rows.take(first, -(-(width + PER_BYTE - 1) // PER_BYTE)))
        for row, shift in enumerate(phase.tolist()):
            found[row] = codes[row, shift : shift + width]

    def _mark(self, found: Codes, starts: NDArray[np.int64], width: int) -> None:
        if len(self._runs) == 0:
            return
        first = np.searchsorted(self._runs[:, 1], starts, side="right")
        last = np.searchsorted(self._runs[:, 0], starts + width, side="left")
        for row in np.flatnonzero(first < last):
            for start, end in self._runs[first[row] : last[row]] - starts[row]:
                found[row, max(start, 0) : end] = UNKNOWN
