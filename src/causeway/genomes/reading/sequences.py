"""Sequences, whatever their format."""

from collections.abc import Collection, Iterator
from pathlib import Path

from causeway.errors import InputError
from causeway.genomes.reading.fasta import read_fasta
from causeway.genomes.reading.twobit import is_twobit, read_twobit
from causeway.genomes.sequence import Codes

Sequences = Iterator[tuple[str, Iterator[Codes]]]
"""Names and pieces of codes."""


def read_sequences(path: Path) -> Sequences:
    """Names and pieces of codes of a FASTA file, plain or compressed, or of 2bit.

    Raises
    ------
    InputError
        As :func:`causeway.genomes.reading.fasta.read_fasta` and
        :func:`causeway.genomes.reading.twobit.read_twobit`.
    """
    if not path.is_file():
        raise InputError(path, "there is no such file", "Correct the path")
    yield from read_twobit(path) if is_twobit(path) else read_fasta(path)


def only(sequences: Sequences, contigs: Collection[str], where: object) -> Sequences:
    """Leave out all contigs but some; the whole file is read, and checked, nevertheless.

    Parameters
    ----------
    sequences
        Contigs of a file.
    contigs
        Names of those to keep; empty for all.
    where
        Stands in errors.

    Raises
    ------
    InputError
        If one is not there.
    """
    lost = set(contigs)
    for name, pieces in sequences:
        if not contigs or name in contigs:
            yield name, pieces
            lost.discard(name)
    if lost:
        raise InputError(
            where, f"has no contig {', '.join(sorted(lost))}", "Correct the source's 'contigs'"
        )
