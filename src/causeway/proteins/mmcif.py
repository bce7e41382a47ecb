"""Backbone atoms from mmCIF text: a tokeniser that only looks at the atom_site loop."""

import re
from collections.abc import Callable

import numpy as np

from causeway.proteins.atoms import BACKBONE, Atoms
from causeway.proteins.fields import decimals, integers, windows
from causeway.proteins.reasons import Reason, StructureError

_SPACE, _UNKNOWN, _ABSENT, _NEWLINE = b" ?.\n"
_NAME = 8
_REMEDY = "Give a coordinate file with an _atom_site loop as the PDB or AlphaFold DB write it"
_TOKEN = re.compile(
    rb"^;(?:.*\n)*?;|'((?:[^'\n]|'(?=\S))*)'|\"((?:[^\"\n]|\"(?=\S))*)\"|#.*|\S+", re.MULTILINE
)
_HEADER = re.compile(rb"^_atom_site\.(\S+)", re.MULTILINE)


def read_mmcif(data: bytes, where: str) -> Atoms:
    """Read mmCIF text; a :data:`causeway.proteins.atoms.Reader`.

    Author names of chains and residue numbers are taken, so that a PDB file of the same entry
    gives the same chains.
    """
    site = _Site(data, where)
    rows = np.arange(len(site.start))
    if "pdbx_PDB_model_num" in site.columns:
        model = site.text(rows, "pdbx_PDB_model_num")
        rows = rows[(model == model[0]).all(1)]
    kind = _kinds(site.text(rows, "label_atom_id", "auth_atom_id", width=4))
    rows, kind = rows[kind < len(BACKBONE)], kind[kind < len(BACKBONE)]
    chains, chain = _chains(site.text(rows, "auth_asym_id", "label_asym_id"))
    polymer = np.ones(len(rows), bool)
    if "group_PDB" in site.columns:
        polymer = site.text(rows, "group_PDB")[:, 0] == ord("A")
    residue = site.text(rows, "label_comp_id", "auth_comp_id", width=_NAME)
    return Atoms(
        kind=kind,
        polymer=polymer,
        residue=np.ascontiguousarray(residue).view("<u8").ravel(),
        chain=chain,
        chains=chains,
        number=site.numbers(rows, "auth_seq_id", "label_seq_id", read=integers),
        insertion=site.letters(rows, "pdbx_PDB_ins_code"),
        alternate=site.letters(rows, "label_alt_id"),
        position=site.positions(rows),
        occupancy=site.numbers(rows, "occupancy", blank=1.0),
        temperature=site.numbers(rows, "B_iso_or_equiv", blank=0.0),
    )


class _Site:
    """The atom_site loop as places of its tokens: `start` and `stop`, int (rows, columns)."""

    def __init__(self, data: bytes, where: str) -> None:
        self.where = where
        begin = data.find(b"\n_atom_site.") + 1
        loop = data[max(0, begin - 64) : begin].split()
        if not begin or loop[-1] != b"loop_":
            raise StructureError(Reason.NO_ATOMS, where, "has no _atom_site loop", _REMEDY)
        self.columns: dict[str, int] = {}
        while header := _HEADER.match(data, begin):
            self.columns[header[1].decode("ascii", "replace")] = len(self.columns)
            begin = data.find(b"\n", begin) + 1 or len(data)
        body = _body(data, begin)
        start, stop = _tokens(body)
        if not len(start) or len(start) % len(self.columns):
            raise StructureError(
                Reason.NO_ATOMS if not len(start) else Reason.MALFORMED,
                where,
                f"_atom_site has {len(start)} values in {len(self.columns)} columns",
                "Fetch the file again: it is cut off or was edited",
            )
        # Room on both sides, so that every value can be copied at the width of the widest.
        room = max(int((stop - start).max()), _NAME)
        self.bytes = np.frombuffer(b"".join((b" " * room, body, b" " * room)), np.uint8)
        self.start = start.reshape(-1, len(self.columns)) + room
        self.stop = stop.reshape(-1, len(self.columns)) + room

    def text(self, rows: np.ndarray, *names: str, width: int = 0) -> np.ndarray:
        """Values of the first column that is there, padded with spaces, uint8 (rows, width)."""
        column = self._column(*names)
        start = self.start[rows, column]
        length = self.stop[rows, column] - start
        width = width or int(length.max(initial=1))
        field = windows(self.bytes, start, width)
        field[np.arange(width) >= length[:, None]] = _SPACE
        return field

    def _column(self, *names: str) -> int:
        column = next((self.columns[name] for name in names if name in self.columns), None)
        if column is None:
            raise StructureError(
                Reason.MALFORMED, self.where, f"_atom_site has no column {names[0]}", _REMEDY
            )
        return column

    def letters(self, rows: np.ndarray, name: str) -> np.ndarray:
        """One-letter values, 0 for unknown or not applicable, uint8 (rows,)."""
        if name not in self.columns:
            return np.zeros(len(rows), np.uint8)
        letter = self.text(rows, name, width=1).ravel()
        return np.where((letter == _UNKNOWN) | (letter == _ABSENT), np.uint8(0), letter)

    def positions(self, rows: np.ndarray) -> np.ndarray:
        """Cartesian coordinates, float64 (rows, 3), with unknown ones as NaN."""
        return self._numbers(rows, [f"Cartn_{axis}" for axis in "xyz"], decimals, np.nan)

    def numbers(
        self,
        rows: np.ndarray,
        *names: str,
        read: Callable[[np.ndarray], np.ndarray] = decimals,
        blank: float | None = None,
    ) -> np.ndarray:
        """Numbers of the first column that is there; unknown ones are `blank` if that is given."""
        found = [name for name in names if name in self.columns]
        if blank is not None and not found:
            return np.full(len(rows), blank)
        return self._numbers(rows, found[:1] or list(names[:1]), read, blank)[:, 0]

    def _numbers(
        self,
        rows: np.ndarray,
        names: list[str],
        read: Callable[[np.ndarray], np.ndarray],
        blank: float | None,
    ) -> np.ndarray:
        columns = [self._column(name) for name in names]
        places = rows[:, None], columns
        stop = self.stop[places].ravel()
        length = stop - self.start[places].ravel()
        width = int(length.max(initial=1))
        # Aligned at the right, decimal points mostly come to lie in one column.
        field = windows(self.bytes, stop - width, width)
        field[np.arange(width) < width - length[:, None]] = _SPACE
        last = field[:, -1]
        empty = np.zeros(len(field), bool)
        if blank is not None:
            empty = (length == 1) & ((last == _UNKNOWN) | (last == _ABSENT))
            field[empty] = field[~empty][:1] if not empty.all() else ord("0")
        try:
            value = read(field)
        except ValueError as error:
            raise StructureError(
                Reason.MALFORMED,
                self.where,
                f"_atom_site.{', '.join(names)} holds what is not a number: {error}",
                "Repair the value or fetch the file again",
            ) from error
        if empty.any():
            value[empty] = blank
        return value.reshape(-1, len(names))


