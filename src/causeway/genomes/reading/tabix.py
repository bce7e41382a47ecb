"""Whether an index beside a bgzipped file is the index of that file.

An index of another or an older file makes queries miss records without a word. It tells where the
last record ends, and that is where the data of its own file end, just before the empty last block.
"""

import gzip
import struct
from pathlib import Path

from causeway.errors import InputError
from causeway.genomes.reading.streams import DAMAGE, END, compression, damaged

SUFFIXES = (".tbi", ".csi")


def find_index(path: Path) -> Path | None:
    """The index beside a file, if there is one and it is that of the file.

    Raises
    ------
    InputError
        If there is one that is damaged or of other data.
    """
    for suffix in SUFFIXES:
        index = path.with_name(path.name + suffix)
        if index.is_file():
            _check(path, index)
            return index
    return None


def _check(path: Path, index: Path) -> None:
    try:
        end = _data_end(gzip.decompress(index.read_bytes()))
    except (*DAMAGE, struct.error, IndexError) as error:
        raise damaged(index, error) from error
    if compression(path) != "bgzip" or end not in _last_places(path, end):
        raise InputError(
            index,
            f"is not the index of {path.name}, whose data end elsewhere",
            f"Delete it, or make it again by bcftools index --force {path.name}",
        )


def _last_places(path: Path, end: int) -> tuple[int, ...]:
    """Places that an index may call the end: behind the last block, or in it."""
    behind = path.stat().st_size - len(END)
    with path.open("rb") as file:
        file.seek(min(end, behind))
        head = file.read(18)
    size = struct.unpack("<H", head[16:18])[0] + 1 if len(head) == 18 else 0
    return (behind, end) if end + size == behind else (behind,)


def _data_end(index: bytes) -> int:
    """Largest place in the file that an index names, in bytes.

    Layout by the specification of htslib: tabix (TBI, bins with chunks and a linear index) and
    its successor (CSI).
    """
    kind, place = index[:4], 4
    if kind == b"TBI\1":
        references, *_, names = struct.unpack_from("<8i", index, place)
        place += 32 + names
        counting = 37450
    elif kind == b"CSI\1":
        _, depth, extra = struct.unpack_from("<3i", index, place)
        place += 12 + extra
        (references,) = struct.unpack_from("<i", index, place)
        place += 4
        counting = ((1 << (3 * (depth + 1))) - 1) // 7 + 1
    else:
        raise IndexError(f"it begins with {kind!r}")
    last = 0
    for _ in range(references):
        (bins,) = struct.unpack_from("<i", index, place)
        place += 4
        for _ in range(bins):
            (number,) = struct.unpack_from("<I", index, place)
            place += 4 if kind == b"TBI\1" else 12
            (chunks,) = struct.unpack_from("<i", index, place)
            bounds = struct.unpack_from(f"<{2 * chunks}Q", index, place + 4)
            place += 4 + 16 * chunks
            # One bin of each contig holds counts of records instead of places.
            if number != counting:
                last = max(last, *bounds[1::2])
        if kind == b"TBI\1":
            (intervals,) = struct.unpack_from("<i", index, place)
            place += 4 + 8 * intervals
    return last >> 16
