"""Genomes on disk: bases that are mapped into memory, and a table of contigs beside them.

A store is a folder with ``genome.u8`` (a byte per base) or ``genome.2bit`` (two bits, with
``unknown.npy`` for the runs of N), and ``genome.json``, which tells for each contig where it
begins, how long it is, the SHA-256 of its letters (upper case, ambiguity codes as N) and whether
it is a circle. The table is written last: a folder without it is no store.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.packing import (
    PER_BYTE,
    Bases,
    ByteBases,
    TwoBitBases,
    pack,
    unknown_runs,
)
from causeway.genomes.sequence import UNKNOWN, Codes, decode

Packing = Literal["byte", "two-bit"]
"""Bytes per base on disk: one, or a quarter at half to a tenth of the speed."""
Sequences = Iterable[tuple[str, Codes | Iterable[Codes]]]
"""Names of contigs and their codes, whole or in pieces."""

FILES: dict[Packing, str] = {"byte": "genome.u8", "two-bit": "genome.2bit"}
TABLE = "genome.json"
UNKNOWN_RUNS = "unknown.npy"

_BLOCK = 1 << 24
"""Bases that are handled at once where all are gone through."""


class Contig(NamedTuple):
    """One row of the table."""

    offset: int
    """Place of the first base in the file, in bases."""
    length: int
    """Bases."""
    sha256: str
    """Digest of the letters."""
    circular: bool
    """Whether the last base is followed by the first."""


class Places(NamedTuple):
    """Contigs of many windows; all of shape (n,)."""

    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    circular: NDArray[np.bool_]
    name: NDArray[np.object_]

    def take(self, rows: NDArray[np.integer[Any]] | slice) -> "Places":
        """Contigs of some of the windows."""
        return Places(self.offset[rows], self.length[rows], self.circular[rows], self.name[rows])


class Genome:
    """An open store; only its path travels when it is pickled to a loader process.

    Parameters
    ----------
    folder
        The store.
    packing
        How bases lie in it.
    table
        Its contigs.

    Attributes
    ----------
    contigs
        Length of each contig.
    table
        All that is known of each.
    """

    def __init__(self, folder: Path, packing: Packing, table: dict[str, Contig]) -> None:
        self.folder, self.packing, self.table = folder, packing, table
        self.contigs = {name: contig.length for name, contig in table.items()}
        self._bases = _mapped(folder, packing)

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return open_store, (self.folder,)

    @property
    def flat(self) -> Codes | None:
        """Bases of all contigs as they lie in the file, if a byte each; not to be written to."""
        return self._bases.stored if isinstance(self._bases, ByteBases) else None

    def codes(self, contig: str, start: int, end: int, *, pad: bool = False) -> Codes:
        """Bases of one stretch of the forward strand, shape (end - start,).

        Parameters
        ----------
        contig
            Its name.
        start, end
            0-based, half-open; on a circle they may lie before the first and behind the last base.
        pad
            Whether N stands for what lies off a contig that is no circle.

        Raises
        ------
        InputError
            If there is no such contig, or the stretch has no base on it, or reaches off it and
            ``pad`` is not set.
        """
        places, where = self.places([contig]), f"{contig}:{start:,}-{end:,}"
        if end <= start:
            raise InputError(where, "has no bases", "Give an end behind the start")
        length = self.contigs[contig]
        if not places.circular[0] and (end <= 0 or start >= length):
            raise InputError(
                where,
                f"lies off the contig, which has {length:,} bases",
                "Give coordinates of the assembly that the sequence is from",
            )
        return self.read(places, np.array([start]), end - start, pad=pad)[0]

    def places(self, contigs: Sequence[str] | NDArray[np.object_]) -> Places:
        """Look contigs up, once for many calls of :meth:`read`.

        Raises
        ------
        InputError
            If there is none of a name.
        """
        names, inverse = np.unique(np.asarray(contigs, dtype=object), return_inverse=True)
        for name in names:
            if name not in self.table:
                raise InputError(
                    self.folder / TABLE, f"has no contig {name!r}", f"It has {some(self.table)}"
                )
        rows = [self.table[name] for name in names]
        return Places(
            np.array([row.offset for row in rows], dtype=np.int64)[inverse],
            np.array([row.length for row in rows], dtype=np.int64)[inverse],
            np.array([row.circular for row in rows], dtype=bool)[inverse],
            names[inverse],
        )

    def gather(self, first: NDArray[np.int64], width: int) -> Codes:
        """Bases of many windows that are known to lie on their contigs, shape (n, width).

        Parameters
        ----------
        first
            Place of each window's first base in the file: the offset of its contig and its start.
        width
            Bases of each.
        """
        return self._bases.gather(first, width)

    def read(
        self, places: Places, starts: NDArray[np.int64], width: int, *, pad: bool = False
    ) -> Codes:
        """Bases of many windows of the forward strand, shape (n, width), to be written to.

        Parameters
        ----------
        places
            Contig of each window.
        starts
            First base of each, shape (n,).
        width
            Bases of each.
        pad
            Whether N stands for what lies off a contig that is no circle, even if that is all.

        Raises
        ------
        InputError
            If a window reaches off its contig and ``pad`` is not set.
        """
        inside = (starts >= 0) & (starts + width <= places.length)
        if inside.all():
            return self.gather(places.offset + starts, width)
        found = np.empty((len(starts), width), dtype=np.uint8)
        found[inside] = self.gather((places.offset + starts)[inside], width)
        for row in np.flatnonzero(~inside):
            contig = places.name[row]
            if places.circular[row]:
                self._around(contig, int(starts[row]), found[row])
            else:
                self._padded(contig, int(starts[row]), found[row], pad)
        return found

    def verify(self) -> None:
        """Go through all bases and compare them with their digests.

        Raises
        ------
        InputError
            If a contig is not what was written.
        """
        for name, contig in self.table.items():
            digest = hashlib.sha256()
            for start in range(0, contig.length, _BLOCK):
                end = min(start + _BLOCK, contig.length)
                digest.update(decode(self.codes(name, start, end)))
            if digest.hexdigest() != contig.sha256:
                raise InputError(
                    self.folder, f"contig {name} is not what was written", "Make the store again"
                )

    def _around(self, contig: str, start: int, found: Codes) -> None:
        """Fill a window of a circle piece by piece."""
        length, done = self.contigs[contig], 0
        while done < len(found):
            first = (start + done) % length
            step = min(length - first, len(found) - done)
            found[done : done + step] = self.codes(contig, first, first + step)
            done += step

    def _padded(self, contig: str, start: int, found: Codes, pad: bool) -> None:
        length, end = self.contigs[contig], start + len(found)
        first, last = max(start, 0), min(end, length)
        if not pad:
            raise InputError(
                f"{contig}:{start:,}-{end:,}",
                f"reaches off the contig, which has {length:,} bases",
                "Allow padding, or take a smaller window",
            )
        found[:] = UNKNOWN
        if first < last:
            found[first - start : last - start] = self.codes(contig, first, last)


def open_store(folder: Path) -> Genome:
    """Open a store without reading its bases.

    Raises
    ------
    InputError
        If the folder is no store, or its files do not fit together.
    """
    path = folder / TABLE
    try:
        text = json.loads(path.read_text(encoding="utf-8"))
        packing: Packing = text["packing"]
        file = folder / FILES[packing]
        table = {name: Contig(**row) for name, row in text["contigs"].items()}
        size = file.stat().st_size
    except FileNotFoundError as error:
        raise InputError(folder, "is no whole store of a genome", "Make it again") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(path, f"is no table of contigs ({error!r})", "Make it again") from error
    wanted = _bytes(packing, table)
    if size != wanted:
        raise InputError(file, f"has {size:,} bytes instead of {wanted:,}", "Make it again")
    return Genome(folder, packing, table)


def write_store(
    sequences: Sequences,
    folder: Path,
    packing: Packing = "byte",
    circular: Collection[str] = (),
    where: object = "sequences",
) -> Genome:
    """Write a store and open it; the memory needed is that of one piece of a contig.

    Parameters
    ----------
    sequences
        Contigs in the order of the file.
    folder
        Where to; what was there of an earlier store is replaced.
    packing
        One byte or two bits per base.
    circular
        Names of contigs that are circles.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If there are no contigs, one is empty or occurs twice, or a circle is not among them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (TABLE, UNKNOWN_RUNS, *FILES.values()):
        (folder / name).unlink(missing_ok=True)
    table: dict[str, Contig] = {}
    runs: list[NDArray[np.int64]] = []
    offset = 0
    with (folder / FILES[packing]).open("wb") as file:
        for name, given in sequences:
            if name in table:
                raise InputError(where, f"contig {name!r} occurs twice", "Rename one of the two")
            pieces = _whole_bytes([given] if isinstance(given, np.ndarray) else given)
            length, digest = 0, hashlib.sha256()
            for piece in pieces:
                digest.update(decode(piece))
                _append(file, piece, packing, runs, offset + length)
                length += len(piece)
            if length == 0:
                raise InputError(where, f"contig {name!r} has no bases", "Leave it out")
            table[name] = Contig(offset, length, digest.hexdigest(), name in circular)
            offset = _next(packing, table[name])
        if packing == "two-bit":
            file.write(b"\0")
    if not table:
        raise InputError(where, "has no sequences", "Give at least one")
    if lost := set(circular) - set(table):
        raise InputError(where, f"has no circle {some(lost)}", f"It has {some(table)}")
    if packing == "two-bit":
        np.save(folder / UNKNOWN_RUNS, _joined(runs))
    _write_table(folder, packing, table)
    return open_store(folder)


