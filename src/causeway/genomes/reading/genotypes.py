"""Genotypes of one record, for all people at once where they are written as ``0|1``."""

import re

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError

MISSING, ABSENT = -1, -2
"""Allele that was not called, and second allele where a person has one copy only."""

_SEPARATOR = re.compile(r"[|/]")
_ZERO, _NINE, _DOT, _BAR, _SLASH, _TAB = b"09.|/\t"


def parse(
    layout: str, text: str, people: int, where: str
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Alleles of all people, and whether their chromosomes are known.

    Parameters
    ----------
    layout
        The column FORMAT.
    text
        The columns behind it, with tabs.
    people
        Number of columns.
    where
        Stands in errors.

    Returns
    -------
    alleles : int8 array of shape (people, 2)
        Numbers of alleles: 0 reference, :data:`MISSING`, :data:`ABSENT`.
    phased : bool array of shape (people,)
        True also for people with one copy.

    Raises
    ------
    InputError
        If there are no genotypes, too few columns, or more than two copies.
    """
    keys = layout.split(":")
    if "GT" not in keys:
        raise InputError(
            where, "has no genotypes (GT)", "Leave the record out, or take sites only"
        )
    if layout == "GT" and (fast := _digits(text, people)) is not None:
        return fast
    cells = text.split("\t")
    if len(cells) != people:
        raise InputError(where, f"has {len(cells)} people instead of {people}", "Get it again")
    place = keys.index("GT")
    written = [cell.split(":", place + 1)[place] for cell in cells]
    known = {genotype: _one(genotype, where) for genotype in set(written)}
    alleles = np.array([known[genotype][0] for genotype in written], dtype=np.int8)
    phased = np.array([known[genotype][1] for genotype in written], dtype=bool)
    return alleles.reshape(people, 2), phased


def _digits(text: str, people: int) -> tuple[NDArray[np.int8], NDArray[np.bool_]] | None:
    """Genotypes of two digits or dots each; None if some are written otherwise."""
    if len(text) != 4 * people - 1:
        return None
    letters = np.frombuffer(f"{text}\t".encode(), dtype=np.uint8).reshape(people, 4)
    alleles, separators = letters[:, ::2], letters[:, 1]
    called = (alleles >= _ZERO) & (alleles <= _NINE)
    phased = separators == _BAR
    regular = (called | (alleles == _DOT)).all()
    if not (regular and (phased | (separators == _SLASH)).all() and (letters[:, 3] == _TAB).all()):
        return None
    # Wraps around in one byte; what is not called is replaced.
    numbers = (alleles - np.uint8(_ZERO)).view(np.int8)
    return np.where(called, numbers, np.int8(MISSING)), phased


def _one(genotype: str, where: str) -> tuple[tuple[int, int], bool]:
    try:
        called = [MISSING if part == "." else int(part) for part in _SEPARATOR.split(genotype)]
    except ValueError as error:
        raise InputError(where, f"{genotype!r} is no genotype", "Get the file again") from error
    if len(called) > 2 or max(called) > np.iinfo(np.int8).max:
        raise InputError(
            where, f"genotype {genotype!r} has too many copies or alleles", "Leave it out"
        )
    if genotype == ".":
        return (MISSING, MISSING), False
    if len(called) == 1:
        return (called[0], ABSENT), True
    return (called[0], called[1]), "|" in genotype
