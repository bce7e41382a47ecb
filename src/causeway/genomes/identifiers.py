"""Names of genes in one form, so that annotation and expression meet."""

import re
from collections.abc import Iterable

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.store import some

_ENSEMBL = re.compile(r"^(ENS[A-Z]*[GTP]\d{11})\.\d+$")
_COPY = re.compile(r"^ENS[A-Z]*[GTP]\d{11}(?:\.\d+)?_PAR_Y$")


def unversioned(names: Iterable[str]) -> pd.Index:
    """Ensembl identifiers without their versions; other names stay."""
    return pd.Index([_ENSEMBL.sub(r"\1", str(name)) for name in names], dtype=object)


def is_second_copy(names: Iterable[str]) -> pd.Series:
    """Whether genes are GENCODE's copies (``_PAR_Y``) of genes of chromosome X."""
    return pd.Series([bool(_COPY.match(str(name))) for name in names], dtype=bool)


def check_unique(names: Iterable[str], where: object, remedy: str) -> None:
    """Refuse names that occur twice, and empty ones.

    Raises
    ------
    InputError
        If there are such.
    """
    index = pd.Index(names)
    if (index == "").any() or index.hasnans:
        raise InputError(where, "a gene has no name", remedy)
    if twice := set(index[index.duplicated()]):
        raise InputError(where, f"names of genes that occur twice: {some(twice)}", remedy)
