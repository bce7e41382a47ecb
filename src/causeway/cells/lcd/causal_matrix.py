"""CLIPR: a matrix of effects between genes, read off fixed points and constants of a drift.

Released code of arXiv:2601.15341 (``analyze_causal.py``). The drift of environment k is taken to
be f(x) = A x + b + c_k. Its fixed point m_k and its value d_k at the origin then satisfy
A m_k = -d_k, from which A follows once the fixed points span all genes.

What a drift learnt by score matching tells is the score of each environment. For a linear
process with stationary covariance S that is -S^-1 (x - m_k), so that the matrix read off is
-S^-1: symmetric, and equal to A up to a factor only under detailed balance. The asymmetry of the
matrix and :mod:`causeway.cells.lcd.inverse` are there for this reason.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class CausalModel(NamedTuple):
    """A linear drift A x + b + c_k.

    ``effects`` is A, shape (d, d), with the effect of gene j on gene i in entry ``[i, j]``;
    ``bias`` is b, shape (d,); ``shifts`` are c_k, shape (K, d).
    """

    effects: NDArray[np.float64]
    bias: NDArray[np.float64]
    shifts: NDArray[np.float64]


def to_latent(
    points: ArrayLike, constants: ArrayLike, center: ArrayLike, scale: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Undo the standardisation y = (x - center) / scale of fixed points and drifts.

    The drift is a score, hence a gradient, which transforms by 1 / scale.

    Parameters
    ----------
    points
        Fixed points in standardised coordinates, shape (K, d).
    constants
        Drifts in standardised coordinates, at the point that :func:`latent_origin` gives; shape
        (K, d).
    center, scale
        Shape (d,).

    Returns
    -------
    points, constants
        Shape (K, d) each, in latent coordinates.
    """
    center, scale = np.asarray(center, np.float64), np.asarray(scale, np.float64)
    return center + scale * np.asarray(points), np.asarray(constants) / scale


def latent_origin(center: ArrayLike, scale: ArrayLike) -> NDArray[np.float64]:
    """Return the origin of latent space in standardised coordinates, shape (d,)."""
    return -np.asarray(center, np.float64) / np.asarray(scale, np.float64)


def effects(points: ArrayLike, constants: ArrayLike, penalty: float) -> NDArray[np.float64]:
    """Solve A m_k = -d_k for A by least squares with Tikhonov's penalty.

    A = -D M^T (M M^T + penalty I)^-1 for columns m_k and d_k, by the singular values of M, as the
    condition of M M^T would be that of M squared. With fewer environments than genes the matrix
    of least norm results.

    Parameters
    ----------
    points
        Fixed points m_k, shape (K, d).
    constants
        Drifts d_k at the origin, shape (K, d).
    penalty
        Lambda; 0 gives the pseudo-inverse.

    Returns
    -------
    ndarray
        A, shape (d, d).
    """
    points, constants = np.asarray(points, np.float64), np.asarray(constants, np.float64)
    return -constants.T @ penalised_inverse(points, penalty).T


def penalised_inverse(matrix: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    """Return (X^T X + penalty I)^-1 X^T; without a penalty the pseudo-inverse.

    Parameters
    ----------
    matrix
        X, shape (K, d).
    penalty
        Not negative.

    Returns
    -------
    ndarray
        Shape (d, K).
    """
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    negligible = values <= values.max(initial=0.0) * max(matrix.shape) * np.finfo(np.float64).eps
    inverse = np.where(negligible, 0.0, values / np.where(negligible, 1.0, values**2 + penalty))
    return np.asarray((right.T * inverse) @ left.T)


def read_out(
    points: ArrayLike, constants: ArrayLike, control: ArrayLike, penalty: float
) -> CausalModel:
    """Estimate effects, bias and shifts.

    Parameters
    ----------
    points, constants
        Fixed points and drifts at the origin of K environments, shape (K, d) each.
    control
        Fixed point m_0 of the control, shape (d,).
    penalty
        Of :func:`effects`.

    Returns
    -------
    CausalModel
        A, b = -A m_0, and c_k = -A (m_k - m_0).
    """
    matrix = effects(points, constants, penalty)
    control = np.asarray(control, np.float64)
    return CausalModel(
        matrix, -matrix @ control, -(np.asarray(points, np.float64) - control) @ matrix.T
    )


def asymmetry(matrix: NDArray[np.floating]) -> float:
    """Return ||A - A^T|| / ||A + A^T|| (Frobenius): 0 for a symmetric matrix.

    A matrix that comes from a score has no direction; this tells how near it is to that.
    """
    return float(np.linalg.norm(matrix - matrix.T) / np.linalg.norm(matrix + matrix.T))
