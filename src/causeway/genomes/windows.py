"""Windows of a genome as codes on their own strands."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway import memory
from causeway.errors import InputError
from causeway.genomes.coordinates import is_reverse
from causeway.genomes.sequence import Codes, blocks, reverse_complement
from causeway.genomes.store import Genome

COLUMNS = ("contig", "strand", "start", "end")


class Windows:
    """A table of windows of one width, ready to be read in any order.

    Parameters
    ----------
    genome
        Where the bases are.
    table
        Columns ``contig``, ``strand``, ``start`` and ``end``.
    pad
        Whether N stands for what lies off a contig that is no circle.
    where
        Stands in errors.

    Attributes
    ----------
    width
        Bases of each window.

    Raises
    ------
    InputError
        If a column or contig is missing, widths differ, or a window lies off its contig, or
        reaches off it and ``pad`` is not set.
    """

    def __init__(
        self, genome: Genome, table: pd.DataFrame, *, pad: bool = True, where: object = "windows"
    ) -> None:
        if missing := [name for name in COLUMNS if name not in table]:
            raise InputError(where, f"no column {', '.join(missing)}", "Add it")
        if table.empty:
            raise InputError(where, "has no rows", "Give at least one window")
        starts = table["start"].to_numpy(np.int64)
        widths = table["end"].to_numpy(np.int64) - starts
        if (widths != widths[0]).any() or widths[0] < 1:
            raise InputError(
                where,
                f"widths go from {widths.min():,} to {widths.max():,} bases",
                "Give all windows one width, of at least one base",
            )
        self.width = int(widths[0])
        self._genome, self._pad = genome, pad
        self._places = genome.places(table["contig"].to_numpy(dtype=object))
        self._starts = starts
        self._reverse = is_reverse(table, where)
        self._check(table, where)
        ends = starts + self.width
        self._inside = bool(((starts >= 0) & (ends <= self._places.length)).all())
        self._first = self._places.offset + starts

    def __len__(self) -> int:
        """Number of windows."""
        return len(self._starts)

    def read(
        self,
        rows: NDArray[np.integer[Any]] | slice = slice(None),
        *,
        shift: NDArray[np.int64] | int | None = None,
        flip: NDArray[np.bool_] | bool | None = None,
        out: Codes | None = None,
    ) -> Codes:
        """Codes of windows, shape (rows, width), each on its strand, to be written to.

        Parameters
        ----------
        rows
            Which windows, in this order.
        shift
            Bases by which windows are moved along the forward strand, one number or (rows,).
            What a shifted window has off its contig is N, or the other end of a circle.
        flip
            Whether windows are read on the other strand, one answer or (rows,).
        out
            Where to, shape (rows, width); by default into fresh memory.
        """
        chosen = np.arange(len(self))[rows] if isinstance(rows, slice) else rows
        moved = None if shift is None else np.broadcast_to(shift, len(chosen))
        reverse = self._reverse[chosen]
        if flip is not None:
            reverse = reverse ^ flip
        if out is None and not reverse.any():
            return self._forward(chosen, moved)
        found = np.empty((len(chosen), self.width), dtype=np.uint8) if out is None else out
        for part in blocks(len(chosen), self.width):
            codes = self._forward(chosen[part], None if moved is None else moved[part])
            turned = reverse[part]
            if turned.all():
                codes = reverse_complement(codes)
            elif turned.any():
                codes[turned] = reverse_complement(codes[turned])
            found[part] = codes
        return found

    def _forward(self, rows: NDArray[np.integer[Any]], shift: NDArray[np.int64] | None) -> Codes:
        """Windows on the forward strand."""
        if self._inside and shift is None:
            return self._genome.gather(self._first[rows], self.width)
        starts = self._starts[rows] if shift is None else self._starts[rows] + shift
        pad = self._pad or shift is not None
        return self._genome.read(self._places.take(rows), starts, self.width, pad=pad)

    def _check(self, table: pd.DataFrame, where: object) -> None:
        """Refuse windows that cannot be read, before the first one is."""
        places, ends = self._places, self._starts + self.width
        linear = ~places.circular
        beyond = linear & ((ends <= 0) | (self._starts >= places.length))
        over = linear & ((self._starts < 0) | (ends > places.length))
        wrong = beyond if self._pad else over
        if not wrong.any():
            return
        row = int(wrong.argmax())
        name = f", {table['gene'].iloc[row]}" if "gene" in table else ""
        raise InputError(
            f"{where}{name}",
            f"{int(wrong.sum()):,} of {len(self):,} windows lie off their contigs, the first at "
            f"{places.name[row]}:{self._starts[row]:,}-{ends[row]:,}, which has "
            f"{places.length[row]:,} bases",
            "Give coordinates of the assembly that the sequence is from"
            if beyond.any()
            else "Allow padding, or take smaller windows",
        )


def read_windows(
    genome: Genome, table: pd.DataFrame, *, pad: bool = True, where: object = "windows"
) -> Codes:
    """All windows of a table at once.

    Parameters
    ----------
    genome, table, pad, where
        As in :class:`Windows`.

    Returns
    -------
    uint8 array of shape (n, width)
        Codes, of windows on strand - after the reverse complement.

    Raises
    ------
    InputError
        As :class:`Windows`, or if they do not fit into memory.
    """
    windows = Windows(genome, table, pad=pad, where=where)
    memory.require(
        # Windows on strand - are turned around in a copy.
        2 * len(windows) * windows.width,
        f"{len(windows):,} windows of {windows.width:,} bases",
        where,
        "Read them in batches",
    )
    return windows.read()
