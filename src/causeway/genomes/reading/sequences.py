"""Sequences, whatever their format."""

from collections.abc import Iterator
from pathlib import Path

from causeway.errors import InputError
from causeway.genomes.reading.fasta import read_fasta
from causeway.genomes.reading.twobit import is_twobit, read_twobit
from causeway.genomes.sequence import Codes


def read_sequences(path: Path) -> Iterator[tuple[str, Iterator[Codes]]]:
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
