"""Bring registered files together in one folder."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from causeway.data.datasets import find, jobs, listing
from causeway.data.download import download_all
from causeway.provenance import RECEIPTS


def gather(
    names: Iterable[str], folder: Path, *, root: Path, mirror: str | None, resume: Path
) -> None:
    """Download the files of some datasets into a folder, under their own names.

    Their receipts lie in a hidden folder there, as some publishers tell no checksum.

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
    receipts = download_all(jobs(files, resume, mirror))
    for file, receipt in zip(files, receipts, strict=True):
        receipt.save(folder / RECEIPTS / f"{file.name}.json")
        shutil.move(resume / file.path, folder / file.name)
