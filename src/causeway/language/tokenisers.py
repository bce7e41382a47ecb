"""Between text and tokens: bytes, characters, or pieces of words.

Tokens are 0 to N - 1, of which the last ends a document. Models add the mask, as N.
"""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.language.pieces import Pieces

UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class Tokeniser(Protocol):
    """What turns text into tokens, and back."""

    @property
    def size(self) -> int:
        """Number N of tokens, the one that ends a document included."""

    def encode(self, text: str) -> NDArray[np.integer]:
        """Tokens of a text, without an end."""

    def encode_all(self, texts: Sequence[str]) -> list[NDArray[np.integer]]:
        """Tokens of each of some texts."""

    def decode(self, tokens: Iterable[int]) -> str:
        """Text of tokens; ends of documents are left out."""

    def description(self) -> dict[str, Any]:
        """What is needed to make it again, as JSON values."""


class _OneByOne:
    """Encodes each text alone, where that is quick."""

    @abstractmethod
    def encode(self, text: str) -> NDArray[np.integer]:
        """Tokens of a text."""

    def encode_all(self, texts: Sequence[str]) -> list[NDArray[np.integer]]:
        """Tokens of each of some texts."""
        return [self.encode(text) for text in texts]


class Bytes(_OneByOne):
    """The 256 bytes of UTF-8."""

    size = 257

    def encode(self, text: str) -> NDArray[np.uint8]:
        """Tokens of a text."""
        return np.frombuffer(text.encode(), dtype=np.uint8)

    def decode(self, tokens: Iterable[int]) -> str:
        """Text of tokens; bytes that are no UTF-8 become replacement characters."""
        return bytes(token for token in tokens if token < self.size - 1).decode(errors="replace")

    def description(self) -> dict[str, Any]:
        """Name of the kind alone."""
        return {"kind": "bytes"}


class Characters(_OneByOne):
    """Characters that a text has; all others become one replacement character.

    Parameters
    ----------
    symbols
        Characters in the order of their tokens.
    """

    def __init__(self, symbols: str) -> None:
        self.symbols = symbols
        self.size = len(symbols) + 1
        # Code points of sorted characters, and their tokens.
        points = np.array([ord(symbol) for symbol in symbols], dtype=np.uint32)
        self._tokens = np.argsort(points)
        self._points = points[self._tokens]
        self._unknown = symbols.index(UNKNOWN)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Characters":
        """Take the characters of texts, and the replacement character."""
        found = {UNKNOWN}
        for text in texts:
            found.update(text)
        return cls("".join(sorted(found)))

    def encode(self, text: str) -> NDArray[np.integer]:
        """Tokens of a text."""
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        place = np.searchsorted(self._points, points).clip(max=len(self._points) - 1)
        return np.where(self._points[place] == points, self._tokens[place], self._unknown)

    def decode(self, tokens: Iterable[int]) -> str:
        """Text of tokens."""
        return "".join(self.symbols[token] for token in tokens if token < self.size - 1)

    def description(self) -> dict[str, Any]:
        """Kind and characters."""
        return {"kind": "characters", "symbols": self.symbols}


def digest(tokeniser: Tokeniser) -> str:
    """SHA-256 of what a tokeniser is: files of one digest hold tokens of the same meaning."""
    text = json.dumps(tokeniser.description(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def save(tokeniser: Tokeniser, path: Path) -> None:
    """Write a tokeniser as JSON."""
    path.write_text(json.dumps(tokeniser.description(), indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> Tokeniser:
    """Read what :func:`save` wrote.

    Raises
    ------
    InputError
        If the file is no tokeniser.
    """
    makers: dict[str, Callable[..., Tokeniser]] = {
        "bytes": Bytes,
        "characters": Characters,
        "pieces": Pieces,
    }
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return makers[content.pop("kind")](**content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            path, f"is no tokeniser ({error})", "Remove the file and run tokenise again"
        ) from error
