"""Where protein structures can come from, as configuration."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from causeway.section import Section


class _Source(Section):
    shards: PositiveInt = 1
    """Number of shards the dataset is cut into; each is fetched and parsed by its own job."""
    plddt: bool = True
    """Whether the B-factor column holds pLDDT (predicted models) or not (experiments)."""


class Archive(_Source):
    """A tar of the dataset registry, read by byte ranges and never unpacked."""

    kind: Literal["archive"] = "archive"
    name: str
    """Row of ``config/data.tsv``."""
    only: str = "*"
    """Glob of the members to take."""


class Collection(_Source):
    """Single files that the dataset registry lists one by one."""

    kind: Literal["collection"] = "collection"
    name: str
    """Row of ``config/data.tsv`` whose ``files`` column names a table of files."""
    only: str = "*"
    """Glob of the paths in that table to take."""


class Proteome(_Source):
    """All AlphaFold DB models of one reference proteome."""

    kind: Literal["proteome"] = "proteome"
    proteome: str
    """UniProt reference proteome, e.g. ``UP000000625``."""
    version: Literal["v4", "v6"]
    """AlphaFold DB version; the index of archives lists the latest one only."""
    only: str = "*.cif.gz"
    """Glob of the members to take; the archives hold each model as mmCIF and as PDB."""


class Accessions(_Source):
    """AlphaFold DB models of listed UniProt accessions, through the prediction API."""

    kind: Literal["accessions"] = "accessions"
    path: Path
    """Text file with one accession per line; ``#`` starts a comment."""
    version: Literal["v6"] = "v6"
    """AlphaFold DB version; the API serves the latest one only."""


class Folder(_Source):
    """Structure files in a local folder and its sub-folders."""

    kind: Literal["folder"] = "folder"
    path: Path
    """Folder with .pdb, .ent, .cif or .mmcif files, gzipped or not."""
    plddt: bool = False
    """Whether the B-factor column of all these files holds pLDDT."""
    only: str = "*"
    """Glob of the paths in the folder to take."""
    version: str = "local"
    """Free label that travels into the manifest."""


class Synthetic(_Source):
    """Chains built from ideal helix, strand and loop geometry. Not proteins of nature."""

    kind: Literal["synthetic"] = "synthetic"
    entries: PositiveInt = 96
    """Number of chains."""
    families: PositiveInt = 48
    """Number of ancestral chains; members of a family differ by point mutations and noise."""
    min_length: PositiveInt = 40
    """Residues of the shortest chain."""
    max_length: PositiveInt = 72
    """Residues of the longest chain."""


Source = Annotated[
    Archive | Collection | Proteome | Accessions | Folder | Synthetic, Field(discriminator="kind")
]
