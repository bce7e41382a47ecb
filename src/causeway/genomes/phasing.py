"""Which allele each haplotype has, where genotypes do not tell."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.reading.genotypes import ABSENT, MISSING

Unphased = Literal["refuse", "random", "reference", "iupac"]
"""What becomes of two different alleles whose haplotypes are not known: an error, a toss, no
change, or an unknown base (the letter N stands for every IUPAC code of two bases)."""


class Resolved(NamedTuple):
    """Alleles of one record."""

    alleles: NDArray[np.int8]
    """0 is the reference; below 0 is minus the allele whose place becomes N; shape (people, 2)."""
    counts: dict[str, int]
    """What was decided, and for how many."""


def resolve(
    alleles: NDArray[np.int8],
    phased: NDArray[np.bool_],
    unphased: Unphased,
    rng: np.random.Generator,
    where: object,
) -> Resolved:
    """Decide on alleles that were not called or whose haplotype is not known.

    Parameters
    ----------
    alleles
        Shape (people, 2), as :func:`causeway.genomes.reading.genotypes.parse` gives them.
    phased
        Whether the haplotypes are known, shape (people,).
    unphased
        Policy.
    rng
        For tosses.
    where
        Record, for errors.

    Raises
    ------
    InputError
        If haplotypes are not known and the policy is ``refuse``.
    """
    missing, absent = alleles == MISSING, alleles == ABSENT
    found = np.where(missing | absent, np.int8(0), alleles)
    doubtful = np.flatnonzero(~phased & (found[:, 0] != found[:, 1]))
    if len(doubtful) and unphased == "refuse":
        raise InputError(
            where,
            f"heterozygous without phase: {len(doubtful)} of {len(found)} people",
            "Phase the file, or set unphased to random, reference or iupac",
        )
    if unphased == "random":
        turned = doubtful[rng.random(len(doubtful)) < 0.5]
        found[turned] = found[turned, ::-1]
    elif unphased == "reference":
        found[doubtful] = 0
    elif unphased == "iupac":
        found[doubtful] = -found[doubtful].max(axis=1, keepdims=True)
    counts = {
        "alleles not called, taken as the reference": int(missing.sum()),
        "second copies of people with one, taken as the reference": int(absent.sum()),
        f"unphased heterozygous genotypes, {unphased}": len(doubtful),
    }
    return Resolved(found, counts)
