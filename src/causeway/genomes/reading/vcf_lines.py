"""Lines of VCF, from text, from a region by an index, or from BCF."""

import gzip
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pysam

from causeway.errors import InputError
from causeway.genomes.reading.streams import compression, damaged, read_lines
from causeway.genomes.reading.tabix import find_index
from causeway.genomes.store import some

Region = tuple[str, int, int]
"""Contig, first place and end, 0-based and half-open."""

BCF = b"BCF\2"


def header_lines(path: Path) -> list[str]:
    """Lines that begin with #.

    Raises
    ------
    InputError
        If there is no such file, it is damaged, or has no line of column names.
    """
    if _is_bcf(path):
        with _opened(path) as file:
            lines = str(file.header).splitlines()
    else:
        every = (line for _, line in read_lines(path))
        lines = list(takewhile(lambda line: line.startswith("#"), every))
    if not lines or not lines[-1].startswith("#CHROM\t"):
        raise InputError(path, "is no VCF or BCF: it has no line #CHROM", "Give a whole file")
    return lines


def record_lines(path: Path, region: Region | None = None) -> Iterator[tuple[str, str]]:
    """Where each record stands, for errors, and its line.

    Raises
    ------
    InputError
        If the file is damaged, its index is of other data, or a region is asked for without an
        index or on an unknown contig.
    """
    index = find_index(path)
    if region is not None:
        lines = _fetched(path, index, region)
        yield from ((f"{path}, record {number} of {region[0]}", line) for number, line in lines)
    elif _is_bcf(path):
        with _opened(path) as file:
            for number, record in enumerate(_unbroken(path, file), start=1):
                yield f"{path}, record {number}", str(record).rstrip("\n")
    else:
        for number, line in read_lines(path):
            if not line.startswith("#"):
                yield f"{path}, line {number}", line


def _fetched(path: Path, index: Path | None, region: Region) -> Iterator[tuple[int, str]]:
    contig, start, end = region
    if index is None:
        raise InputError(path, "has no index", f"Run: bcftools index {path.name}")
    if _is_bcf(path):
        with _opened(path) as file:
            if contig not in file.header.contigs:
                raise _unknown(path, contig, [str(name) for name in file.header.contigs])
            lines = (str(record).rstrip("\n") for record in file.fetch(contig, start, end))
            yield from enumerate(_unbroken(path, lines), start=1)
        return
    with pysam.TabixFile(str(path), index=str(index)) as table:
        if contig not in table.contigs:
            raise _unknown(path, contig, table.contigs)
        yield from enumerate(_unbroken(path, table.fetch(contig, start, end)), start=1)


def _unbroken(path: Path, source: Iterator) -> Iterator:
    try:
        yield from source
    except OSError as error:
        raise damaged(path, error) from error


def _unknown(path: Path, contig: str, known: list[str]) -> InputError:
    return InputError(path, f"has no records on {contig!r}", f"It has {some(known)}")


def _is_bcf(path: Path) -> bool:
    if not path.is_file():
        raise InputError(path, "there is no such file", "Correct the path")
    if compression(path) != "bgzip":
        return False
    try:
        with gzip.open(path) as file:
            return file.read(len(BCF)) == BCF
    except (OSError, EOFError) as error:
        raise damaged(path, error) from error


def _opened(path: Path) -> pysam.VariantFile:
    quiet = pysam.set_verbosity(0)
    try:
        return pysam.VariantFile(str(path))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    finally:
        pysam.set_verbosity(quiet)
