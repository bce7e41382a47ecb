"""Fetch the files of a genome, or make them."""

from pathlib import Path

from causeway.data.gather import gather
from causeway.genomes.sources import Registered, Source, World
from causeway.genomes.worlds.files import write_world


def fetch(
    *, raw: Path, source: Source, root: Path, mirror: str | None, resume: Path, seed: int
) -> None:
    """Bring the files of a genome into a folder.

    Parameters
    ----------
    raw
        Folder to make: files of the registry, or of a synthetic world in the same formats with
        its truth beside them; empty for files of your own, which stay where they are.
    source
        Where the genome comes from.
    root
        Folder of the project, which holds ``config``.
    mirror
        Folder or base URL to use instead of the publishers' addresses.
    resume
        Folder for unfinished downloads.
    seed
        Of a synthetic world.

    Raises
    ------
    InputError
        If a file cannot be had or is not what was promised.
    """
    raw.mkdir()
    if isinstance(source, Registered):
        gather(source.names, raw, root=root, mirror=mirror, resume=resume)
    elif isinstance(source, World):
        write_world(source, raw, seed)
