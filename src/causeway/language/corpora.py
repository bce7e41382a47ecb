"""Documents of text from local files."""

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from causeway.errors import InputError
from causeway.language.settings import Corpus

LINES = (".jsonl", ".ndjson")
"""Suffixes of JSON lines; those of all files are told whatever their case."""


def documents(corpus: Corpus) -> Iterator[str]:
    """Yield the documents of a corpus that are not empty, in the order of their names.

    Raises
    ------
    InputError
        If a file cannot be read as what its name says, or nothing is left.
    """
    found = 0
    for text in _of_path(corpus.path, corpus):
        if text.strip():
            found += 1
            yield text
    if not found:
        raise InputError(corpus.path, "has no text", "Choose a corpus with documents in it")


def _of_path(path: Path, corpus: Corpus) -> Iterator[str]:
    if path.is_dir():
        for file in sorted(path.rglob(corpus.pattern)):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.is_file() and not hidden:
                yield from _of_path(file, corpus)
        return
    if not path.is_file():
        raise InputError(path, "there is no such file or folder", "Check the path of the corpus")
    readers: dict[str, Callable[[Path, Corpus], Iterator[str]]] = {
        ".parquet": _of_parquet,
        ".zip": _of_zip,
        ".gz": _of_gzip,
    }
    yield from readers.get(path.suffix.lower(), _of_plain)(path, corpus)


def _of_parquet(path: Path, corpus: Corpus) -> Iterator[str]:
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(path, f"is no Parquet file ({error})", "Check the file") from error
    with file:
        if corpus.column not in file.schema_arrow.names:
            raise InputError(
                path,
                f"has no column {corpus.column!r} but {', '.join(file.schema_arrow.names)}",
                "Name the column with the text in the corpus's column",
            )
        for batch in file.iter_batches(columns=[corpus.column]):
            column = batch.column(0)
            if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
                raise InputError(
                    path,
                    f"column {corpus.column!r} holds {column.type}, not text",
                    "Name the column with the text in the corpus's column",
                )
            yield from (text for text in column.to_pylist() if text is not None)


def _of_plain(path: Path, corpus: Corpus) -> Iterator[str]:
    with path.open("rb") as file:
        yield from _of_file(path, path.name, file, corpus)


def _of_zip(path: Path, corpus: Corpus) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith("/") and Path(name).match(corpus.pattern):
                    with archive.open(name) as file:
                        yield from _of_file(path, name, file, corpus)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise InputError(path, f"is no ZIP file ({error})", "Check the file") from error


def _of_gzip(path: Path, corpus: Corpus) -> Iterator[str]:
    try:
        with gzip.open(path) as file:
            yield from _of_file(path, path.stem, file, corpus)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(path, f"is no gzip file ({error})", "Check the file") from error


def _of_file(
    path: Path, name: str, file: IO[bytes] | gzip.GzipFile, corpus: Corpus
) -> Iterator[str]:
    """Documents of an open file called ``name``, in or at ``path``, which is read as it goes."""
    where = str(path) if path.name == name else f"{path}: {name}"
    suffix = Path(name).suffix.lower()
    if suffix == ".json":
        raise InputError(
            where,
            "is JSON, of which it is not known what a document is",
            "Write one document a line as .jsonl, or leave the file out by a pattern",
        )
    try:
        # Lines of JSON end with \n alone: JSON strings may contain other separators.
        ends = "\n" if suffix in LINES else ""
        with io.TextIOWrapper(file, corpus.encoding, newline=ends) as text:
            if suffix not in LINES:
                yield _sound(where, text.read())
                return
            for number, line in enumerate(text, 1):
                if line.strip():
                    yield _of_line(f"{where}: line {number}", line, corpus.column)
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(
            where,
            f"is not {corpus.encoding} text ({error})",
            "Name its encoding, e.g. latin-1, or leave the file out by a pattern",
        ) from error


def _of_line(where: str, line: str, column: str) -> str:
    try:
        text = json.loads(line)[column]
    except json.JSONDecodeError as error:
        raise InputError(where, f"is no JSON ({error})", "Write one document a line") from error
    except (KeyError, TypeError) as error:
        raise InputError(
            where, f"has no key {column!r}", "Name the key with the text in the corpus's column"
        ) from error
    if not isinstance(text, str):
        raise InputError(where, f"{column!r} is no text", "Name the key with the text")
    return _sound(where, text)


def _sound(where: str, text: str) -> str:
    """Text without halves of surrogate pairs, which JSON may contain and UTF-8 may not."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            where,
            f"has half of a surrogate pair at character {error.start}, which is no character",
            "Remove it, or write both halves",
        ) from error
    return text
