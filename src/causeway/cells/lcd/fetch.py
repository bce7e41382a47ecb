"""Fetch the files of a registered screen."""

from pathlib import Path

from causeway.cells.sources import Registered, Source
from causeway.data.gather import gather


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
    gather([source.name], raw, root=root, mirror=mirror, resume=resume)
