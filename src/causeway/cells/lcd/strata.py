"""Groups of genes on which metrics are repeated."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from causeway.cells.expression import RankTest, top

ALL = "all"
LEAST = 2
"""Genes that a stratum needs."""


def strata(
    test: RankTest, variability: np.ndarray, top_genes: int, shares: Sequence[float]
) -> dict[str, np.ndarray]:
    """All genes, the most differential ones, and slices of the ranking by variability.

    Released code of arXiv:2601.15341: top 20 by the absolute statistic of observed against
    control cells; variable genes from 0 to 5, 5 to 20 and 20 to 100 %.

    Parameters
    ----------
    test
        Observed against control cells.
    variability
        Shape (genes,), the larger the more variable among training cells.
    top_genes
        How many differential genes.
    shares
        Where the ranking by variability is cut, increasing, between 0 and 1.

    Returns
    -------
    dict
        Masks of shape (genes,) by name: ``all``, ``top20``, ``variable0-5`` and so on. Strata
        that are all genes again, or fewer than two, are left out.
    """
    genes = len(variability)
    masks = {ALL: np.ones(genes, dtype=bool), f"top{top_genes}": top(np.abs(test.z), top_genes)}
    order = np.argsort(-variability, kind="stable")
    ends = [0.0, *shares, 1.0]
    for start, end in pairwise(ends):
        mask = np.zeros(genes, dtype=bool)
        mask[order[round(start * genes) : round(end * genes)]] = True
        masks[f"variable{100 * start:g}-{100 * end:g}"] = mask
    return {
        name: mask
        for name, mask in masks.items()
        if name == ALL or LEAST <= int(mask.sum()) < genes
    }
