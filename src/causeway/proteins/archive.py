"""Members of a huge tar, read by byte ranges: no shard needs more than its own stretch.

Shard k of n owns the members whose first header starts in [k*size/n, (k+1)*size/n). It starts
anywhere, finds the next header by the ustar magic and the header checksum, and reads past the end
of its stretch to finish its last member. So the shards are disjoint, complete, and independent.
Headers are found in the bytes of compressed members only by a freak of chance; a tar that holds
uncompressed tars must be read as one shard.
"""

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from causeway.errors import InputError

BLOCK = tarfile.BLOCKSIZE
LOOKBACK = 1 << 16
"""Bytes before a stretch in which an extended header of its first file may begin."""
LONG_NAME = tarfile.GNUTYPE_LONGNAME
EXTENDED = {tarfile.XHDTYPE, tarfile.XGLTYPE, LONG_NAME, tarfile.GNUTYPE_LONGLINK}

Read = Callable[[int, int], bytes]


@dataclass(frozen=True)
class Member:
    """A file in a tar: where its first header starts, where its content lies, in bytes."""

    name: str
    header: int
    start: int
    size: int
    regular: bool

    @property
    def end(self) -> int:
        """Where the next member begins."""
        return self.start + _padded(self.size)


def stretch(size: int, shard: int, shards: int) -> tuple[int, int]:
    """Bytes whose headers belong to a shard.

    Returns
    -------
    tuple of int
        First byte and the one after the last.
    """
    return shard * size // shards, (shard + 1) * size // shards


def reach(start: int) -> int:
    """First byte that must be read for a stretch that begins at ``start``."""
    return max(0, start - LOOKBACK) // BLOCK * BLOCK


def members(read: Read, size: int, start: int, stop: int, *, where: str) -> Iterator[Member]:
    """Find the regular files whose first header starts in ``[start, stop)``, in their order.

    Parameters
    ----------
    read
        Gives the bytes from its first argument up to its second, fewer at the end of the file.
    size
        Bytes of the whole archive.
    start, stop
        The stretch, in bytes.
    where
        Name of the archive for errors.

    Raises
    ------
    InputError
        If the bytes are not a tar, or it is damaged or cut off.
    """
    position = _first(read, size, reach(start), stop)
    while position is not None and position < min(stop, size):
        member = _member(read, position, where)
        if member is None:
            return
        if member.start + member.size > size:
            raise InputError(where, f"is cut off within {member.name}", "Fetch it again")
        if position >= start and member.regular:
            yield member
        position = member.end
    if position is not None and position >= size:
        raise InputError(
            where, "ends without the end mark of a tar", "It is cut off: fetch it again"
        )


def _first(read: Read, size: int, start: int, stop: int) -> int | None:
    """Position of the first header from ``start`` on; None if there is none before ``stop``."""
    if start == 0:
        return 0
    for position in range(start, min(stop, size), BLOCK):
        found = _header(read(position, position + BLOCK))
        if found is None:
            continue
        following = position + BLOCK + _padded(_content(found))
        block = read(following, following + BLOCK)
        if len(block) < BLOCK or not any(block) or _header(block):
            return position
    return None


def _member(read: Read, position: int, where: str) -> Member | None:
    """Read the headers of the member at ``position``; None at the end of the archive."""
    header, name, size = position, None, None
    while True:
        block = read(position, position + BLOCK)
        if len(block) == BLOCK and not any(block):
            return None
        found = _header(block)
        if found is None:
            raise InputError(
                where,
                f"has no tar header at byte {position}",
                "Check that it is an uncompressed tar; if it is, it is damaged: fetch it again",
            )
        position += BLOCK
        if found.type not in EXTENDED:
            size = _content(found) if size is None else size
            return Member(name or found.name, header, position, size, found.isreg())
        content = read(position, position + found.size)
        position += _padded(found.size)
        if found.type == LONG_NAME:
            name = content.rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif found.type == tarfile.XHDTYPE:
            records = _records(content)
            name = records.get("path", name)
            size = int(records["size"]) if "size" in records else size


def _header(block: bytes) -> tarfile.TarInfo | None:
    if block[257:262] != b"ustar":
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None


def _records(content: bytes) -> dict[str, str]:
    """Fields of a pax extended header: lines ``length key=value``."""
    found = {}
    while content:
        length = int(content.split(b" ", 1)[0])
        key, _, value = content[:length].split(b" ", 1)[1].rstrip(b"\n").partition(b"=")
        found[key.decode()] = value.decode("utf-8", "surrogateescape")
        content = content[length:]
    return found


def _content(header: tarfile.TarInfo) -> int:
    """Bytes that follow a header; links and folders have none, whatever they say."""
    return header.size if header.isreg() or header.type in EXTENDED else 0


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
