"""Fetch the files of a genome."""

from pathlib import Path

from causeway.data.gather import gather
from causeway.genomes.sources import GenomeFiles, Registered


def fetch(
    *,
    raw: Path,
    source: GenomeFiles | Registered,
    root: Path,
    mirror: str | None,
    resume: Path,
) -> None:
    """Bring the files of a genome into a folder.

    Parameters
    ----------
    raw
        Folder to make: files of the registry; empty for files of your own, which stay where they
        are.
    source
        Where the genome comes from.
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
    if isinstance(source, Registered):
        gather(source.names, raw, root=root, mirror=mirror, resume=resume)
