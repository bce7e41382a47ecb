"""Contexts ranked by where the genes of a disease are specifically expressed.

The baseline of hypotheses that needs no person: expression of the reference genome and a list of
genes per disease, e.g. of the GWAS Catalog.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def tau(expression: ArrayLike) -> NDArray[np.float64]:
    """Specificity of each gene, 0 for the same everywhere and 1 for one context alone.

    Yanai et al. (Bioinformatics 21:650, 2005): Σ_k (1 - x_k / max x) / (K - 1).

    Parameters
    ----------
    expression
        Non-negative, e.g. log1p of transcripts per million, shape (genes, contexts).

    Returns
    -------
    ndarray
        Shape (genes,); zero for a gene that is nowhere expressed.

    Raises
    ------
    ValueError
        If expression is negative or there is only one context.
    """
    share = _share_of_largest(expression)
    if share.shape[1] < 2:
        raise ValueError("specificity needs two contexts")
    silent = share.sum(axis=1) == 0
    return np.where(silent, 0.0, (1 - share).sum(axis=1) / (share.shape[1] - 1))


def specificity_scores(expression: ArrayLike, genes: ArrayLike) -> NDArray[np.float64]:
    """Enrichment of each context in expression that is specific, weighted by tau.

    The mean of tau_g · x_gk / max_k x_gk over the genes of a disease, minus that over all genes,
    in standard errors of a mean of so many genes.

    Parameters
    ----------
    expression
        Non-negative, shape (genes, contexts).
    genes
        Genes of each disease, mask of shape (diseases, genes).

    Returns
    -------
    ndarray
        Shape (diseases, contexts); zero for a disease without genes.
    """
    genes = np.atleast_2d(np.asarray(genes, dtype=float))
    weighted = tau(expression)[:, None] * _share_of_largest(expression)
    number = np.maximum(genes.sum(axis=1, keepdims=True), 1)
    excess = genes @ (weighted - weighted.mean(axis=0)) / number
    spread = weighted.std(axis=0)
    return excess * np.sqrt(number) / np.where(spread > 0, spread, 1.0)


def _share_of_largest(expression: ArrayLike) -> NDArray[np.float64]:
    expression = np.asarray(expression, dtype=float)
    if expression.ndim != 2 or (expression < 0).any():
        raise ValueError("expression is a table without negative numbers")
    largest = expression.max(axis=1, keepdims=True)
    return np.divide(expression, largest, out=np.zeros_like(expression), where=largest > 0)
