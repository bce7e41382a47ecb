"""Make the files of a synthetic genome."""

from pathlib import Path

from causeway.genomes.sources import World
from causeway.genomes.worlds.files import write_world


def synthesise(*, raw: Path, source: World, seed: int) -> None:
    """Write a synthetic world in the formats of real data, with its truth beside them.

    Parameters
    ----------
    raw
        Folder to make.
    source
        Laws of the world.
    seed
        Makes it repeatable.
    """
    raw.mkdir()
    write_world(source, raw, seed)
