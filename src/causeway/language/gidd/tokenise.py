"""Make tokens of text."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from causeway.errors import InputError
from causeway.language import artificial, token_files, tokenisers
from causeway.language.corpora import documents
from causeway.language.pieces import Pieces
from causeway.language.settings import Artificial, Corpus, Registered, Source, Tokenisation
from causeway.language.splitting import Reader, split
from causeway.language.tokenisers import Bytes, Characters, Tokeniser

TOKENISER = "tokeniser.json"


def tokenise(*, raw: list[Path], tokens: Path, source: Source, settings: Tokenisation) -> None:
    """Cut text into parts, learn a tokeniser from the first, and apply it to all.

    Text is read several times and never held whole: only its largest document has to fit into
    memory.

    Parameters
    ----------
    raw
        Folder of the step ``fetch`` for registered text, else none.
    tokens
        Folder to write: ``tokeniser.json``, and ``train``, ``valid`` and ``test``, each with
        ``.bin`` and ``.json``.
    source
        Where the text comes from.
    settings
        Section of the configuration.

    Raises
    ------
    InputError
        If the text cannot be read, or a part of it is empty.
    """
    read: Reader
    if isinstance(source, Artificial):
        where, read = "artificial text", partial(iter, [artificial.text(source)])
    else:
        corpus = local(source, raw)
        where, read = str(corpus.path), partial(documents, corpus)
    parts = split(read, settings.valid, settings.test)
    if any(part.empty for part in parts):
        raise InputError(where, "is too short to be split", "Choose a larger corpus")
    tokens.mkdir(parents=True)
    tokeniser = learned(parts[0], settings)
    tokenisers.save(tokeniser, tokens / TOKENISER)
    for name, part in zip(("train", "valid", "test"), parts, strict=True):
        token_files.write(tokens / f"{name}.bin", part, tokeniser)


def local(source: Corpus | Registered, raw: list[Path]) -> Corpus:
    """Where text lies once it is fetched; the files of one ZIP file are told apart by pattern."""
    if isinstance(source, Corpus):
        return source
    files = [file for folder in raw for file in sorted(folder.iterdir())]
    told = source.model_dump(exclude={"kind", "name"})
    return Corpus(path=files[0] if len(files) == 1 else raw[0], **told)


def learned(texts: Iterable[str], settings: Tokenisation) -> Tokeniser:
    """Learn a tokeniser from training documents."""
    if settings.kind == "bytes":
        return Bytes()
    if settings.kind == "characters":
        return Characters.of(texts)
    return Pieces.of(texts, settings.size)
