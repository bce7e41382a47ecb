"""Variable sites in normal form: one alternative each, shifted left, without shared bases.

``sites.parquet`` has a row per site: ``contig``, ``position`` (0-based), ``ref`` and ``alt``
(upper case; one of them is empty where bases are only inserted or only deleted), ``record`` and
``allele`` (number of the record and of its alternative, from 1, that the site comes from), and
perhaps ``frequency`` and a column of frequencies per population. Contigs stand together; positions
rise; at one position insertions come first, and else sites keep the order of their records.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.reference import Reference
from causeway.genomes.sequence import encode

COLUMNS = ["contig", "position", "ref", "alt", "record", "allele"]
"""Columns of the table."""
Variants = Literal["snps", "all"]
"""Whether single bases alone are used, or indels and longer substitutions too."""
Record = Sequence[Any]
"""Contig, 0-based position, REF and alternatives, perhaps followed by more, as
:class:`causeway.genomes.reading.variants.Record`."""
_LETTERS = frozenset("ACGTUNRYSWKMBDHVacgtunryswkmbdhv")


class Normalised(NamedTuple):
    """Sites, and what did not become one."""

    sites: pd.DataFrame
    """Table with ``COLUMNS``."""
    refused: pd.DataFrame
    """Columns ``reason``, ``number`` and ``example``."""
    repeats: pd.DataFrame
    """Columns ``record``, ``allele``, ``kept_record`` and ``kept_allele``: alleles that are a site
    which an earlier one has become, and that earlier one."""


class _Allele(NamedTuple):
    position: int
    ref: str
    alt: str
    record: int
    allele: int


class _Repeat(NamedTuple):
    record: int
    allele: int
    kept_record: int
    kept_allele: int


def normalise(
    records: Iterable[Record],
    reference: Reference,
    *,
    variants: Variants = "all",
    where: object = "variants",
) -> Normalised:
    """Bring records to normal form.

    Alternatives become sites of their own; bases that both alleles share at their end, then at
    their beginning, are left out; insertions and deletions among repeats are moved to the left as
    far as they go (Tan, Abecasis, Kang 2015, doi:10.1093/bioinformatics/btv112). Symbolic alleles,
    ``*``, alleles equal to REF and repeated sites are left out and counted; with
    ``variants="snps"`` also what is not one base for another. Which site a repeated one is, is
    told apart.

    Parameters
    ----------
    records
        In the order of their file.
    reference
        Contigs; case does not matter.
    variants
        What to keep.
    where
        Name of the file, for errors.

    Raises
    ------
    InputError
        If records are not sorted, lie off their contig or on an unknown one, or if a REF is not
        what the reference has there.
    """
    refused: dict[str, tuple[int, str]] = {}
    tables = []
    repeats: list[_Repeat] = []
    done: set[str] = set()
    numbered = enumerate(records)
    for contig, group in groupby(numbered, key=lambda item: item[1][0]):
        if contig in done:
            raise InputError(
                where, f"records of contig {contig!r} do not stand together", "Sort the file"
            )
        done.add(contig)
        if contig not in reference.contigs:
            raise InputError(
                where,
                f"has records on contig {contig!r}, which the reference lacks",
                f"Use names of the reference: {', '.join(list(reference.contigs)[:5])}",
            )
        codes = np.asarray(reference.codes(contig, 0, reference.contigs[contig]))
        table, reasons, again = _contig(contig, group, codes, variants, where)
        tables.append(table)
        repeats += again
        for reason, (number, example) in reasons.items():
            before, first = refused.get(reason, (0, example))
            refused[reason] = (before + number, first)
    rows = [(reason, *found) for reason, found in refused.items()]
    return Normalised(
        pd.concat(tables, ignore_index=True) if tables else _table("", []),
        pd.DataFrame(rows, columns=["reason", "number", "example"]),
        pd.DataFrame(repeats, columns=list(_Repeat._fields), dtype=np.int64),
    )


def with_frequencies(
    sites: pd.DataFrame, frequencies: Mapping[str, Sequence[Sequence[float]]]
) -> pd.DataFrame:
    """Add columns of frequencies to sites.

    Parameters
    ----------
    sites
        Table with ``record`` and ``allele``.
    frequencies
        For each column, e.g. ``frequency`` or a population, the values of every record, one per
        alternative; an empty sequence where they are unknown.
    """
    pairs = list(zip(sites["record"], sites["allele"], strict=True))
    columns = {
        name: np.array(
            [
                values[record][allele - 1] if allele <= len(values[record]) else np.nan
                for record, allele in pairs
            ],
            dtype=np.float64,
        )
        for name, values in frequencies.items()
    }
    return sites.assign(**columns)


def write_sites(sites: pd.DataFrame, path: Path) -> None:
    """Write the table."""
    sites.to_parquet(path, index=False)


def read_sites(path: Path) -> pd.DataFrame:
    """Read a table of sites.

    Raises
    ------
    InputError
        If it is none, or is not sorted.
    """
    try:
        sites = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(path, f"is not a table of sites ({error})", "Make it anew") from error
    if missing := [name for name in COLUMNS if name not in sites]:
        raise InputError(path, f"has no column {missing[0]!r}", f"Write {', '.join(COLUMNS)}")
    check_order(sites, path)
    return sites


def contig_ranges(sites: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """First row of each contig in a table of sites, and the row after its last."""
    names = sites["contig"].to_numpy()
    borders = np.flatnonzero(names[1:] != names[:-1]) + 1
    edges = [0, *borders.tolist(), len(names)] if len(names) else []
    return {names[low]: (low, high) for low, high in pairwise(edges)}


def check_order(sites: pd.DataFrame, where: object) -> None:
    """Refuse sites that are not sorted.

    Raises
    ------
    InputError
        If contigs do not stand together or positions fall.
    """
    ranges = contig_ranges(sites)
    positions = sites["position"].to_numpy()
    falls = sum(bool((np.diff(positions[low:high]) < 0).any()) for low, high in ranges.values())
    if falls or len(ranges) != sites["contig"].nunique():
        raise InputError(where, "sites are not sorted", "Sort them by contig and position")


def _contig(
    contig: str,
    records: Iterator[tuple[int, Record]],
    reference: NDArray[np.uint8],
    variants: Variants,
    where: object,
) -> tuple[pd.DataFrame, dict[str, tuple[int, str]], list[_Repeat]]:
    """Sites of one contig, what was refused (reason to number and first example), and repeats."""
    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}

    def refuse(reason: str, position: int, ref: str, alt: str) -> None:
        reasons[reason] += 1
        examples.setdefault(reason, f"{contig}:{position + 1} {ref}>{alt}")

    positions: list[int] = []
    refs: list[str] = []
    alleles: list[_Allele] = []
    for record, (_, position, ref, alts, *_) in records:
        positions.append(position)
        refs.append(ref)
        for allele, alt in enumerate(alts, start=1):
            if reason := _unusable(ref, alt):
                refuse(reason, position, ref, alt)
                continue
            alleles.append(_Allele(position, ref.upper(), alt.upper(), record, allele))
    _check(contig, positions, refs, reference, where)
    sites: list[_Allele] = []
    for found in alleles:
        site = found if len(found.ref) == len(found.alt) == 1 else _trimmed(found, reference)
        if variants == "snps" and not len(site.ref) == len(site.alt) == 1:
            refuse("not a single base", found.position, found.ref, found.alt)
            continue
        sites.append(site)
    sites.sort(key=lambda site: (site.position, bool(site.ref)))
    kept: list[_Allele] = []
    seen: dict[tuple[int, str, str], _Allele] = {}
    repeats: list[_Repeat] = []
    for site in sites:
        first = seen.setdefault(site[:3], site)
        if first is site:
            kept.append(site)
            continue
        refuse("repeated site", *site[:3])
        repeats.append(_Repeat(site.record, site.allele, first.record, first.allele))
    refused = {name: (reasons[name], examples[name]) for name in reasons}
    return _table(contig, kept), refused, repeats


def _unusable(ref: str, alt: str) -> str | None:
    if alt == "*":
        return "allele * of an overlapping deletion"
    if alt in (".", ""):
        return "no alternative"
    if not _LETTERS.issuperset(alt):
        return "symbolic allele"
    return "alternative equal to REF" if alt.upper() == ref.upper() else None


def _check(
    contig: str,
    positions: Sequence[int],
    refs: Sequence[str],
    reference: NDArray[np.uint8],
    where: object,
) -> None:
    """Refuse records that are unsorted, off the contig, or whose REF is not the reference."""
    start = np.array(positions, dtype=np.int64)
    if (falls := np.diff(start) < 0).any():
        record = int(falls.argmax()) + 1
        raise InputError(
            where,
            f"record {contig}:{start[record] + 1} stands after {contig}:{start[record - 1] + 1}",
            "Sort the file, e.g. with bcftools sort",
        )
    length = np.array([len(ref) for ref in refs], dtype=np.int64)
    off = (start < 0) | (start + length > len(reference)) | (length == 0)
    if off.any():
        record = int(off.argmax())
        raise InputError(
            where,
            f"record {contig}:{start[record] + 1} lies off the contig of {len(reference)} bases",
            "Use the reference that the variants were called on",
        )
    first = np.concatenate([[0], np.cumsum(length)])
    places = np.arange(first[-1]) + np.repeat(start - first[:-1], length)
    wrong = encode("".join(refs), where=where) != reference[places]
    if wrong.any():
        record = int(np.searchsorted(first, wrong.argmax(), side="right")) - 1
        at = slice(start[record], start[record] + length[record])
        raise InputError(
            where,
            f"record {contig}:{start[record] + 1} has REF {refs[record]}, but the reference has "
            f"{''.join('ACGTN'[code] for code in reference[at])} there",
            "Use the reference that the variants were called on",
        )


def _trimmed(site: _Allele, reference: NDArray[np.uint8]) -> _Allele:
    """Leave out shared bases and move pure insertions and deletions to the left."""
    position, ref, alt, *origin = site
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    if not (ref and alt):
        moved, steps = _moved_left(ref or alt, reference, position)
        position -= steps
        ref, alt = (moved, alt) if ref else (ref, moved)
    return _Allele(position, ref, alt, *origin)


def _moved_left(bases: str, reference: NDArray[np.uint8], position: int) -> tuple[str, int]:
    """Turn inserted or deleted bases while the base before them equals their last."""
    steps, length = 0, len(bases)
    # Turning by one puts the last base first; after some steps the last is bases[-1 - steps].
    while (
        position > steps
        and bases[(length - 1 - steps) % length] == ("ACGTN"[reference[position - steps - 1]])
    ):
        steps += 1
    turn = steps % length
    return bases[length - turn :] + bases[: length - turn], steps


def _table(contig: str, sites: Sequence[_Allele]) -> pd.DataFrame:
    columns = list(zip(*sites, strict=True)) or [()] * 5
    position, ref, alt, record, allele = columns
    return pd.DataFrame(
        {
            "contig": np.full(len(sites), contig, dtype=object),
            "position": np.array(position, dtype=np.int64),
            "ref": np.array(ref, dtype=object),
            "alt": np.array(alt, dtype=object),
            "record": np.array(record, dtype=np.int64),
            "allele": np.array(allele, dtype=np.int32),
        }
    )
