"""What a person's genome changes against the reference: in expression and in embeddings.

Both are means over the two haplotypes. Expression is a log1p of transcripts per million, and
alleles add up, so its mean is taken in linear space; with e_h the expression of haplotype h and
e that of the reference, log1p(½ Σ_h expm1(e_h)) - e = log1p(½ Σ_h expm1(e_h - e)). The right-hand
side is evaluated: it is exactly zero where both haplotypes are the reference, and it does not
lose small differences of large expressions.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def merge_haplotypes(expression: ArrayLike, axis: int = 1) -> NDArray[np.floating]:
    """Expression of a person from that of both haplotypes, log1p(mean(expm1)).

    Parameters
    ----------
    expression
        log1p of transcripts per million, e.g. shape (people, 2, genes, contexts).
    axis
        Where the haplotypes lie; it is averaged away.
    """
    return np.log1p(np.expm1(np.asarray(expression)).mean(axis=axis))


def expression_difference(
    expression: ArrayLike, reference: ArrayLike, axis: int = 1
) -> NDArray[np.floating]:
    """Expression of people minus that of the reference genome, both as log1p.

    Parameters
    ----------
    expression
        log1p of transcripts per million of each haplotype, shape (people, 2, genes, contexts).
    reference
        That of the reference genome, shape (genes, contexts).
    axis
        Where the haplotypes lie.

    Returns
    -------
    ndarray
        Shape (people, genes, contexts); exactly zero where both haplotypes equal the reference.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    change = _change(expression, reference, axis)
    return np.log1p(np.expm1(change, out=change).mean(axis=0))


def embedding_difference(
    embeddings: ArrayLike, reference: ArrayLike, axis: int = 1
) -> NDArray[np.floating]:
    """Embeddings of people's windows, averaged over haplotypes, minus those of the reference.

    Parameters
    ----------
    embeddings
        Shape (people, 2, genes, channels).
    reference
        Shape (genes, channels).
    axis
        Where the haplotypes lie.

    Returns
    -------
    ndarray
        Shape (people, genes, channels); exactly zero where both haplotypes equal the reference.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    return _change(embeddings, reference, axis).mean(axis=0)


def _change(values: ArrayLike, reference: ArrayLike, axis: int) -> NDArray[np.floating]:
    """Haplotypes minus reference, haplotypes on the first axis."""
    values, reference = np.asarray(values), np.asarray(reference)
    change = np.moveaxis(values, axis, 0)
    if change[0].shape[-reference.ndim :] != reference.shape:
        raise ValueError(
            f"haplotypes of shape {values.shape}, averaged over axis {axis}, do not fit a "
            f"reference of shape {reference.shape}"
        )
    return change - reference
