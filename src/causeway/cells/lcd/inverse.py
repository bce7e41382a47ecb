"""Effects with direction from the mean shifts of perturbations whose targets are known.

Not of the paper. In a linear drift A x + b + c_k, where perturbation k shifts its target alone,
the mean shifts are u_k = -A^-1 c_k. So A u_k = -c_k e_k: rows of A are, up to a factor each, the
rows of the inverse of the matrix of shifts. No assumption on reversibility is made, while the
causal matrix of score matching (:mod:`causeway.cells.lcd.causal_matrix`) needs it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causeway.cells.lcd.causal_matrix import penalised_inverse


def known_target_inverse(
    shifts: ArrayLike, targets: ArrayLike, penalty: float = 0.0, self_term: float = 1.0
) -> NDArray[np.float64]:
    """Invert mean shifts of perturbations with one known target each.

    Each row is scaled such that its diagonal entry is ``-self_term``, since a gene's own decay
    cannot be told from the strength of its perturbation. Its sign is what makes genes decay.

    Parameters
    ----------
    shifts
        u_k, mean of perturbed minus mean of control cells, shape (K, d).
    targets
        Index of the gene that perturbation k hits, shape (K,), without repeats.
    penalty
        Tikhonov's penalty on the inverse.
    self_term
        Rate at which genes decay, if it is known.

    Returns
    -------
    ndarray
        A, shape (d, d), entry ``[i, j]`` being the effect of gene j on gene i. Rows of genes
        that were not perturbed are zero: nothing is known of what acts on them. With fewer
        perturbations than genes, rows are those of least norm.
    """
    shifts, targets = np.asarray(shifts, np.float64), np.asarray(targets)
    if len(np.unique(targets)) != len(targets):
        raise ValueError("two perturbations with the same target")
    # Row k: the functional that is one on u_k and zero on all other shifts.
    rows = penalised_inverse(shifts, penalty).T
    own = rows[np.arange(len(targets)), targets]
    matrix = np.zeros((shifts.shape[1], shifts.shape[1]))
    known = own != 0
    matrix[targets[known]] = rows[known] * (-self_term / own[known])[:, None]
    return matrix


def signed_shift_matrix(shifts: ArrayLike, targets: ArrayLike) -> NDArray[np.float64]:
    """Differential expression as a matrix of effects, the baseline of causal matrices.

    Column j holds the mean shift under the perturbation of gene j, times the sign of the shift of
    gene j itself, so that entries are positive where more of j goes with more of i. Columns of
    genes that were not perturbed are zero.

    Parameters
    ----------
    shifts
        Mean of perturbed minus mean of control cells, shape (K, d).
    targets
        Index of the gene that perturbation k hits, shape (K,).

    Returns
    -------
    ndarray
        Shape (d, d), entry ``[i, j]`` being the effect of gene j on gene i.
    """
    shifts, targets = np.asarray(shifts, np.float64), np.asarray(targets)
    own = shifts[np.arange(len(targets)), targets]
    return shift_matrix(shifts * np.where(own < 0, -1.0, 1.0)[:, None], targets)


def shift_matrix(shifts: ArrayLike, targets: ArrayLike) -> NDArray[np.float64]:
    """Raw mean shifts as a matrix of effects: column j belongs to the perturbation of gene j.

    Parameters and result as of :func:`signed_shift_matrix`.
    """
    shifts, targets = np.asarray(shifts, np.float64), np.asarray(targets)
    matrix = np.zeros((shifts.shape[1], shifts.shape[1]))
    matrix[:, targets] = shifts.T
    return matrix
