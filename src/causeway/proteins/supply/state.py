"""What a source points to, as far as it decides whether its dataset is surveyed again."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from causeway.data import datasets


def state(source: Mapping[str, Any], root: Path) -> str:
    """Digest of what a source points to now: the files behind it, beside its own settings.

    Parameters
    ----------
    source
        A source as plain configuration.
    root
        Folder of the project, with the registry of datasets.

    Raises
    ------
    InputError
        If the registry does not hold the dataset that the source names.
    """
    marks: Sequence[object] = ()
    if name := source.get("name"):
        dataset = datasets.find(root, name)
        marks = [dataset, *datasets.listing(root, dataset)]
    elif path := source.get("path"):
        marks = _marks(Path(path))
    return sha256(repr(marks).encode()).hexdigest()[:12]


def _marks(place: Path) -> list[tuple[str, int, int]]:
    """Names, sizes and times of change of a file, or of all that a folder holds."""
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return [
        (str(file), file.stat().st_size, file.stat().st_mtime_ns)
        for file in files
        if file.exists()
    ]
