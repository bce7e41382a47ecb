"""True differences of expression between people and the reference, by the grammar."""

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.personal import PersonalWindows
from causeway.genomes.worlds.grammar import Grammar, diploid

PAIRS = 1 << 16
"""Pairs of window and haplotype whose sites are compared at once."""
BASES = 1 << 25
"""Bases that are rebuilt at once."""


def true_differences(
    grammar: Grammar, windows: PersonalWindows, start: int
) -> NDArray[np.float32]:
    """Expression of people less that of the reference, shape (people, genes, K), in log1p(TPM).

    Alleles are averaged in TPM. Where both haplotypes are the reference's, the difference is 0.

    Parameters
    ----------
    grammar
        What sequences express.
    windows
        A row per gene; should hold all that the grammar reaches.
    start
        Index of the transcription start in a window.
    """
    genes, haplotypes = len(windows.start), len(windows.people)
    found = np.zeros((haplotypes // 2, genes, len(grammar.contexts)), dtype=np.float32)
    step = max(1, PAIRS // max(1, haplotypes))
    for first in range(0, genes, step):
        some = np.arange(first, min(first + step, genes))
        rows = np.repeat(some, haplotypes)
        distinct = windows.distinct(rows, np.tile(np.arange(haplotypes), len(some)))
        levels = _levels(grammar, windows, distinct.windows, distinct.haplotypes, start)
        reference = grammar.expression(windows.reference(some), start)
        pairs = levels[distinct.inverse].reshape(len(some), -1, 2, len(grammar.contexts))
        own = reference[:, None, None]
        gene, person = np.nonzero((pairs != own).any(axis=(2, 3)))
        both = np.stack([reference, reference], axis=1)
        found[person, first + gene] = diploid(pairs[gene, person]) - diploid(both)[gene]
    return found


def _levels(
    grammar: Grammar,
    windows: PersonalWindows,
    rows: NDArray[np.int64],
    haplotypes: NDArray[np.int64],
    start: int,
) -> NDArray[np.float32]:
    """Expression of pairs of window and haplotype, shape (n, K)."""
    step = max(1, BASES // max(1, windows.width))
    parts = [
        grammar.expression(
            windows.read(rows[low : low + step], haplotypes[low : low + step]), start
        )
        for low in range(0, len(rows), step)
    ]
    return np.concatenate(parts)
