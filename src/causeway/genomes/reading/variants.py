"""Records of VCF and BCF, as they stand in the file.

Nothing is interpreted here: records with several alternative, symbolic or missing alleles are
passed on, and :mod:`causeway.genomes.sites` decides what becomes of them.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.reading import genotypes as calls
from causeway.genomes.reading.vcf_lines import Region, header_lines, record_lines
from causeway.genomes.store import some

_CONTIG = re.compile(r"##contig=<.*?ID=([^,>]+)(?:.*?[,<]length=(\d+))?")
_KEY = re.compile(r"##INFO=<ID=([^,>]+)")
_FIXED, _NEEDED = 8, 7
"""Columns before the people, and those without INFO, which some published files lack."""


class Header(NamedTuple):
    """What a file says of itself."""

    contigs: dict[str, int | None]
    """Contigs and their lengths, as far as they are given."""
    keys: tuple[str, ...]
    """Keys of INFO."""
    people: tuple[str, ...]
    """Those whose genotypes it has."""


class Record(NamedTuple):
    """One line."""

    contig: str
    """Name in the file."""
    position: int
    """0-based place of the first base of ``ref``."""
    ref: str
    """Reference allele, in upper case."""
    alts: tuple[str, ...]
    """Alternative alleles; none where the file has a dot."""
    filters: tuple[str, ...]
    """Filters that the record did not pass; empty if it passed or none was applied."""
    frequencies: tuple[tuple[float, ...], ...]
    """For each key that was asked for, a number per alternative allele, NaN if unknown."""
    alleles: NDArray[np.int8] | None
    """Genotypes as :func:`causeway.genomes.reading.genotypes.parse` gives them."""
    phased: NDArray[np.bool_] | None
    """Whether the two alleles of each person stand on known chromosomes, shape (people,)."""


def read_header(path: Path) -> Header:
    """Contigs, keys of INFO and people.

    Raises
    ------
    InputError
        If it is no VCF or BCF, is damaged, or a person occurs twice.
    """
    lines = header_lines(path)
    contigs = [found for line in lines if (found := _CONTIG.match(line))]
    people = tuple(lines[-1].split("\t")[_FIXED + 1 :])
    if twice := {name for name in people if people.count(name) > 1}:
        raise InputError(path, f"{some(twice)} occurs twice", "Rename one of the two columns")
    return Header(
        {found[1]: int(found[2]) if found[2] else None for found in contigs},
        tuple(found[1] for line in lines if (found := _KEY.match(line))),
        people,
    )


def read_records(
    path: Path,
    *,
    frequencies: Sequence[str] = (),
    genotypes: bool = False,
    people: Sequence[str] | None = None,
    region: Region | None = None,
) -> Iterator[Record]:
    """Records in the order of the file, which must be sorted.

    Parameters
    ----------
    path
        VCF, plain, gzipped or bgzipped, or BCF.
    frequencies
        Keys of INFO with a number per alternative allele, e.g. ``AF``.
    genotypes
        Whether to read alleles of people.
    people
        Whose, and in which order; by default all in the order of the file.
    region
        Contig, first place and end; takes an index, and gives the records whose reference
        alleles overlap it.

    Raises
    ------
    InputError
        If the file is damaged, unsorted or lacks a key or person, or its index is of other data.
    """
    header = read_header(path)
    if lost := set(frequencies) - set(header.keys):
        raise InputError(f"{path}, INFO", f"has no {some(lost)}", f"It has {some(header.keys)}")
    chosen = _chosen(path, header, people) if genotypes else None
    contig, position, done = "", -1, set[str]()
    for where, line in record_lines(path, region):
        record = _record(line, frequencies, header, chosen, where)
        if record.contig != contig:
            if record.contig in done:
                raise _unsorted(path, where, f"records of {record.contig} stand apart")
            done.add(record.contig)
        elif record.position < position:
            raise _unsorted(path, where, f"{position + 1} comes before {record.position + 1}")
        contig, position = record.contig, record.position
        yield record


def read_variants(path: Path, *, frequencies: Sequence[str] = ()) -> pd.DataFrame:
    """All records without genotypes.

    Returns
    -------
    DataFrame
        Columns ``contig``, ``position``, ``ref``, ``alts``, ``filters`` and one per key of
        ``frequencies``; alternative alleles, filters and frequencies are tuples.

    Raises
    ------
    InputError
        As :func:`read_records`.
    """
    records = read_records(path, frequencies=frequencies)
    rows = [(*record[:5], *record.frequencies) for record in records]
    return pd.DataFrame(rows, columns=[*Record._fields[:5], *frequencies])


def _chosen(path: Path, header: Header, people: Sequence[str] | None) -> NDArray[np.int64]:
    """Columns of people."""
    if not header.people:
        raise InputError(path, "has no people, only sites", "Draw people from the frequencies")
    places = {name: place for place, name in enumerate(header.people)}
    wanted = header.people if people is None else people
    if lost := set(wanted) - set(places):
        raise InputError(path, f"has no {some(lost)}", f"It has {some(header.people)}")
    return np.array([places[name] for name in wanted], dtype=np.int64)


def _record(
    line: str,
    frequencies: Sequence[str],
    header: Header,
    chosen: NDArray[np.int64] | None,
    where: str,
) -> Record:
    fields = line.split("\t", _FIXED + 1)
    if len(fields) < _NEEDED or not fields[1].isdecimal():
        raise InputError(where, f"is no record: {line[:40]!r}", "Get the file again")
    contig, position, _, ref, given, _, filters = fields[:_NEEDED]
    alts = () if given == "." else tuple(given.split(","))
    alleles = phased = None
    if chosen is not None:
        layout, text = fields[_FIXED:] if len(fields) > _FIXED + 1 else ("", "")
        alleles, phased = calls.parse(layout, text, len(header.people), where)
        alleles, phased = alleles[chosen], phased[chosen]
    return Record(
        contig,
        int(position) - 1,
        ref.upper(),
        alts if "<" in given or "[" in given or "]" in given else tuple(map(str.upper, alts)),
        () if filters in ("PASS", ".") else tuple(filters.split(";")),
        _numbers("".join(fields[_NEEDED : _NEEDED + 1]), frequencies, len(alts)),
        alleles,
        phased,
    )


def _numbers(info: str, keys: Sequence[str], count: int) -> tuple[tuple[float, ...], ...]:
    """A number per key and alternative allele."""
    known = dict(item.partition("=")[::2] for item in info.split(";")) if keys else {}
    found = []
    for key in keys:
        numbers = known.get(key, "").split(",")
        try:
            values = tuple(map(float, numbers)) if len(numbers) == count else None
        except ValueError:  # a dot
            values = None
        found.append(values or (float("nan"),) * count)
    return tuple(found)


def _unsorted(path: Path, where: str, why: str) -> InputError:
    return InputError(
        where, f"is not sorted: {why}", f"Run: bcftools sort {path.name} -Oz -o sorted.vcf.gz"
    )
