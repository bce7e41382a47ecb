"""Files from servers and folders: resumed, verified, and under their name only when whole."""

import errno
import json
import logging
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from causeway.data.checks import Promise
from causeway.data.progress import Progress
from causeway.data.receipts import Receipt
from causeway.data.transfer import ChangedError, pour, read
from causeway.data.web import Client, MissingError, Origin
from causeway.errors import InputError
from causeway.locks import held

log = logging.getLogger(__name__)

FETCHES = 3
"""Times that a file is fetched in all when it arrives broken; fewer if twice in the same way."""
REPORT = 100
"""Files after which a line tells how far a long list is."""
CONNECTIONS = 10
INTERVAL = 0.1
"""Seconds between requests for many files of one publisher."""


@dataclass(frozen=True)
class Job:
    """One file of many to fetch: where it lies, where to put it, what it must be."""

    url: str | Path
    target: Path
    promise: Promise = field(default_factory=Promise)


def download(
    url: str | Path,
    target: Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    promised_by: str = "the registry",
    span: tuple[int, int] | None = None,
    origin: Origin | None = None,
    client: Client | None = None,
) -> Receipt:
    """Fetch a file, or a range of it.

    The bytes gather in ``<target>.part``, which a later call resumes if the server still has the
    same file, and get their name when they are whole and verified. Processes that want the same
    target take turns. A target that exists and keeps its promise is left alone.

    Parameters
    ----------
    url
        Address, or a local file.
    target
        Where the file goes.
    sha256, size
        What the file must be, if known.
    promised_by
        Who says so; stands in error messages.
    span
        First byte and the one after the last, if only a range is wanted.
    origin
        The server's file as it was described before; another one is an error.
    client
        Connection to use.

    Returns
    -------
    Receipt
        What was received.

    Raises
    ------
    InputError
        If the file cannot be had, is not what was promised, changed, or the disk is full.
    """
    promise = Promise(size, sha256, promised_by)
    source = _Source(url, span, origin)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if receipt := _kept(source, target, promise):
            return receipt
        with held(_part(target), target) as sink:
            if receipt := _kept(source, target, promise):
                _part(target).unlink()
                return receipt
            if client:
                return _fetch(source, target, promise, sink, client)
            with Client() as own:
                return _fetch(source, target, promise, sink, own)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise InputError(
            target,
            f"no space left for {url}",
            "Free space or put the results elsewhere (--directory); the download then goes on "
            "from where it stopped",
        ) from error


def download_all(
    jobs: Iterable[Job],
    *,
    workers: int = CONNECTIONS,
    interval: float = INTERVAL,
    client: Client | None = None,
) -> list[Receipt]:
    """Fetch many files, a few at a time, and politely.

    Parameters
    ----------
    jobs
        What to fetch.
    workers
        Connections at the same time.
    interval
        Seconds between the starts of two requests; ignored when ``client`` is given.
    client
        Connection to use.

    Returns
    -------
    list of Receipt
        In the order of ``jobs``.

    Raises
    ------
    MissingError
        If servers do not have some of the files, naming all of them.
    InputError
        As :func:`download`; files not begun by then are not fetched.
    """

    def fetch(job: Job, client: Client) -> Receipt:
        promise = job.promise
        return download(
            job.url,
            job.target,
            sha256=promise.sha256,
            size=promise.size,
            promised_by=promise.by,
            client=client,
        )

    own = client or Client(workers=workers, interval=interval)
    receipts: list[Receipt] = []
    missing: list[MissingError] = []
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(fetch, job, own) for job in jobs]
        try:
            for number, future in enumerate(futures, start=1):
                try:
                    receipts.append(future.result())
                except MissingError as error:
                    missing.append(error)
                if number % REPORT == 0:
                    log.info("%d of %d files are here", number, len(futures))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if missing:
        raise MissingError(
            ", ".join(error.where for error in missing),
            f"{missing[0].problem} ({len(missing)} of {len(futures)} files)",
            missing[0].remedy,
        )
    return receipts


def read_range(
    url: str | Path,
    start: int,
    stop: int,
    *,
    origin: Origin | None = None,
    client: Client | None = None,
) -> bytes:
    """Bytes ``start`` to ``stop`` (excluded) of a file on a server or disk; fewer at its end.

    Raises
    ------
    InputError
        If the bytes cannot be had, or the file is not the one described by ``origin``.
    """
    if isinstance(url, Path):
        with _opened(url) as file:
            file.seek(start)
            return file.read(stop - start)
    try:
        if client:
            return read(client, url, start, stop, origin=origin)
        with Client() as own:
            return read(own, url, start, stop, origin=origin)
    except ChangedError as error:
        raise _changed(url) from error


