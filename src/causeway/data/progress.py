"""How far a transfer is: a bar on a terminal, now and then a line elsewhere."""

import logging
import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

log = logging.getLogger(__name__)

SMALL = 1 << 20
"""Bytes below which a finished transfer is not worth a line."""


class Progress:
    """Count bytes and tell about them.

    Parameters
    ----------
    name
        What is being transferred.
    every
        Seconds between two lines.
    """

    def __init__(self, name: str, *, every: float = 10.0) -> None:
        self._name = name
        self._every = every
        self._total: int | None = None
        self._done = 0
        self._began = self._told = time.monotonic()
        self._bar = (
            tqdm(desc=name, unit="B", unit_scale=True, leave=False, delay=1)
            if sys.stderr.isatty()
            else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.close()
        if kind is None and self._done >= SMALL:
            self._tell("done, ")

    def expect(self, done: int, total: int | None) -> None:
        """Tell what is there already and, if known, how much it will be in the end."""
        self._done, self._total = done, total
        if self._bar is not None:
            self._bar.reset(total)
            self._bar.update(done)

    def add(self, count: int) -> None:
        """Count ``count`` more bytes."""
        self._done += count
        if self._bar:
            self._bar.update(count)
        elif time.monotonic() - self._told >= self._every:
            self._tell("")

    def _tell(self, state: str) -> None:
        self._told = time.monotonic()
        total = f" of {self._total / 1e6:.1f}" if self._total else ""
        seconds = self._told - self._began
        log.info(
            "%s: %s%.1f%s MB after %.0f s", self._name, state, self._done / 1e6, total, seconds
        )
