"""From a plan to the structure files of one shard, one function per kind of plan."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path, PurePosixPath

from causeway.data.datasets import Remote, jobs
from causeway.data.download import CONNECTIONS, INTERVAL, download, download_all
from causeway.data.web import Client, MissingError
from causeway.errors import InputError
from causeway.proteins import afdb
from causeway.proteins.archive import members, reach, stretch
from causeway.proteins.supply.plan import Generated, Listing, Plan, Queries, Tar
from causeway.proteins.supply.reading import Ranges
from causeway.proteins.synthetic import chains

SYNTHETIC = "synthetic"
NOT_THERE = "is not on the server"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A structure file as it was published, or why there is none."""

    id: str
    version: str
    file: str
    content: bytes
    url: str
    problem: str = ""


def entries(
    plan: Plan, *, shard: int, shards: int, mirror: str | None, resume: Path
) -> Iterator[Entry]:
    """Structure files of one shard, in an order that depends on the plan only.

    An accession without a model is an entry without content, since lists of accessions outlive
    the models of some.

    Parameters
    ----------
    plan
        What the dataset consists of.
    shard, shards
        Which part of how many.
    mirror
        Folder or base URL to use instead of the publishers' addresses.
    resume
        Folder for unfinished downloads; what is in it is used again.

    Raises
    ------
    InputError
        If a file cannot be had or is not what was promised.
    """
    if isinstance(plan, Tar):
        return _tar(plan, shard, shards, resume)
    if isinstance(plan, Listing):
        return _listing(plan, shard, shards, mirror, resume)
    if isinstance(plan, Queries):
        return _queries(plan, shard, shards, mirror, resume)
    return _generated(plan, shard, shards)


def _tar(plan: Tar, shard: int, shards: int, resume: Path) -> Iterator[Entry]:
    start, stop = stretch(plan.size, shard, shards)
    if start == stop:
        return
    read = Ranges(plan.place, plan.size, origin=plan.origin)
    if not plan.local:
        first = reach(start)
        key = hashlib.sha256(plan.model_dump_json().encode()).hexdigest()[:12]
        piece = resume / f"{key}-{first}-{stop}"
        download(
            plan.location,
            piece,
            size=stop - first,
            promised_by="the plan of the shards",
            span=(first, stop),
            origin=plan.origin,
        )
        read = Ranges(plan.place, plan.size, stretch=piece, start=first, origin=plan.origin)
    for member in members(read, plan.size, start, stop, where=plan.location):
        if fnmatch(member.name, plan.only):
            file = PurePosixPath(member.name)
            stem = file.name.removesuffix(".gz").rpartition(".")[0] or file.name
            entry, version = afdb.entry_of(file.name) or (stem, plan.version)
            content = read(member.start, member.start + member.size)
            yield Entry(entry, version, file.name, content, f"{plan.url}#{member.name}")


def _listing(
    plan: Listing, shard: int, shards: int, mirror: str | None, resume: Path
) -> Iterator[Entry]:
    items = plan.items[shard::shards]
    if plan.local:
        places = [Path(item.url) for item in items]
    else:
        files = [
            Remote(path=item.path, url=item.url, bytes=item.bytes, sha256=item.sha256)
            for item in items
        ]
        wanted = jobs(files, resume, mirror)
        download_all(wanted)
        places = [job.target for job in wanted]
    for item, place in zip(items, places, strict=True):
        yield Entry(item.id, item.version, place.name, _content(place), item.url)


def _queries(
    plan: Queries, shard: int, shards: int, mirror: str | None, resume: Path
) -> Iterator[Entry]:
    accessions = plan.accessions[shard::shards]
    with Client(workers=CONNECTIONS, interval=INTERVAL) as client:
        asked = [
            Remote(path=f"afdb/prediction/{accession}.json", url=f"{afdb.API}/{accession}")
            for accession in accessions
        ]
        answers = _published(asked, resume, mirror, client)
        found = [
            _current(accession, remote.url, answer, plan.version)
            for accession, remote, answer in zip(accessions, asked, answers, strict=True)
        ]
        models = [model for model in found if isinstance(model, afdb.Prediction)]
        files = [
            Remote(path=f"afdb/files/{PurePosixPath(model.url).name}", url=model.url)
            for model in models
        ]
        places = iter(_published(files, resume, mirror, client))
    for model in found:
        yield model if isinstance(model, Entry) else _entry(model, next(places))


def _published(
    files: list[Remote], resume: Path, mirror: str | None, client: Client
) -> list[Path | None]:
    """Download files; those that the server does not have are None."""
    wanted = jobs(files, resume, mirror)
    try:
        download_all(wanted, client=client)
    except MissingError as error:
        log.warning("%s: %s", error.where, error.problem)
    return [job.target if job.target.is_file() else None for job in wanted]


def _entry(model: afdb.Prediction, place: Path | None) -> Entry:
    file = PurePosixPath(model.url).name
    if place is None:
        return Entry(model.entry, model.version, file, b"", model.url, NOT_THERE)
    content = _content(place)
    if afdb.sequence_in(content) != model.sequence:
        place.unlink()
        raise InputError(
            model.url,
            f"has another sequence than the prediction API gives for {model.entry}",
            "AlphaFold DB may be changing over to a new version: try again later",
        )
    return Entry(model.entry, model.version, file, content, model.url)


def _current(
    accession: str, url: str, answer: Path | None, version: str
) -> afdb.Prediction | Entry:
    if answer is None:
        return Entry(accession, version, accession, b"", url, NOT_THERE)
    try:
        model = afdb.prediction(_content(answer), accession, where=url)
    except MissingError as error:
        return Entry(accession, version, accession, b"", url, error.problem)
    if model.version != version:
        raise InputError(
            url,
            f"serves {model.version} of {accession}; {version} is asked for",
            "Set the version of the source to the one served, or use an archive of the older one",
        )
    return model


def _generated(plan: Generated, shard: int, shards: int) -> Iterator[Entry]:
    for name, text in islice(chains(plan.source, plan.seed), shard, None, shards):
        yield Entry(name, SYNTHETIC, f"{name}-model_v1.pdb", text, SYNTHETIC)


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(path, "is gone since the folder was listed", "Remove the plan, run again")
    return path.read_bytes()
