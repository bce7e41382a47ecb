"""Open a published screen, whatever its format."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from causeway.cells.reading.folders import read_folder
from causeway.cells.reading.raw import Raw
from causeway.cells.reading.stores import open_store
from causeway.errors import InputError

ZARR = ("zarr.json", ".zgroup", ".zattrs", ".zmetadata")
"""Files of which a zarr folder has one."""


@contextmanager
def open_raw(path: Path, layer: str | None = None) -> Iterator[Raw]:
    """Open an ``.h5ad`` file, a zarr folder or a folder with a Matrix Market file.

    Parameters
    ----------
    path
        File or folder.
    layer
        Layer to read, ``raw`` for ``raw.X``, None for ``X``; folders of Matrix Market files have
        only one matrix.

    Raises
    ------
    InputError
        If the format is unknown or the content damaged.
    """
    if not path.exists():
        raise InputError(path, "there is no such file", "Correct the path")
    # Some publishers serve files under numbers instead of names.
    hdf5 = path.suffix == ".h5ad" or (path.is_file() and h5py.is_hdf5(path))
    if hdf5 or (path.is_dir() and any((path / name).exists() for name in ZARR)):
        with open_store(path, layer) as raw:
            yield raw
    elif path.is_dir():
        if layer is not None:
            raise InputError(f"{path}, layer", f"has no layer {layer!r}", "Set layer to null")
        yield read_folder(path)
    else:
        raise InputError(
            path,
            "is no .h5ad file, zarr folder or folder with matrix.mtx",
            "Convert it, or name its folder",
        )
