"""Regions by BED."""

from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.reading.streams import read_lines

HEADERS = ("#", "track", "browser")
_STRANDS = ("+", "-", ".")


def read_regions(path: Path) -> pd.DataFrame:
    """Regions in the order of the file.

    Parameters
    ----------
    path
        BED with three columns or more, plain or compressed; places from 0, half-open.

    Returns
    -------
    DataFrame
        Columns ``contig``, ``start``, ``end``, ``name`` (the place where the file has none) and
        ``strand`` (+ where the file has none or a dot).

    Raises
    ------
    InputError
        If the file is damaged, a line is no region, or there are no regions.
    """
    rows = []
    for number, line in read_lines(path):
        if not line.strip() or line.startswith(HEADERS):
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        if len(fields) < 3 or not (fields[1].isdecimal() and fields[2].isdecimal()):
            raise _wrong(path, number, "has no contig, start and end", line)
        start, end = int(fields[1]), int(fields[2])
        if start >= end:
            raise _wrong(path, number, "ends before it starts", line)
        strand = fields[5] if len(fields) > 5 else "."
        if strand not in _STRANDS:
            raise _wrong(path, number, f"has strand {strand!r}", line)
        name = fields[3] if len(fields) > 3 else f"{fields[0]}:{start}-{end}"
        rows.append((fields[0], start, end, name, "-" if strand == "-" else "+"))
    if not rows:
        raise InputError(path, "has no regions", "Give BED: contig, start and end with tabs")
    return pd.DataFrame(rows, columns=["contig", "start", "end", "name", "strand"])


def _wrong(path: Path, number: int, problem: str, line: str) -> InputError:
    return InputError(
        f"{path}, line {number}", f"{problem}: {line[:40]!r}", "Give BED, from 0 and half-open"
    )
