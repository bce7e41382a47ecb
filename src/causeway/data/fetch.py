"""Fetch one raw file."""

import shutil
from pathlib import Path

from causeway.data.datasets import Remote, locate
from causeway.data.download import download
from causeway.data.verify import promised
from causeway.errors import InputError


def fetch(*, file: Path, receipt: Path, remote: Remote, mirror: str | None, resume: Path) -> None:
    """Fetch one raw file.

    Without a checksum in the registry, that of the first download is recorded beside the file
    and later downloads are held to it.

    Parameters
    ----------
    file
        Where the file goes.
    receipt
        Record of the download; outlives the file.
    remote
        What to fetch.
    mirror
        Folder or base URL to use instead of the publisher's address.
    resume
        Folder for the unfinished file.

    Raises
    ------
    InputError
        If the file cannot be had or is not what was promised or recorded.
    """
    if file.name != remote.name:
        raise InputError(file.name, f"is not the file of {remote.url}", f"Ask for {remote.name}")
    promise = promised(remote, receipt)
    got = download(
        locate(remote, mirror),
        resume / remote.name,
        sha256=promise.sha256,
        size=promise.size,
        promised_by=promise.by,
    )
    shutil.move(resume / remote.name, file)
    if not receipt.exists():
        got.save(receipt)
