"""Settings of text and of what makes tokens of it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from causeway.section import Section


class Documents(Section):
    """How files are read as documents; each text file is one."""

    column: str = "text"
    """Column of Parquet, or key of JSON lines, that holds the text of a document."""
    encoding: str = "utf-8"
    """Of text and JSON lines."""
    pattern: str = Field("*", min_length=1)
    """Which files of a folder or ZIP file to read, e.g. ``*.txt``."""


class Corpus(Documents):
    """Local text: a file, or a folder of files."""

    kind: Literal["corpus"] = "corpus"
    path: Path
    """Text (any suffix but ``.json``), JSON lines (``.jsonl`` or ``.ndjson``), both also with
    ``.gz``, Parquet, a ZIP file or a folder of such files. The case of a suffix does not
    matter."""


class Registered(Documents):
    """Public text that is listed in ``config/data.tsv``."""

    kind: Literal["registered"] = "registered"
    name: str
    """Its row there."""


class Artificial(Section):
    """Text drawn from a chain of made-up words, of which the entropy is known [ours]."""

    kind: Literal["artificial"] = "artificial"
    words: PositiveInt = 60
    """Different words."""
    followers: PositiveInt = 6
    """Words that may follow a word."""
    length: PositiveInt = 40_000
    """Words of the text."""
    seed: int = Field(0, ge=0)
    """Of words, chances and text."""

    @model_validator(mode="after")
    def _followers_are_words(self) -> Self:
        if self.followers > self.words:
            raise ValueError("followers must be words, of which there are fewer")
        return self


Source = Annotated[Corpus | Registered | Artificial, Field(discriminator="kind")]


class Tokenisation(Section):
    """What text is cut into, and what it is used for."""

    kind: Literal["bytes", "characters", "pieces"] = "pieces"
    """Bytes, characters of the training text, or byte-level byte-pair encoding [S]."""
    size: PositiveInt = 131_072
    """Tokens of byte-pair encoding [S]."""
    valid: float = Field(0.01, gt=0, lt=0.5)
    """Share of characters, before the test text, that validates [ours]."""
    test: float = Field(0.01, gt=0, lt=0.5)
    """Last share, that tests [ours]."""
