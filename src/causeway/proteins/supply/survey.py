"""From a source to the plan of its dataset, one function per kind of source."""

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from causeway.data import datasets
from causeway.data.datasets import Remote, locate
from causeway.data.download import describe
from causeway.errors import InputError
from causeway.proteins import afdb
from causeway.proteins.sources import (
    Accessions,
    Archive,
    Collection,
    Folder,
    Proteome,
    Source,
    Synthetic,
)
from causeway.proteins.supply.plan import Generated, Item, Listing, Plan, Queries, Tar
from causeway.proteins.supply.reading import read_all

SUFFIXES = (".pdb", ".ent", ".cif", ".mmcif")
ACCESSION = re.compile(
    r"([OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){1,2})(-[0-9]+)?"
)


def plan(source: Source, *, root: Path, mirror: str | None, seed: int) -> Plan:
    """Find out what a dataset consists of.

    Parameters
    ----------
    source
        Where its structures come from.
    root
        Folder of the project, with the registry of datasets.
    mirror
        Folder or base URL to use instead of the publishers' addresses.
    seed
        Seed of a synthetic dataset.

    Raises
    ------
    InputError
        If the source does not exist, cannot be reached or holds nothing.
    """
    if isinstance(source, Synthetic):
        return Generated(source=source, seed=seed)
    return _KINDS[type(source)](source, root, mirror)


def _archive(source: Archive, root: Path, mirror: str | None) -> Tar:
    dataset = datasets.find(root, source.name)
    return _tar(dataset.remote, dataset.version, source.only, mirror)


def _proteome(source: Proteome, root: Path, mirror: str | None) -> Tar:
    index = Remote(path="afdb/download_metadata.json", url=afdb.INDEX)
    place = locate(index, mirror)
    name, size = afdb.archive_name(
        read_all(place), source.proteome, source.version, where=str(place)
    )
    path = f"{source.version}/{name}"
    remote = Remote(path=f"afdb/{path}", url=f"{afdb.FTP}/{path}", bytes=size)
    return _tar(remote, source.version, source.only, mirror)


def _tar(remote: Remote, version: str, only: str, mirror: str | None) -> Tar:
    place = locate(remote, mirror)
    origin = describe(place)
    if origin.size is None:
        raise InputError(place, "the server does not tell its size", "Use --config mirror=DIR")
    if origin.size == 0:
        raise InputError(place, "is empty", "Fetch it again")
    if remote.bytes not in (None, origin.size):
        raise InputError(
            place,
            f"has {origin.size} bytes, {remote.bytes} were announced for {remote.url}",
            "Check the version: the publisher, or whoever filled the mirror, has another file",
        )
    if isinstance(place, Path) and (problem := remote.promise.broken(place)):
        raise InputError(place, problem, f"Replace it with {remote.url}")
    return Tar(
        version=version,
        url=remote.url,
        location=str(place),
        local=isinstance(place, Path),
        size=origin.size,
        etag=origin.etag,
        modified=origin.modified,
        only=only,
    )


def _collection(source: Collection, root: Path, mirror: str | None) -> Listing:
    dataset = datasets.find(root, source.name)
    items = [
        _item(file.path, dataset.version, url=file.url, bytes=file.bytes, sha256=file.sha256)
        for file in datasets.listing(root, dataset)
        if fnmatch(file.path, source.only)
    ]
    return Listing(local=False, items=_distinct(items, f"dataset {source.name}", source.only))


def _folder(source: Folder, root: Path, mirror: str | None) -> Listing:
    if not source.path.is_dir():
        raise InputError(
            f"{source.path} (path of a folder source)", "is not a folder", "Correct the path"
        )
    names = (path.relative_to(source.path) for path in source.path.rglob("*") if path.is_file())
    items = [
        _item(name, source.version, url=str(source.path / name))
        for name in sorted(name.as_posix() for name in names)
        if fnmatch(name, source.only) and name.lower().removesuffix(".gz").endswith(SUFFIXES)
    ]
    return Listing(local=True, items=_distinct(items, str(source.path), source.only))


def _accessions(source: Accessions, root: Path, mirror: str | None) -> Queries:
    try:
        lines = source.path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{source.path} (path of an accessions source)",
            f"cannot be read ({error})",
            "Correct the path",
        ) from error
    found: dict[str, None] = {}
    for number, line in enumerate(lines, start=1):
        accession = line.partition("#")[0].strip()
        if accession and not ACCESSION.fullmatch(accession):
            raise InputError(
                f"{source.path}, line {number}",
                f"{accession!r} is not a UniProt accession",
                "Write one per line, e.g. P12345",
            )
        if accession:
            found[accession] = None
    if not found:
        raise InputError(source.path, "lists no accession", "Write one per line")
    return Queries(version=source.version, accessions=list(found))


_KINDS: dict[type, Callable[[Any, Path, str | None], Plan]] = {
    Archive: _archive,
    Proteome: _proteome,
    Collection: _collection,
    Folder: _folder,
    Accessions: _accessions,
}


def _item(path: str, version: str, **known: Any) -> Item:
    entry, version = afdb.entry_of(path) or (_stem(path), version)
    return Item(id=entry, version=version, path=path, **known)


def _stem(path: str) -> str:
    name = PurePosixPath(path.removesuffix(".gz"))
    return name.stem


def _distinct(items: Iterable[Item], where: str, only: str) -> list[Item]:
    seen: dict[str, Item] = {}
    for item in items:
        if item.id in seen:
            raise InputError(
                where,
                f"{seen[item.id].path} and {item.path} are both entry {item.id}",
                "Keep one of the two, or choose by the source's field `only`",
            )
        seen[item.id] = item
    if not seen:
        raise InputError(where, f"holds no structure file that matches {only}", "Check both")
    return list(seen.values())
