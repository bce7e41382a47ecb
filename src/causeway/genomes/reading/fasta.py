"""Sequences in FASTA, plain, gzipped or bgzipped, piece by piece."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from causeway.errors import InputError
from causeway.genomes.reading.streams import damaged, open_bytes
from causeway.genomes.sequence import Codes, encode

PIECE = 1 << 22
"""Bytes that are read and encoded at once."""
ENDS = b" \t\r\n"


def read_fasta(path: Path) -> Iterator[tuple[str, Iterator[Codes]]]:
    """Names and pieces of codes of all records, in the order of the file.

    Memory is that of one piece, however long the records are. The pieces of a record are to be
    taken before the next record is; what is left of them is passed over.

    Parameters
    ----------
    path
        FASTA. If an index ``.fai`` lies beside it, names and lengths must be those of the index.

    Yields
    ------
    str, iterator of uint8 arrays
        First word of the header line, and the sequence.

    Raises
    ------
    InputError
        If the file is damaged, is no FASTA, repeats a name, has letters that stand for no
        nucleotide, or is not the file that its index was made of.
    """
    index = read_fai(path)
    lengths: dict[str, int] = {}
    with open_bytes(path) as stream:
        text = _Text(stream, path)
        for name in text.names():
            if name in lengths:
                raise InputError(path, f"two records are named {name!r}", "Rename one of them")
            lengths[name] = 0

            def pieces(name: str = name) -> Iterator[Codes]:
                for codes in text.pieces(f"{path}, record {name}"):
                    lengths[name] += len(codes)
                    yield codes

            sequence = pieces()
            yield name, sequence
            for _ in sequence:
                pass
    if not lengths:
        raise InputError(path, "has no records", "Give FASTA: lines of > and a name, then letters")
    if index is not None and index != lengths:
        _refuse_index(path, index, lengths)


def read_fai(path: Path) -> dict[str, int] | None:
    """Lengths of records by the index beside a FASTA file; None if there is no index.

    Raises
    ------
    InputError
        If it is no index.
    """
    index = path.with_name(path.name + ".fai")
    if not index.is_file():
        return None
    try:
        rows = [line.split("\t") for line in index.read_text(encoding="utf-8").splitlines()]
        return {name: int(length) for name, length, _, _, _, *_ in rows}
    except (ValueError, UnicodeDecodeError) as error:
        raise damaged(index, error) from error


def _refuse_index(path: Path, index: dict[str, int], lengths: dict[str, int]) -> None:
    name = next(name for name in [*lengths, *index] if index.get(name) != lengths.get(name))
    said, found = (
        "no such record" if length is None else f"{length:,} bases"
        for length in (index.get(name), lengths.get(name))
    )
    raise InputError(
        f"{path}.fai",
        f"is not the index of this file: for {name!r} it has {said}, the file {found}",
        "Delete it, or make it again by samtools faidx; or get the file again",
    )


class _Text:
    """What was read of a file and not yet used."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream, self._path = stream, path
        self._held = b""

    def names(self) -> Iterator[str]:
        """Pass on from header to header; each starts where pieces of the last record ended."""
        while not self._held.lstrip(ENDS) and self._more():
            pass
        self._held = self._held.lstrip(ENDS)
        while self._held:
            if not self._held.startswith(b">"):
                raise InputError(
                    self._path,
                    f"begins with {self._held[:20]!r}",
                    "Give FASTA, which begins with >",
                )
            while b"\n" not in self._held and self._more():
                pass
            header, _, self._held = self._held.partition(b"\n")
            words = header[1:].split()
            if not words:
                raise InputError(self._path, "a record has no name", "Write one after each >")
            yield words[0].decode()

    def pieces(self, where: str) -> Iterator[Codes]:
        """Codes up to the next header or the end."""
        before = b"\n"
        while self._held or self._more():
            end = self._held.find(b">")
            piece = self._held if end < 0 else self._held[:end]
            self._held = b"" if end < 0 else self._held[end:]
            before = piece[-1:] or before
            if end >= 0 and before not in (b"\n", b"\r"):
                raise InputError(where, "has > within a line", "Begin each record on a new line")
            codes = encode(piece, ignore=ENDS, where=where)
            if len(codes):
                yield codes
            if end >= 0:
                return

    def _more(self) -> bool:
        read = self._stream.read(PIECE)
        self._held += read
        return bool(read)
