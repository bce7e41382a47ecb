"""Write a screen in canonical form, from a file, the registry or a synthetic world."""

from pathlib import Path

from causeway.cells.preparation import prepare_screen
from causeway.cells.reading.opening import open_raw
from causeway.cells.refused import write_refused
from causeway.cells.screens import write_screen
from causeway.cells.sources import Quality, Registered, ScreenFile, Source
from causeway.cells.worlds.drawing import draw_world
from causeway.errors import InputError


def prepare(
    *, raw: Path, screen: Path, refused: Path, source: Source, quality: Quality, seed: int
) -> None:
    """Check, filter and normalise a published screen, or draw a synthetic one.

    Parameters
    ----------
    raw
        Folder with the files of a registered screen, see :mod:`causeway.cells.lcd.fetch`.
    screen
        ``.h5ad`` file to write, see :mod:`causeway.cells.screens`.
    refused
        Table (tab-separated) to write, see :mod:`causeway.cells.refused`; synthetic worlds
        refuse nothing.
    source
        Where the screen comes from.
    quality
        What is kept of a published screen.
    seed
        Of a synthetic world, or of the cells that are drawn.

    Raises
    ------
    InputError
        If the screen cannot be used.
    """
    if isinstance(source, ScreenFile | Registered):
        path = source.path if isinstance(source, ScreenFile) else _only(raw)
        with open_raw(path, source.layer) as published:
            refusals = prepare_screen(published, source, quality, screen, seed)
        write_refused(refusals, refused)
        return
    write_screen(draw_world(source, seed), screen)
    write_refused([], refused)


def _only(folder: Path) -> Path:
    """The file of a registered screen, or the folder if it has several."""
    # Snakemake leaves a hidden file in folders that rules make.
    files = sorted(file for file in folder.iterdir() if not file.name.startswith("."))
    if not files:
        raise InputError(folder, "is empty", "Delete it and run fetch again")
    return files[0] if len(files) == 1 else folder
