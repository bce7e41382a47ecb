"""Small screens as they are published, for tests."""

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from causeway.cells.sources import Quality

LOOSE = Quality(
    min_genes=1,
    min_cells=1,
    percent_mitochondrial=None,
    counts_above=None,
    genes_below=None,
    perturbation_cells=10,
)
"""Keeps almost everything."""
LABELS = ["control", "G0", "G1", "G0+G1", "G2"]


def published(cells=60, genes=30, seed=0, labels=LABELS):
    """Raw counts in ``X``, ``cells`` of each label, the last two genes mitochondrial."""
    rng = np.random.default_rng(seed)
    number = cells * len(labels)
    rates = rng.gamma(1.0, 2.0, genes) * rng.gamma(4.0, 0.25, (number, 1))
    counts = rng.poisson(rates).astype(np.float32)
    names = [f"G{gene}" for gene in range(genes - 2)] + ["MT-A", "MT-B"]
    obs = pd.DataFrame(
        {"perturbation": np.tile(labels, cells), "batch": np.arange(number) % 3},
        index=[f"cell{cell}" for cell in range(number)],
    )
    return anndata.AnnData(sparse.csr_matrix(counts), obs=obs, var=pd.DataFrame(index=names))
