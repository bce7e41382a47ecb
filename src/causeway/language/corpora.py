"""Documents of text from local files."""

import gzip
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from causeway.errors import InputError
from causeway.language.settings import Corpus


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


def split(
    texts: Iterable[str], valid: float, test: float
) -> tuple[list[str], list[str], list[str]]:
    """Cut text into parts for training, validation and test, in this order.

    A document that lies across a border is cut there, so that one long text can be split.

    Parameters
    ----------
    texts
        Documents.
    valid, test
        Shares of characters of the last two parts.

    Raises
    ------
    ValueError
        If the shares leave nothing for training.
    """
    if not 0 < valid + test < 1 or min(valid, test) < 0:
        raise ValueError(f"shares {valid} and {test} leave nothing for training")
    texts = list(texts)
    total = sum(map(len, texts))
    borders = [round(total * (1 - valid - test)), round(total * (1 - test)), total]
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    place, part = 0, 0
    for text in texts:
        start = 0
        while start < len(text):
            while place >= borders[part]:
                part += 1
            end = min(len(text), start + borders[part] - place)
            parts[part].append(text[start:end])
            place += end - start
            start = end
    return parts


def _of_path(path: Path, corpus: Corpus) -> Iterator[str]:
    if path.is_dir():
        for file in sorted(path.rglob(corpus.pattern)):
            if file.is_file():
                yield from _of_path(file, corpus)
        return
    if not path.is_file():
        raise InputError(path, "there is no such file or folder", "Check the path of the corpus")
    readers: dict[str, Callable[[Path, Corpus], Iterator[str]]] = {
        ".parquet": _of_parquet,
        ".zip": _of_zip,
        ".gz": _of_gzip,
    }
    read = readers.get(path.suffix)
    if read is None:
        yield from _of_bytes(path, path.name, path.read_bytes(), corpus)
        return
    yield from read(path, corpus)


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


def _of_zip(path: Path, corpus: Corpus) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith("/") and Path(name).match(corpus.pattern):
                    yield from _of_bytes(path, name, archive.read(name), corpus)
    except zipfile.BadZipFile as error:
        raise InputError(path, f"is no ZIP file ({error})", "Check the file") from error


def _of_gzip(path: Path, corpus: Corpus) -> Iterator[str]:
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise InputError(path, f"is no gzip file ({error})", "Check the file") from error
    yield from _of_bytes(path, path.stem, content, corpus)


def _of_bytes(path: Path, name: str, content: bytes, corpus: Corpus) -> Iterator[str]:
    """Documents of the content of a file called ``name``, in or at ``path``."""
    where = path if path.name == name else f"{path}: {name}"
    try:
        text = content.decode(corpus.encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(
            where,
            f"is not {corpus.encoding} text ({error})",
            "Name its encoding, e.g. latin-1, or leave the file out by a pattern",
        ) from error
    if not name.endswith(".jsonl"):
        yield text
        return
    # Not splitlines, which also cuts at separators that JSON strings may contain.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _of_line(f"{where}: line {number}", line, corpus.column)


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
    return text
