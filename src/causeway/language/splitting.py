"""Text in parts for training, validation and test."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Reader = Callable[[], Iterable[str]]
"""Gives the same documents each time it is called."""


@dataclass(frozen=True)
class Part:
    """Characters of documents from one place up to another.

    They are read anew whenever they are gone through, so that a corpus need not fit into memory.
    """

    read: Reader
    """Gives all documents."""
    start: int
    """First character, counted over all documents."""
    end: int
    """Character after the last."""

    def __iter__(self) -> Iterator[str]:
        """Yield documents; those at the ends are cut there."""
        place = 0
        for text in self.read():
            if place >= self.end:
                return
            piece = text[max(0, self.start - place) : self.end - place]
            if piece:
                yield piece
            place += len(text)

    @property
    def empty(self) -> bool:
        """Whether there is no character."""
        return self.start >= self.end


def split(read: Reader, valid: float, test: float) -> tuple[Part, Part, Part]:
    """Cut text into parts for training, validation and test, in this order.

    A document that lies across a border is cut there, so that one long text can be split.

    Parameters
    ----------
    read
        Gives the documents; they are gone through once here, and once for each use of a part.
    valid, test
        Shares of characters of the last two parts.

    Raises
    ------
    ValueError
        If the shares leave nothing for training.
    """
    if not 0 < valid + test < 1 or min(valid, test) < 0:
        raise ValueError(f"shares {valid} and {test} leave nothing for training")
    total = sum(map(len, read()))
    first, second = round(total * (1 - valid - test)), round(total * (1 - test))
    return Part(read, 0, first), Part(read, first, second), Part(read, second, total)
