"""Files as bytes or lines, plain or gzipped, whose damage is told in words."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from causeway.errors import InputError

GZIP = b"\x1f\x8b"
BLOCKS = b"\x42\x43\x02\x00"
"""In the header of every block of bgzip: the field that tells the size of the block."""
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block with which bgzip ends a file."""

DAMAGE = (EOFError, OSError, zlib.error, UnicodeDecodeError)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading and undo gzip or bgzip, whatever its name.

    Raises
    ------
    InputError
        If there is no such file, or while reading, if it is cut off or damaged.
    """
    if not path.is_file():
        raise InputError(path, "there is no such file", "Correct the path")
    plain = compression(path) == "none"
    with path.open("rb") if plain else cast(IO[bytes], gzip.open(path)) as stream:
        try:
            yield stream
        except DAMAGE as error:
            raise damaged(path, error) from error


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbers, from 1, and lines of a text without their ends.

    Raises
    ------
    InputError
        As :func:`open_bytes`, or if it is no UTF-8.
    """
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            yield number, line.rstrip(b"\r\n").decode()


def compression(path: Path) -> str:
    """How a file is compressed: ``none``, ``gzip`` or ``bgzip``.

    Raises
    ------
    InputError
        If it is of bgzip but lacks its last block; gzip notices that only within a block.
    """
    with path.open("rb") as file:
        head = file.read(16)
        if not head.startswith(GZIP):
            return "none"
        if head[12:16] != BLOCKS:
            return "gzip"
        size = path.stat().st_size
        file.seek(max(size - len(END), 0))
        if file.read() != END:
            raise damaged(path, "the last block of bgzip is missing")
    return "bgzip"


def damaged(path: Path, why: object) -> InputError:
    """The error for a file that is not what was written."""
    return InputError(path, f"is damaged or not whole ({why})", "Get the file again")
