"""Backbone atoms from PDB text, by fixed columns of bytes."""

from collections.abc import Callable

import numpy as np

from causeway.proteins.atoms import Atoms
from causeway.proteins.fields import decimals, integers, windows
from causeway.proteins.reasons import Reason, StructureError

_COLUMNS = {
    "altloc": slice(16, 17),
    "chain": slice(21, 22),
    "residue number": slice(22, 26),
    "insertion": slice(26, 27),
    "coordinates": slice(30, 54),
    "occupancy": slice(54, 60),
    "B-factor": slice(60, 66),
}
_LEAST, _WIDTH = _COLUMNS["coordinates"].stop, _COLUMNS["B-factor"].stop
_LONG = 1 << 20
_SPACE = ord(" ")
_ATOM = np.frombuffer(b"ATOM", "<u4")[0]
_HETATM = np.frombuffer(b"HETA", "<u4")[0]
# Left-justified names are not standard, but some programs write them.
_NAMES = np.frombuffer(b"".join((b" N  ", b"N   ", b" CA ", b"CA  ", b" C  ", b"C   ")), "<u4")


def read_pdb(data: bytes, where: str) -> Atoms:
    """Read PDB text; a :data:`causeway.proteins.atoms.Reader`."""
    text = np.frombuffer(data, np.uint8)
    start, length = _lines(data)
    words = windows(text, start, 16).view("<u4")
    record, name = words[:, 0], words[:, 3]  # columns 1 to 4 and 13 to 16
    is_atom = record == _ATOM
    atoms = is_atom | (record == _HETATM)
    if not atoms.any():
        raise StructureError(
            Reason.NO_ATOMS,
            where,
            "has no ATOM record",
            "Give a structure in PDB or mmCIF format",
        )
    kind = np.full(len(start), 3, np.uint8)
    for place, wanted in enumerate(_NAMES):
        np.putmask(kind, name == wanted, place // 2)
    rows = np.flatnonzero(atoms & (kind < 3))
    table = _table(text, start[rows], length[rows])
    chain = table[:, _COLUMNS["chain"]].ravel()
    letters = np.flatnonzero(np.bincount(chain))
    residue = np.full((len(rows), 8), _SPACE, np.uint8)
    residue[:, :3] = table[:, 17:20]
    return Atoms(
        kind=kind[rows],
        polymer=is_atom[rows],
        residue=residue.view("<u8").ravel(),
        chain=np.searchsorted(letters, chain),
        chains=tuple(chr(letter) if letter != _SPACE else "-" for letter in letters),
        number=_numbers(table, "residue number", where, integers),
        insertion=_letters(table, "insertion"),
        alternate=_letters(table, "altloc"),
        position=_numbers(table, "coordinates", where, width=8).reshape(-1, 3),
        occupancy=_numbers(table, "occupancy", where, blank=b"1"),
        temperature=_numbers(table, "B-factor", where, blank=b"0"),
    )


def _lines(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Begin and length of the lines of the first model that are long enough for an atom."""
    # The search for the end of the model takes longer than all lines of a short file.
    if len(data) > _LONG:
        data = data.partition(b"\nENDMDL")[0]
    text = np.frombuffer(data, np.uint8)
    stop = np.append(np.flatnonzero(text == ord("\n")), len(text))
    start = np.concatenate(([0], stop[:-1] + 1))
    for line in np.flatnonzero(text[start[:-1]] == ord("E")):
        if data.startswith(b"ENDMDL", start[line]):
            start, stop = start[:line], stop[:line]
            break
    length = stop - start
    return start[length >= _LEAST], length[length >= _LEAST]


def _table(text: np.ndarray, start: np.ndarray, length: np.ndarray) -> np.ndarray:
    """The first 66 columns of lines, short ones filled with spaces, uint8 (n, 66)."""
    room = start.max(initial=0) + _WIDTH - len(text)
    if room > 0:
        text = np.pad(text, (0, room), constant_values=_SPACE)
    table = windows(text, start, _WIDTH)
    if length.min(initial=_WIDTH) < _WIDTH:
        table[np.arange(_WIDTH) >= length[:, None]] = _SPACE
        table[table == ord("\r")] = _SPACE
    return table


def _letters(table: np.ndarray, column: str) -> np.ndarray:
    """One column of letters, 0 for a space."""
    letter = table[:, _COLUMNS[column]].ravel()
    return np.where(letter == _SPACE, np.uint8(0), letter)


def _numbers(
    table: np.ndarray,
    column: str,
    where: str,
    read: Callable[[np.ndarray], np.ndarray] = decimals,
    blank: bytes | None = None,
    width: int = 0,
) -> np.ndarray:
    """One column of numbers; blank ones are replaced where the format allows it."""
    field = table[:, _COLUMNS[column]]
    if width:
        field = field.reshape(-1, width)
    if blank is not None:
        empty = np.flatnonzero(field[:, -1] == _SPACE)
        empty = empty[(field[empty] == _SPACE).all(1)]
        if len(empty):
            field = field.copy()
            field[empty, 0] = blank[0]
    try:
        return read(field)
    except ValueError as error:
        span = _COLUMNS[column]
        raise StructureError(
            Reason.MALFORMED,
            where,
            f"columns {span.start + 1}-{span.stop} ({column}) are not numbers: {error}",
            "Repair the record, or convert the file to mmCIF",
        ) from error