def _body(data: bytes, begin: int) -> bytes:
    """The rows of the loop: up to the next comment, item, loop or data block."""
    rest = np.frombuffer(data, np.uint8)[begin:]
    # A comment closes the loop in all but hand-made files, and is found fastest.
    close = data.find(b"\n#", begin - 1)
    rest = rest[: close + 1 - begin] if close >= 0 else rest
    lines = np.flatnonzero(rest[:-1] == _NEWLINE) + 1
    head = rest[lines]
    for line in lines[(head == ord("_")) | ((head | 32) == ord("l")) | ((head | 32) == ord("d"))]:
        if data[begin + line : begin + line + 5].lower().startswith((b"_", b"loop_", b"data_")):
            rest = rest[:line]
            break
    return rest.tobytes()


def _tokens(body: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Begin and end of each value."""
    text = np.frombuffer(body, np.uint8)
    filled = np.zeros(len(text) + 2, bool)
    np.greater(text, _SPACE, out=filled[1:-1])
    edges = np.flatnonzero(filled[1:] != filled[:-1])
    start, stop = edges[::2], edges[1::2]
    first = text[start]
    quoted = np.flatnonzero((first == ord("'")) | (first == ord('"')))
    closed = (text[stop[quoted] - 1] == first[quoted]) & (stop[quoted] - start[quoted] > 1)
    if closed.all() and not body.startswith(b";") and b"\n;" not in body:
        quote = np.zeros(len(start), start.dtype)
        quote[quoted] = 1
        return start + quote, stop - quote
    return _tokens_with_spaces(body)


def _tokens_with_spaces(body: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The same for loops whose quoted values hold white space, which are rare."""
    spans = [
        match.span(match.lastindex or 0)
        for match in _TOKEN.finditer(body)
        if not match[0].startswith(b"#")
    ]
    start, stop = np.array(spans, np.int64).reshape(-1, 2).T
    return start, stop


def _kinds(names: np.ndarray) -> np.ndarray:
    """Place of each atom name in BACKBONE, else 3, uint8 (n,)."""
    packed = np.ascontiguousarray(names).view("<u4").ravel()
    kind = np.full(len(names), len(BACKBONE), np.uint8)
    for place, name in enumerate(BACKBONE):
        kind[packed == np.frombuffer(name.ljust(4).encode(), "<u4")[0]] = place
    return kind


def _chains(names: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Different chain names and the place of each row's name among them."""
    if not len(names):
        return (), np.zeros(0, np.int64)
    new = np.ones(len(names), bool)
    new[1:] = (names[1:] != names[:-1]).any(1)
    heads = np.ascontiguousarray(names[new]).view(f"S{names.shape[1]}").ravel()
    different, inverse = np.unique(heads, return_inverse=True)
    decoded = tuple(name.decode("utf-8", "replace").strip() for name in different)
    return decoded, inverse[np.cumsum(new) - 1]
