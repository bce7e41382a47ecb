"""Personal sequences base by base, as slow and plain as possible."""

import numpy as np
import pandas as pd

from causeway.genomes.edits import applicable, edits_of
from causeway.genomes.haplotypes import Haplotypes
from causeway.genomes.sites import COLUMNS


def apply(reference, sites):
    """Sequence of a haplotype and the place in it of each base of the reference.

    ``sites`` are triples (position, ref, alt) in the order of their records; those that exclude
    each other are skipped.
    """
    made, place = [], []
    cursor, insertion = 0, None
    for position, ref, alt in sorted(
        sites, key=lambda site: site[0] - (not site[1] or not site[2])
    ):
        if position < cursor or (not ref and position == insertion):
            continue
        for base in reference[cursor:position]:
            place.append(len(made))
            made.append(base)
        for depth in range(len(ref)):
            place.append(len(made) + min(depth, len(alt)))
        made.extend(alt)
        cursor, insertion = position + len(ref), None if ref else position
    for base in reference[cursor:]:
        place.append(len(made))
        made.append(base)
    return "".join(made), [*place, len(made)]


def cut(sequence, begin, end):
    """Piece of a sequence, with N for what is off it."""
    return "".join(sequence[at] if 0 <= at < len(sequence) else "N" for at in range(begin, end))


def anchored(reference, sites, start, end, anchor):
    sequence, place = apply(reference, sites)
    at = place[anchor]
    return cut(sequence, at - (anchor - start), at + (end - anchor))


def free(reference, sites, start, end):
    sequence, place = apply(reference, sites)

    def edge(at):
        if at <= 0:
            return at
        return place[min(at, len(reference))] + max(0, at - len(reference))

    return cut(sequence, edge(start), edge(end))


def table(contigs):
    """Table of sites from a dictionary of contigs to triples (position, ref, alt) of records."""
    rows = [
        (name, *site, record, 1)
        for name, sites in contigs.items()
        for record, site in sorted(enumerate(sites), key=lambda one: (one[1][0], bool(one[1][1])))
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.astype({"position": np.int64, "record": np.int64})


def people(sites, carried):
    """Haplotypes in memory; ``carried`` lists sites of each haplotype, whose number is even."""
    indptr = np.concatenate([[0], np.cumsum([len(one) for one in carried])]).astype(np.int64)
    indices = np.array([site for one in carried for site in one], dtype=np.int32)
    kept = applicable(edits_of(sites), indptr, indices)
    haplotype = np.repeat(np.arange(len(carried)), np.diff(indptr))
    return Haplotypes(
        sites=sites,
        people=pd.DataFrame({"person": [f"P{n}" for n in range(len(carried) // 2)]}),
        indptr=np.concatenate([[0], np.cumsum(kept)])[indptr].astype(np.int64),
        indices=indices[kept],
        left_out=np.column_stack([haplotype[~kept], indices[~kept]]).astype(np.int32),
    )