def some(names: Collection[str], most: int = 5) -> str:
    """The first of many names, for messages."""
    listed = [repr(name) for name in sorted(names)[:most]]
    return ", ".join(listed) + (f" and {len(names) - most} more" if len(names) > most else "")


def _whole_bytes(pieces: Iterable[Codes]) -> Iterator[Codes]:
    """Cut pieces anew so that all but the last fill whole bytes."""
    rest = np.empty(0, dtype=np.uint8)
    for given in pieces:
        piece = np.concatenate([rest, given]) if len(rest) else given
        cut = len(piece) // PER_BYTE * PER_BYTE
        rest = piece[cut:].copy()
        if cut:
            yield piece[:cut]
    if len(rest):
        yield rest


def _append(
    file: IO[bytes], piece: Codes, packing: Packing, runs: list[NDArray[np.int64]], offset: int
) -> None:
    if packing == "byte":
        file.write(np.ascontiguousarray(piece).data)
        return
    file.write(pack(piece).data)
    runs.append(unknown_runs(piece) + offset)


def _joined(runs: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Runs of N of all pieces; those that go on in the next piece become one."""
    every = np.concatenate(runs)
    begins = np.ones(len(every), dtype=bool)
    begins[1:] = every[1:, 0] != every[:-1, 1]
    ends = np.append(begins[1:], True)[: len(every)]
    return np.stack([every[begins, 0], every[ends, 1]], axis=1)


def _write_table(folder: Path, packing: Packing, table: dict[str, Contig]) -> None:
    rows = {name: contig._asdict() for name, contig in table.items()}
    draft = folder / f".{TABLE}.part"
    text = json.dumps({"packing": packing, "contigs": rows}, indent=1)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(folder / TABLE)


def _next(packing: Packing, contig: Contig) -> int:
    """Where a further contig begins: with a byte of its own."""
    unit = PER_BYTE if packing == "two-bit" else 1
    return contig.offset + -(-contig.length // unit) * unit


def _bytes(packing: Packing, table: dict[str, Contig]) -> int:
    bases = max((_next(packing, contig) for contig in table.values()), default=0)
    # One byte more: runs of equal width may end in the byte behind the last base.
    return bases // PER_BYTE + 1 if packing == "two-bit" else bases


def _mapped(folder: Path, packing: Packing) -> Bases:
    # As plain arrays: each slice of a memmap costs a microsecond of bookkeeping.
    stored = np.asarray(np.memmap(folder / FILES[packing], dtype=np.uint8, mode="r"))
    if packing == "byte":
        return ByteBases(stored)
    return TwoBitBases(stored, np.load(folder / UNKNOWN_RUNS))
