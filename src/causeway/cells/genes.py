"""Which genes a panel takes: targets, markers of perturbations, variable genes.

The order of the released code of LCD (arXiv:2601.15341): genes are sorted by whether a held-out
perturbation targets them, whether a training one does, whether they are abundant, of how many
perturbations they are markers, and how variable they are.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

BINS = 20
"""Bins of mean expression within which dispersions are compared."""


def variable_genes(means: NDArray[np.float64], variances: NDArray[np.float64]) -> pd.DataFrame:
    """Normalised dispersions of flavour ``seurat`` (Satija et al. 2015, doi:10.1038/nbt.3192).

    Equal to ``scanpy.pp.highly_variable_genes(flavor="seurat")`` on log-normalised data.

    Parameters
    ----------
    means, variances
        Of expression that is normalised but not logged, shape (genes,); variances with n - 1.

    Returns
    -------
    DataFrame
        ``means`` (log1p), ``dispersions`` (logarithm of variance over mean; NaN if zero) and
        ``dispersions_norm`` (z-score within a bin of means).
    """
    mean = np.where(means == 0, 1e-12, means)
    dispersion = variances / mean
    dispersion[dispersion == 0] = np.nan
    table = pd.DataFrame({"means": np.log1p(mean), "dispersions": np.log(dispersion)})
    groups = table.groupby(pd.cut(table["means"], bins=BINS), observed=True)["dispersions"]
    centre, spread = groups.transform("mean"), groups.transform("std")
    # A gene alone in its bin gets the score 1, as in Seurat.
    alone = spread.isna()
    spread[alone], centre[alone] = centre[alone], 0.0
    return table.assign(dispersions_norm=(table["dispersions"] - centre) / spread)


def rank_scores(
    columns: sparse.csc_array, codes: NDArray[np.int64], groups: int
) -> NDArray[np.float64]:
    """Wilcoxon's rank-sum scores of groups of cells against the first group, gene by gene.

    Normal approximation without correction for ties, as ``scanpy.tl.rank_genes_groups(
    method="wilcoxon")``. The values of the first group are sorted once per gene and all others
    placed among them; zeros, which are most, are placed in one go.

    Parameters
    ----------
    columns
        Log-normalised expression, cells by genes, none negative.
    codes
        Group of each cell, 0 for the control; negative for none.
    groups
        Number of groups with the control.

    Returns
    -------
    ndarray
        Shape (groups - 1, genes); positive where a group expresses more than the control.
    """
    sizes = np.bincount(codes[codes >= 0], minlength=groups).astype(np.float64)
    control = sizes[0]
    scores = np.empty((groups - 1, columns.shape[1]))
    for gene in range(columns.shape[1]):
        part = slice(columns.indptr[gene], columns.indptr[gene + 1])
        values, owner = columns.data[part], codes[columns.indices[part]]
        positive = values > 0
        values, owner = values[positive], owner[positive]
        reference = np.sort(values[owner == 0])
        zeros = control - len(reference)
        others = owner > 0
        values, owner = values[others], owner[others]
        left = np.searchsorted(reference, values, side="left")
        right = np.searchsorted(reference, values, side="right")
        wins = np.bincount(owner, weights=zeros + (left + right) / 2, minlength=groups)
        expressing = np.bincount(owner, minlength=groups)
        # A zero wins half against each zero of the control, and nothing against the rest.
        scores[:, gene] = (wins + (sizes - expressing) * zeros / 2)[1:]
    size = sizes[1:, None]
    spread = np.sqrt(size * control * (size + control + 1) / 12)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (scores - size * control / 2) / spread


def times_marker(scores: NDArray[np.float64], top: int) -> NDArray[np.int64]:
    """Of how many perturbations each gene is among the ``top`` by absolute score.

    Parameters
    ----------
    scores
        Shape (perturbations, genes); of equal ones the first gene goes before.
    top
        Markers per perturbation.
    """
    order = np.argsort(-np.abs(np.nan_to_num(scores)), axis=1, kind="stable")[:, :top]
    return np.bincount(order.ravel(), minlength=scores.shape[1])


def choose(table: pd.DataFrame, genes: int) -> NDArray[np.int64]:
    """Places of the genes of a panel, in the order of the table.

    Parameters
    ----------
    table
        Per gene ``test_target``, ``train_target``, ``abundant``, ``markers``,
        ``dispersions_norm``, of which each decides where the ones before are equal; the larger
        goes first and NaN last.
    genes
        How many to take.
    """
    keys = ["test_target", "train_target", "abundant", "markers", "dispersions_norm"]
    ranked = table.reset_index(drop=True).sort_values(keys, ascending=False, kind="stable")
    return np.sort(ranked.index.to_numpy()[:genes])


def is_target(genes: pd.Index, names: Iterable[str]) -> NDArray[np.bool_]:
    """Which genes are among some names."""
    return np.asarray(genes.isin(list(names)))
