"""What a dataset consists of, fixed before the first shard is fetched."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from causeway.data.web import Origin
from causeway.errors import InputError
from causeway.proteins.sources import Synthetic
from causeway.section import Section


class Tar(Section):
    """An uncompressed tar, of which each shard reads a stretch."""

    kind: Literal["tar"] = "tar"
    version: str
    """Version of the members whose names do not tell."""
    url: str
    """Where the publisher has it."""
    location: str
    """Where it was found: the publisher's address or a place in the mirror."""
    local: bool
    """Whether ``location`` is a file on disk."""
    size: int
    """Bytes."""
    etag: str | None = None
    """Entity tag, to notice when the publisher replaces the file between two shards."""
    modified: str | None = None
    """Date of the file on the server, for the same purpose."""
    only: str
    """Glob of the members to take."""

    @property
    def place(self) -> str | Path:
        """Where to read it."""
        return Path(self.location) if self.local else self.location

    @property
    def origin(self) -> Origin:
        """The file that every shard must find."""
        return Origin(self.size, self.etag, self.modified)


class Item(Section):
    """One file of a list."""

    id: str
    """Unique entry."""
    version: str
    """Version of the entry."""
    path: str
    """Where it lies in the folder or mirror."""
    url: str
    """Where the publisher has it; for a local folder, the file itself."""
    bytes: int | None = None
    """Size, if known."""
    sha256: str | None = None
    """Checksum, if known."""


class Listing(Section):
    """Single files; shard k of n takes every n-th."""

    kind: Literal["listing"] = "listing"
    local: bool
    """Whether the files lie in a folder on this machine."""
    items: list[Item]
    """All files of the dataset."""


class Queries(Section):
    """UniProt accessions to ask the prediction API for."""

    kind: Literal["queries"] = "queries"
    version: str
    """AlphaFold DB version that the answers must have."""
    accessions: list[str]
    """All accessions of the dataset."""


class Generated(Section):
    """Chains that are computed, not fetched."""

    kind: Literal["generated"] = "generated"
    source: Synthetic
    """How."""
    seed: int
    """Seed of the whole dataset, the same for each of its shards."""


Plan = Annotated[Tar | Listing | Queries | Generated, Field(discriminator="kind")]

_ANY: TypeAdapter[Plan] = TypeAdapter(Plan)


def save(plan: Plan, path: Path) -> None:
    """Write a plan as JSON."""
    path.write_bytes(_ANY.dump_json(plan, indent=1) + b"\n")


def load(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    InputError
        If the file is no plan.
    """
    try:
        return _ANY.validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(path, "is not a plan of a dataset", "Remove it and run again") from error
