"""Which genes people are read at."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.haplotypes import Haplotypes
from causeway.genomes.phenformer.gene_windows import gene_windows
from causeway.genomes.phenformer.sizes import EncoderSize


def screened(
    genes: pd.DataFrame, people: Haplotypes, encoder: EncoderSize, number: int
) -> pd.DataFrame:
    """Genes whose windows differ most between people, in the order of the genome.

    They are those of the largest sum of 2 f (1 - f) over the sites of a window, f being the
    frequency of an alternative allele among the people: the expected number of differences
    between two haplotypes. Of equal ones the first in the table are taken.

    Parameters
    ----------
    genes
        Table of genes.
    people
        Haplotypes.
    encoder
        Width and anchor of windows.
    number
        How many genes at most.
    """
    if number >= len(genes):
        return genes.reset_index(drop=True)
    order = np.argsort(-diversity(gene_windows(genes, encoder), people), kind="stable")
    return genes.iloc[np.sort(order[:number])].reset_index(drop=True)


def diversity(windows: pd.DataFrame, people: Haplotypes) -> NDArray[np.float64]:
    """Expected number of sites at which two haplotypes differ, for each window, shape (n,)."""
    carried = np.bincount(people.indices, minlength=len(people.sites))
    frequency = carried / len(people)
    upto = np.concatenate([[0.0], np.cumsum(2 * frequency * (1 - frequency))])
    found = np.zeros(len(windows))
    for contig, rows in windows.groupby("contig").indices.items():
        own = windows.iloc[rows]
        low, high = people.edits.between(
            str(contig), own["start"].to_numpy(np.int64), own["end"].to_numpy(np.int64)
        )
        found[rows] = upto[high] - upto[low]
    return found
