"""Agreement of mean expression: predicted with observed, as seen from a reference.

A mean is a vector over genes, a shift the difference of two means.
"""

from typing import Literal

import numpy as np

Norm = Literal["l1", "l2", "cosine"]

ROUNDING = 1e-9
"""A shift that is smaller than another by this factor is none."""


def rmse(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Root of the mean over genes of the squared difference of two means, shape (genes,)."""
    return float(np.sqrt(np.mean((predicted - observed) ** 2)))


def mae(predicted: np.ndarray, observed: np.ndarray) -> float:
    """Mean over genes of the absolute difference of two means, shape (genes,)."""
    return float(np.mean(np.abs(predicted - observed)))


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of two shifts over genes, shape (genes,); NaN where one does not vary.

    Measured from the mean of control cells this is the "Pearson delta" of the field. Measured
    from the mean of all training perturbations, a prediction of the average effect earns nothing
    ("Systema", Viñas Torné et al., Nature Biotechnology 2025): it is not defined for it.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    a, b = a - a.mean(), b - b.mean()
    less, more = sorted([float(np.linalg.norm(a)), float(np.linalg.norm(b))])
    if less <= ROUNDING * more:
        return float("nan")
    return float(np.clip(a @ b / (less * more), -1, 1))


def discrimination(
    predicted: np.ndarray,
    observed: np.ndarray,
    own: int,
    norm: Norm = "l1",
    left_out: np.ndarray | None = None,
) -> float:
    """How well one predicted shift tells its own perturbation from others.

    The perturbation discrimination score of cell-eval (Arc Institute): 1 - rank / number, where
    the rank is the number of other perturbations whose observed shift is nearer to the
    prediction. 1 is best; chance gives a half. Ties with the own one do not count as nearer.

    Parameters
    ----------
    predicted
        Shape (genes,).
    observed
        Shape (perturbations, genes), the own one among them.
    own
        Its row.
    norm
        Distance between shifts.
    left_out
        Genes to disregard, e.g. those the perturbation targets, as a mask of shape (genes,).
    """
    if left_out is not None:
        predicted, observed = predicted[~left_out], observed[:, ~left_out]
    away = _away(predicted, observed, norm)
    return 1 - int(np.sum(away < away[own])) / len(observed)


def _away(predicted: np.ndarray, observed: np.ndarray, norm: Norm) -> np.ndarray:
    if norm == "l1":
        return np.abs(observed - predicted).sum(axis=1)
    if norm == "l2":
        return np.linalg.norm(observed - predicted, axis=1)
    lengths = np.linalg.norm(observed, axis=1) * np.linalg.norm(predicted)
    aligned = observed @ predicted
    return 1 - np.divide(aligned, lengths, out=np.zeros_like(lengths), where=lengths > 0)