def describe(url: str | Path, *, client: Client | None = None) -> Origin:
    """Size and validators of a file on a server or disk.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if isinstance(url, Path):
        with _opened(url) as file:
            return Origin(size=os.fstat(file.fileno()).st_size)
    if client:
        return client.probe(url)
    with Client() as own:
        return own.probe(url)


@dataclass(frozen=True)
class _Source:
    """What is to be fetched."""

    url: str | Path
    span: tuple[int, int] | None
    origin: Origin | None

    def label(self) -> dict[str, object]:
        """What a part must belong to, to be resumed."""
        return {"url": str(self.url), "span": list(self.span or ())}


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _card(part: Path) -> Path:
    """File that tells where the bytes of a part came from."""
    return part.with_name(f"{part.name}.json")


def _kept(source: _Source, target: Path, promise: Promise) -> Receipt | None:
    if not target.exists():
        return None
    if problem := promise.broken(target):
        log.warning("%s: %s; fetching it again", target, problem)
        return None
    return Receipt.of(target, str(source.url), Origin())


def _fetch(
    source: _Source, target: Path, promise: Promise, sink: BinaryIO, client: Client
) -> Receipt:
    part = Path(sink.name)
    problem = ""
    for _ in range(FETCHES):
        origin = _fill(source, sink, part, client)
        sink.flush()
        os.fsync(sink.fileno())
        before, problem = problem, promise.broken(part) or ""
        if not problem:
            receipt = Receipt.of(part, str(source.url), origin)
            part.replace(target)
            _card(part).unlink(missing_ok=True)
            return receipt
        log.warning("%s: %s arrived broken: %s", source.url, target, problem)
        sink.truncate(0)
        if isinstance(source.url, Path) or problem == before:
            break
    part.unlink()
    _card(part).unlink(missing_ok=True)
    raise InputError(
        target,
        f"{problem}; source {source.url}. The bad file was removed",
        "Replace the file in the mirror"
        if isinstance(source.url, Path)
        else "It was fetched more than once; the publisher may have changed it: compare with the "
        "publisher's page, or take the file from elsewhere with --config mirror=DIR",
    )


def _fill(source: _Source, sink: BinaryIO, part: Path, client: Client) -> Origin:
    """Bring the bytes into the part, going on after those it has."""
    start, stop = source.span or (0, None)
    with Progress(part.name.removesuffix(".part")) as progress:

        def begun(origin: Origin) -> None:
            have = sink.tell()
            ends = [end for end in (stop, origin.size) if end is not None]
            total = min(ends) - start if ends else None
            if total and total - have > shutil.disk_usage(part.parent).free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(part))
            progress.expect(have, total)
            _card(part).write_text(json.dumps(source.label() | {"origin": asdict(origin)}))

        if isinstance(source.url, Path):
            return _copy(source.url, sink, start, stop)
        try:
            return pour(
                client,
                source.url,
                sink,
                start=start,
                stop=stop,
                held=_held(source, part),
                pinned=source.origin,
                begun=begun,
                arrived=progress.add,
            )
        except ChangedError as error:
            raise _changed(source.url) from error


def _held(source: _Source, part: Path) -> Origin | None:
    """Where the bytes of a part came from, if from this source."""
    try:
        card = json.loads(_card(part).read_bytes())
        origin = Origin(**card.pop("origin"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return origin if card == source.label() else None


def _copy(path: Path, sink: BinaryIO, start: int, stop: int | None) -> Origin:
    sink.truncate(0)
    with _opened(path) as file:
        file.seek(start)
        if stop is None:
            shutil.copyfileobj(file, sink, 1 << 20)
        else:
            sink.write(file.read(stop - start))
        return Origin(size=os.fstat(file.fileno()).st_size)


def _opened(path: Path) -> BinaryIO:
    if not path.is_file():
        raise InputError(path, "there is no such file", "Put it there or correct the path")
    return path.open("rb")


def _changed(url: str | Path) -> InputError:
    return InputError(
        url,
        "the file on the server changed since it was first described",
        "Remove what was fetched of it and start again, so that all parts are of one version",
    )
