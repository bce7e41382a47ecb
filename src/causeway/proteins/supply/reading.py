"""Random access to files on disk or on servers, without reading a byte twice in a row."""

from pathlib import Path

from causeway.data.download import read_range
from causeway.data.transfer import read
from causeway.data.web import Client, Origin

AHEAD = 1 << 20


def read_all(place: str | Path) -> bytes:
    """Read the whole of a small file."""
    if isinstance(place, Path):
        return place.read_bytes()
    with Client() as client:
        return read(client, place)


class Ranges:
    """Bytes of a large file: a stretch of it on disk, the rest from where it is published.

    Parameters
    ----------
    place
        The whole file.
    size
        Its bytes.
    stretch
        A file with the bytes from ``start`` on, or None.
    start
        Position of the stretch's first byte.
    origin
        The server's file that must be read.
    """

    def __init__(
        self,
        place: str | Path,
        size: int,
        *,
        stretch: Path | None = None,
        start: int = 0,
        origin: Origin | None = None,
    ) -> None:
        self._place = place
        self._size = size
        self._stretch = stretch
        self._start = start
        self._stop = start + stretch.stat().st_size if stretch else start
        self._origin = origin
        self._ahead, self._from = b"", 0

    def __call__(self, start: int, stop: int) -> bytes:
        """Bytes ``start`` to ``stop`` (excluded); fewer at the end of the file."""
        stop = min(stop, self._size)
        if start >= stop:
            return b""
        if not self._from <= start <= stop <= self._from + len(self._ahead):
            on_disk = self._start <= start and stop <= self._stop
            end = self._stop if on_disk else self._size
            self._ahead = self._fetch(start, min(end, max(stop, start + AHEAD)))
            self._from = start
        return self._ahead[start - self._from : stop - self._from]

    def _fetch(self, start: int, stop: int) -> bytes:
        if self._stretch is None or not self._start <= start < self._stop:
            return read_range(self._place, start, stop, origin=self._origin)
        known = min(stop, self._stop)
        found = read_range(self._stretch, start - self._start, known - self._start)
        if known == stop:
            return found
        return found + read_range(self._place, known, stop, origin=self._origin)
