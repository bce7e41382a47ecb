"""Genes that people are read at, against counts by hand."""

import numpy as np
import pandas as pd
import pytest

from causeway.genomes.haplotypes import open_haplotypes, write_haplotypes
from causeway.genomes.phenformer.gene_windows import gene_windows
from causeway.genomes.phenformer.screened import diversity, screened
from causeway.genomes.phenformer.sizes import EncoderSize

ENCODER = EncoderSize(window=64, halvings=2, stem=16, width=16, layers=1, heads=2)


def study(folder):
    rng = np.random.default_rng(0)
    position = np.sort(rng.choice(np.arange(100, 3900, 2), 80, replace=False))
    sites = pd.DataFrame({"contig": "1", "position": position, "ref": "A", "alt": "C"})
    sites = sites.assign(record=np.arange(80), allele=1)
    carried = rng.random((20, 80)) < rng.uniform(0, 1, 80)
    indptr = np.concatenate([[0], carried.sum(axis=1).cumsum()]).astype(np.int64)
    indices = np.nonzero(carried)[1].astype(np.int32)
    people = pd.DataFrame({"person": [f"p{n}" for n in range(10)], "population": ""})
    write_haplotypes(folder, sites, people, indptr, indices)
    start = np.arange(200, 3800, 100)
    genes = pd.DataFrame({"gene": [f"g{n}" for n in start], "contig": "1", "start": start})
    genes = genes.assign(end=start + 50, strand=np.resize(["+", "-"], len(start)))
    return genes.assign(tss=np.where(genes["strand"] == "+", start, start + 49)), carried, sites


def test_windows_that_differ_most_are_taken_in_the_order_of_the_genome(tmp_path):
    genes, carried, sites = study(tmp_path / "people")
    people = open_haplotypes(tmp_path / "people")
    windows = gene_windows(genes, ENCODER)
    found = diversity(windows, people)
    for place, window in enumerate(windows.itertuples()):
        # A site at the end of a window might insert there, so that it counts.
        here = sites["position"].between(window.start, window.end).to_numpy()
        pairs = carried[:, None, here] != carried[None, :, here]
        assert found[place] == pytest.approx(pairs.mean(axis=(0, 1)).sum())
    taken = screened(genes, people, ENCODER, 5)
    assert taken["start"].is_monotonic_increasing
    kept = genes["gene"].isin(taken["gene"])
    assert found[kept].min() >= found[~kept].max()
    assert len(screened(genes, people, ENCODER, 1000)) == len(genes)
