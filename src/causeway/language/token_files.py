"""Tokens in files that are mapped into memory, each with a description beside it.

``<name>.bin`` holds tokens alone, in the smallest of uint8, uint16 and uint32; ``<name>.json``
says what they are. The description is written last: with it, the tokens are whole.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from causeway.errors import InputError
from causeway.language.tokenisers import Tokeniser, digest
from causeway.section import Section

WIDTHS = (np.dtype(np.uint8), np.dtype("<u2"), np.dtype("<u4"))
BATCH = 1 << 20
"""Characters of documents that are encoded together."""
AGAIN = "Remove both files and run tokenise again"


class Description(Section):
    """What stands beside the tokens."""

    vocabulary: int
    """Number N of tokens; all are below it."""
    dtype: str
    """How a token is written, as numpy names it."""
    tokeniser: str
    """Digest of the tokeniser."""
    tokens: int
    """Tokens, ends of documents included."""
    documents: int
    """Documents, each followed by its end."""
    bytes: int
    """Bytes of the documents in UTF-8."""
    sha256: str
    """Of the tokens' file."""

    @property
    def tokens_per_byte(self) -> float:
        """Turns nats per token into nats per byte."""
        return self.tokens / self.bytes


def write(path: Path, documents: Iterable[str], tokeniser: Tokeniser) -> Description:
    """Write documents as tokens, each followed by its end.

    Parameters
    ----------
    path
        The file ``<name>.bin``; its description gets the suffix ``.json``.
    documents
        Texts.
    tokeniser
        What makes tokens of them.

    Raises
    ------
    InputError
        If there is no document, or the tokeniser gives a token beyond its vocabulary.
    """
    size = tokeniser.size
    width = narrowest(size)
    counts = {"tokens": 0, "documents": 0, "bytes": 0}
    checksum = hashlib.sha256()
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        for texts in _batches(documents):
            for text, body in zip(texts, tokeniser.encode_all(texts), strict=True):
                tokens = np.append(body, size - 1)
                if tokens.max() >= size:
                    raise InputError(
                        path,
                        f"token {tokens.max()} lies beyond a vocabulary of {size}",
                        "Use a tokeniser that knows all of its tokens",
                    )
                content = tokens.astype(width).tobytes()
                file.write(content)
                checksum.update(content)
                counts["tokens"] += len(tokens)
                counts["documents"] += 1
                counts["bytes"] += len(text.encode())
    if not counts["documents"]:
        draft.unlink()
        raise InputError(path, "there are no documents to write", "Choose a corpus with text")
    description = Description(
        vocabulary=size,
        dtype=width.str,
        tokeniser=digest(tokeniser),
        sha256=checksum.hexdigest(),
        **counts,
    )
    sidecar = path.with_suffix(".json")
    sidecar.unlink(missing_ok=True)
    draft.replace(path)
    draft.write_text(description.model_dump_json(indent=1) + "\n", encoding="utf-8")
    draft.replace(sidecar)
    return description


def read(path: Path) -> tuple[NDArray[np.unsignedinteger], Description]:
    """Map tokens into memory.

    Parameters
    ----------
    path
        The file ``<name>.bin``.

    Returns
    -------
    tuple
        Tokens, read-only, and their description.

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    sidecar = path.with_suffix(".json")
    for file in (sidecar, path):
        if not file.is_file():
            raise InputError(file, "is missing", AGAIN)
    try:
        description = Description.model_validate_json(sidecar.read_bytes())
        width = np.dtype(description.dtype)
    except (ValidationError, TypeError) as error:
        raise InputError(sidecar, f"describes no tokens ({error})", AGAIN) from error
    expected = description.tokens * width.itemsize
    if path.stat().st_size != expected:
        raise InputError(path, f"has {path.stat().st_size} bytes, not {expected}", AGAIN)
    return np.memmap(path, dtype=width, mode="r"), description


def verify(path: Path) -> None:
    """Compare tokens with their checksum, which reads them all.

    Raises
    ------
    InputError
        If they differ.
    """
    tokens, description = read(path)
    checksum = hashlib.sha256()
    for part in _parts(tokens):
        checksum.update(part.tobytes())
    if checksum.hexdigest() != description.sha256:
        raise InputError(path, "is not what its checksum says", AGAIN)


def narrowest(vocabulary: int) -> np.dtype:
    """Smallest integers that hold all tokens of a vocabulary.

    Raises
    ------
    InputError
        If there are none.
    """
    for width in WIDTHS:
        if vocabulary - 1 <= np.iinfo(width).max:
            return width
    raise InputError(
        "tokeniser", f"{vocabulary} tokens are more than 32 bits hold", "Choose a smaller one"
    )


def _batches(documents: Iterable[str]) -> Iterator[list[str]]:
    """Documents in lists of so many characters that encoding them together pays."""
    batch: list[str] = []
    characters = 0
    for text in documents:
        batch.append(text)
        characters += len(text)
        if characters >= BATCH:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _parts(tokens: NDArray[np.unsignedinteger]) -> Iterator[NDArray[np.unsignedinteger]]:
    step = 1 << 24
    for start in range(0, len(tokens), step):
        yield tokens[start : start + step]
