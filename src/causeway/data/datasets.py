"""The registry of raw data: what each dataset is, where it lies and how it is verified.

``config/data.tsv`` has one row per dataset. A row is either one file with a ``url`` or a
collection, whose ``files`` column names a table (beside the registry) with one row per file.
"""

import csv
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator

from causeway.data.checks import Promise
from causeway.data.download import Job
from causeway.errors import InputError
from causeway.section import Section

REGISTRY = Path("config/data.tsv")

SHA256 = r"^[0-9a-f]{64}$"
ADDRESS = r"^https?://[^\s/]+/\S+$"


class Remote(Section):
    """One published file."""

    path: str = Field(pattern=r"^[^/\\\s][^\\\s]*$")
    """Where it lies in a mirror."""
    url: str = Field(pattern=ADDRESS)
    """Where the publisher has it."""
    bytes: int | None = Field(None, ge=0)
    """Size, if the publisher tells."""
    sha256: str | None = Field(None, pattern=SHA256)
    """Checksum, if the publisher tells or it was recorded."""

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        if ".." in PurePosixPath(path).parts:
            raise ValueError("must not lead out of the mirror")
        return path

    @property
    def name(self) -> str:
        """Name of the file."""
        return PurePosixPath(self.path).name

    @property
    def promise(self) -> Promise:
        """What the file must be."""
        return Promise(self.bytes, self.sha256)


class Dataset(Section):
    """A row of the registry."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    """Unique name."""
    version: str = Field(pattern=r"^[A-Za-z0-9.-]+$")
    """The publisher's version or date."""
    url: str | None = Field(None, pattern=ADDRESS)
    """Address of a single file."""
    files: str | None = None
    """Table of the files of a collection, relative to the registry."""
    sha256: str | None = Field(None, pattern=SHA256)
    """Checksum of a single file, if known."""
    bytes: int | None = Field(None, ge=0)
    """Size of a single file, or of all files of a collection, if known."""
    licence: str = Field(min_length=1)
    """Licence of the data."""
    citation: str = Field(min_length=1)
    """What to cite."""

    @model_validator(mode="after")
    def _file_or_files(self) -> "Dataset":
        if (self.url is None) == (self.files is None):
            raise ValueError("needs either url or files")
        if self.files and self.sha256:
            raise ValueError("sha256 of a collection belongs into the table of its files")
        return self

    @property
    def remote(self) -> Remote:
        """The single file of this dataset.

        Raises
        ------
        InputError
            If the dataset is a collection.
        """
        if self.url is None:
            raise InputError(
                f"dataset {self.name}", "is a collection of files", "Name a dataset of one file"
            )
        file = PurePosixPath(self.url).name
        return Remote(
            path=f"{self.name}/{self.version}/{file}",
            url=self.url,
            bytes=self.bytes,
            sha256=self.sha256,
        )


Row = TypeVar("Row", Dataset, Remote)


def registry(root: Path) -> dict[str, Dataset]:
    """Datasets by name.

    Parameters
    ----------
    root
        Folder of the project, which holds ``config``.

    Raises
    ------
    InputError
        If the registry is missing or wrong, with its line and field.
    """
    rows = _read(root / REGISTRY, Dataset)
    return dict(_unique(((row.name, row) for row in rows), root / REGISTRY, "name"))


def find(root: Path, name: str) -> Dataset:
    """Look a dataset up.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    datasets = registry(root)
    if name not in datasets:
        close = get_close_matches(name, datasets, 1)
        raise InputError(
            root / REGISTRY,
            f"has no dataset {name!r}",
            f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(sorted(datasets))}",
        )
    return datasets[name]


def listing(root: Path, dataset: Dataset) -> list[Remote]:
    """Files of a dataset, by path.

    Raises
    ------
    InputError
        If the table of a collection is missing or wrong.
    """
    if dataset.files is None:
        return [dataset.remote]
    table = (root / REGISTRY).parent / dataset.files
    files = _unique(((file.path, file) for file in _read(table, Remote)), table, "path")
    return [file for _, file in sorted(files)]


def locate(remote: Remote, mirror: str | None) -> str | Path:
    """Where to take a file from: the publisher, or a mirror (a folder or a base URL).

    Raises
    ------
    InputError
        If the mirror is a folder without this file.
    """
    if mirror is None:
        return remote.url
    if mirror.startswith(("http://", "https://")):
        return f"{mirror.rstrip('/')}/{remote.path}"
    folder = Path(mirror).expanduser()
    if not folder.is_dir():
        raise InputError(f"config: mirror={mirror}", "is not a folder", "Correct the path")
    path = folder / remote.path
    if not path.is_file():
        raise InputError(
            f"config: mirror={mirror}",
            f"has no {remote.path}",
            f"Put {remote.url} there under that name, or run without mirror to download it",
        )
    return path


def jobs(files: Iterable[Remote], folder: Path, mirror: str | None) -> list[Job]:
    """Downloads of files into a folder, each under its path."""
    return [Job(locate(file, mirror), folder / file.path, file.promise) for file in files]


def _read(path: Path, kind: type[Row]) -> Iterator[Row]:
    """Rows of a table with tabs; empty cells are None."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(path, "there is no such table", "Restore it") from error
    except UnicodeDecodeError as error:
        raise InputError(path, f"is not UTF-8 text ({error})", "Save it as UTF-8") from error
    rows = csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, [])
    if header != list(kind.model_fields):
        raise InputError(
            f"{path}, line 1",
            f"has columns {', '.join(header) or 'none'}",
            f"Write {', '.join(kind.model_fields)}, separated by tabs",
        )
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InputError(
                f"{path}, line {number}",
                f"has {len(row)} fields",
                f"Write {len(header)}, separated by tabs; leave unknown ones empty",
            )
        try:
            cells = zip(header, row, strict=True)
            yield kind.model_validate({name: cell or None for name, cell in cells})
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "row"
            raise InputError(
                f"{path}, line {number}, {field}",
                f"{first['input']!r}: {first['msg']}" if first["loc"] else first["msg"],
                "Correct the field",
            ) from error


def _unique(rows: Iterable[tuple[str, Row]], path: Path, column: str) -> Iterator[tuple[str, Row]]:
    seen: dict[str, int] = {}
    for number, (key, row) in enumerate(rows, start=2):
        if key in seen:
            raise InputError(
                f"{path}, line {number}, {column}",
                f"{key!r} stands in line {seen[key]} already",
                "Keep one of the two",
            )
        seen[key] = number
        yield key, row
