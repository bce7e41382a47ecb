"""Names of contigs: what one file calls ``chr1`` and ``chrM``, another calls ``1`` and ``MT``."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.reading.streams import read_lines
from causeway.genomes.store import some

LEAST = 0.95
"""Part of the contigs that must be found; with fewer, the files are not of one assembly."""

Aliases = Iterable[Collection[str]]
"""Groups of names, each of one contig."""

_PREFIX = re.compile(r"^chr(omosome)?_?", re.IGNORECASE)
_VERSION = re.compile(r"^([A-Z]{1,4}_?\d{5,})\.\d+$")
_MITOCHONDRION = {"m": "MT", "mt": "MT"}


def read_aliases(path: Path) -> list[tuple[str, ...]]:
    """Groups of names by a table with tabs, such as UCSC's ``chromAlias.txt``.

    Every row has the names of one contig; empty cells and lines that begin with # are left out.

    Raises
    ------
    InputError
        If it is no such table.
    """
    rows = [line.split("\t") for _, line in read_lines(path) if line and not line.startswith("#")]
    groups = [tuple(name for name in row if name) for row in rows]
    if not groups or any(len(group) < 2 for group in groups):
        raise InputError(
            path, "has rows with fewer than two names", "Separate names by tabs, one contig a row"
        )
    return groups


def canonical(name: str) -> str:
    """One form of all names of a contig: no ``chr``, MT, and accessions without version."""
    if accession := _VERSION.match(name):
        return accession[1]
    bare = _PREFIX.sub("", name) or name
    return _MITOCHONDRION.get(bare.lower(), bare)


def match(
    names: Iterable[str],
    known: Collection[str],
    where: object,
    *,
    aliases: Aliases = (),
    least: float = LEAST,
) -> dict[str, str]:
    """Find contigs by their names or other names of theirs.

    Parameters
    ----------
    names
        As a file has them.
    known
        As the genome has them.
    where
        Stands in errors.
    aliases
        Groups of names, each of one contig.
    least
        Part of the names that must be found.

    Returns
    -------
    dict
        From the file's name to the genome's, of those that were found.

    Raises
    ------
    InputError
        If fewer are found, or two contigs of the genome have the same other name.
    """
    table: dict[str, str] = {}
    for name in known:
        key = canonical(name)
        if key in table:
            raise InputError(
                "genome", f"{table[key]!r} and {name!r} are one contig", "Keep one of the two"
            )
        table[key] = name
    exact = set(known)
    others = {name: group for group in aliases for name in group}
    wanted = list(dict.fromkeys(names))
    found: dict[str, str] = {}
    for name in wanted:
        for other in (name, *others.get(name, ())):
            if other in exact or canonical(other) in table:
                found[name] = other if other in exact else table[canonical(other)]
                break
    if len(found) < least * len(wanted):
        lost = [name for name in wanted if name not in found]
        raise InputError(
            where,
            f"the genome lacks {len(lost)} of {len(wanted)} contigs: {some(lost)}; "
            f"it has {some(known)}",
            "Give files of one assembly that call contigs by the same names",
        )
    return found


def rename(
    table: pd.DataFrame,
    known: Collection[str],
    where: object,
    *,
    aliases: Aliases = (),
    only: Collection[str] | None = None,
    least: float = LEAST,
) -> pd.DataFrame:
    """Put the genome's names into the column ``contig``.

    Parameters
    ----------
    table
        Rows of a file.
    known, where, aliases, least
        As in :func:`match`.
    only
        Contigs of the genome to keep, for a genome of which only a part is there: rows of other
        contigs, also of unknown ones, are left out without complaint.

    Returns
    -------
    DataFrame
        Rows whose contigs were found.

    Raises
    ------
    InputError
        As :func:`match`, or if no row is left.
    """
    names = table["contig"].unique()
    found = match(names, known, where, aliases=aliases, least=0 if only is not None else least)
    contigs = table["contig"].map(found)
    kept = contigs.notna() if only is None else contigs.isin(only)
    if not kept.any():
        raise InputError(
            where,
            f"no row is on {some(only if only is not None else known)}; it has {some(names)}",
            "Give files of one assembly",
        )
    return table.assign(contig=contigs)[kept].reset_index(drop=True)


def check_inside(
    table: pd.DataFrame,
    contigs: Mapping[str, int],
    where: object,
    circular: Collection[str] = (),
) -> None:
    """Refuse rows that lie off their contigs: they are of another assembly or of another part.

    Parameters
    ----------
    table
        Columns ``contig``, and ``start`` and ``end`` or ``position``.
    contigs
        Length of each.
    where
        Stands in errors.
    circular
        Contigs on which rows may go on behind the last base.

    Raises
    ------
    InputError
        If a row does.
    """
    length = table["contig"].map(contigs)
    first = table["start"] if "start" in table else table["position"]
    last = table["end"] if "end" in table else table["position"] + 1
    wrong = (first < 0) | ((last > length) & ~table["contig"].isin(circular)) | (first >= length)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        contig = table["contig"].iloc[row]
        raise InputError(
            where,
            f"{int(wrong.sum()):,} of {len(table):,} rows lie off the genome, the first at "
            f"{contig}:{first.iloc[row]:,}-{last.iloc[row]:,}, where {contig} has "
            f"{contigs[contig]:,} bases",
            "Give coordinates of the assembly, and of the part of it, that the sequence is from",
        )
