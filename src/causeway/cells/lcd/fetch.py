"""Fetch the files of a registered screen."""

import shutil
from pathlib import Path, PurePosixPath

from causeway.cells.sources import Registered, Source
from causeway.data.datasets import find, jobs, listing
from causeway.data.download import download_all


def fetch(*, raw: Path, source: Source, root: Path, mirror: str | None, resume: Path) -> None:
    """Bring the files of a registered screen into a folder.

    Parameters
    ----------
    raw
        Folder to make; it stays empty for sources that need no files of the registry.
    source
        Where the screen comes from.
    root
        Folder of the project, which holds ``config``.
    mirror
        Folder or base URL to use instead of the publishers' addresses.
    resume
        Folder for unfinished downloads.

    Raises
    ------
    InputError
        If a file cannot be had or is not what was promised.
    """
    raw.mkdir()
    if not isinstance(source, Registered):
        return
    files = listing(root, find(root, source.name))
    download_all(jobs(files, resume, mirror))
    for file in files:
        shutil.move(resume / file.path, raw / PurePosixPath(file.path).name)
