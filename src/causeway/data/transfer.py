"""A body on its way from a server into a file, over as many tries as it needs."""

import io
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import requests

from causeway.data.web import AgainError, Client, Origin, described
from causeway.errors import InputError

log = logging.getLogger(__name__)

BLOCK = 1 << 16


class ChangedError(Exception):
    """The server's file is not the one that was described before."""


def pour(
    client: Client,
    url: str,
    sink: BinaryIO,
    *,
    start: int = 0,
    stop: int | None = None,
    held: Origin | None = None,
    pinned: Origin | None = None,
    begun: Callable[[Origin], None] = lambda origin: None,
    arrived: Callable[[int], None] = lambda count: None,
) -> Origin:
    """Fill ``sink`` with a file or a range of it, going on after the bytes it holds.

    Parameters
    ----------
    client
        Connection to use.
    url
        Address.
    sink
        Seekable file, open for writing; what it holds is the beginning of the range.
    start, stop
        Range in bytes; ``stop`` is excluded, None means the end of the file.
    held
        The server's file from which the bytes in ``sink`` came. Without it, or if the server
        has another file by now, the transfer starts afresh.
    pinned
        The file that must be read; another one is an error.
    begun
        Told the server's file before its first byte is written.
    arrived
        Told the number of bytes after every block.

    Returns
    -------
    Origin
        The file that was read.

    Raises
    ------
    ChangedError
        If the server has another file than ``pinned``.
    InputError
        If the server cannot be reached, refuses, or has no byte ranges where one is asked.
    """
    transfer = _Transfer(client, url, sink, start, stop, held, pinned, begun, arrived)
    return client.insist(url, transfer.attempt, lambda: transfer.brought)


def read(
    client: Client,
    url: str,
    start: int = 0,
    stop: int | None = None,
    *,
    origin: Origin | None = None,
) -> bytes:
    """Read the bytes ``start`` to ``stop`` (excluded; None means the end) of a file.

    Raises
    ------
    ChangedError, InputError
        As :func:`pour`.
    """
    sink = io.BytesIO()
    pour(client, url, sink, start=start, stop=stop, pinned=origin)
    return sink.getvalue()


@dataclass
class _Transfer:
    """The state that outlives a try."""

    client: Client
    url: str
    sink: BinaryIO
    start: int
    stop: int | None
    held: Origin | None
    pinned: Origin | None
    begun: Callable[[Origin], None]
    arrived: Callable[[int], None]
    brought: int = 0

    def attempt(self) -> Origin:
        """Go on from what the sink holds, to the end."""
        have = self._resumable()
        if self.held and have == self._length(self.held):
            return self.held
        with self.client.get(self.url, self._headers(have)) as response:
            origin = described(response)
            if response.status_code == 416:
                self._clear()
                if have:
                    raise AgainError("the server's file became shorter", wait=0)
                raise InputError(
                    self.url, f"has no byte {self.start}", "Check that it is the file meant"
                )
            if self.pinned and self.pinned.differs(origin):
                raise ChangedError(self.url)
            if have and (response.status_code == 200 or origin.differs(self.held or origin)):
                log.info("%s: cannot be resumed, starting afresh", self.url)
                self._clear()
                if response.status_code == 206 or self.start or self.stop is not None:
                    raise AgainError("the server's file changed", wait=0)
                have = 0
            self._check_range(response, self.start + have)
            self.held = origin
            self.begun(origin)
            self._receive(response)
            length = self._length(origin)
            got = self.sink.tell()
            if length is not None and got != length:
                if got > length:
                    self._clear()
                raise AgainError(f"the connection closed after {got} of {length} bytes")
            return origin

    def _resumable(self) -> int:
        have = self.sink.seek(0, io.SEEK_END)
        if have and (self.held is None or self.held.validator is None):
            self._clear()
            return 0
        length = self._length(self.held) if self.held else None
        if length is not None and have > length:
            self._clear()
            return 0
        return have

    def _clear(self) -> None:
        self.sink.seek(0)
        self.sink.truncate()
        self.held = None

    def _length(self, origin: Origin) -> int | None:
        """Bytes that the sink holds in the end, if known."""
        ends = [end for end in (self.stop, origin.size) if end is not None]
        return max(0, min(ends) - self.start) if ends else None

    def _headers(self, have: int) -> dict[str, str]:
        if not (have or self.start or self.stop is not None):
            return {}
        last = "" if self.stop is None else self.stop - 1
        headers = {"Range": f"bytes={self.start + have}-{last}"}
        if have and self.held and self.held.validator:
            headers["If-Range"] = self.held.validator
        return headers

    def _check_range(self, response: requests.Response, first: int) -> None:
        if response.status_code == 206:
            given = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            if not given or int(given[1]) != first:
                raise AgainError(f"the server sent another range than from byte {first}")
        elif self.start or self.stop is not None:
            raise InputError(
                self.url,
                "the server does not serve byte ranges",
                "Download the file and name its folder with --config mirror=DIR",
            )

    def _receive(self, response: requests.Response) -> None:
        while block := response.raw.read(BLOCK, decode_content=False):
            self.sink.write(block)
            self.brought += len(block)
            self.arrived(len(block))
