"""Bring registered files together in one folder."""

import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from causeway.data.datasets import find, jobs, listing
from causeway.data.download import download_all


def gather(
    names: Iterable[str], folder: Path, *, root: Path, mirror: str | None, resume: Path
) -> None:
    """Download the files of some datasets into a folder, under their own names.

    Parameters
    ----------
    names
        Rows of ``config/data.tsv``.
    folder
        Where to.
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
    files = [file for name in names for file in listing(root, find(root, name))]
    download_all(jobs(files, resume, mirror))
    for file in files:
        shutil.move(resume / file.path, folder / PurePosixPath(file.path).name)
