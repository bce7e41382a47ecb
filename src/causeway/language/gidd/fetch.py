"""Fetch public text."""

from pathlib import Path

from causeway.data.gather import gather
from causeway.language.settings import Registered


def fetch(*, raw: Path, source: Registered, root: Path, mirror: str | None, resume: Path) -> None:
    """Bring the files of a registered text into a folder.

    Parameters
    ----------
    raw
        Folder to make.
    source
        Which text.
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
    gather([source.name], raw, root=root, mirror=mirror, resume=resume)
