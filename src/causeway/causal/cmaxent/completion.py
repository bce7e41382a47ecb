"""Completion of a covariance matrix of which some entries are unknown.

Among all positive definite completions the one with the largest determinant has the largest
Gaussian entropy; its inverse is zero where entries were unknown (A. P. Dempster, Biometrics
28:157, 1972). It is found in the dual: the precision P with that pattern minimises

    g(P) = tr(P S) - log det P,

which reads the known entries of S only, needs no feasible start and is self-concordant, so that
damped Newton steps converge. By weak duality a value of g below d + d log(e) proves that no
completion has all eigenvalues above e: that is how infeasible entries are refused.
"""

import numpy as np
from numpy.typing import ArrayLike

from causeway.errors import InputError

EDGE = 1e-9
"""Smallest eigenvalue, in units of correlation, below which a matrix counts as singular."""
STEPS = 500
"""Newton steps at most; feasible problems take about ten."""
CONVERGED = 1e-7
"""Newton decrement after which one more step reaches rounding."""


def complete(partial: ArrayLike) -> np.ndarray:
    """Complete a covariance with the entries that leave its determinant the largest.

    Time grows with the cube of the number of known entries.

    Parameters
    ----------
    partial
        Shape (d, d), symmetric; NaN where unknown, the diagonal known and positive.

    Returns
    -------
    np.ndarray
        Shape (d, d), positive definite, equal to ``partial`` where that is known; its inverse is
        zero where it is not.

    Raises
    ------
    InputError
        If the matrix is malformed, or no completion has all eigenvalues above 1e-9 in units of
        correlation.
    """
    partial = _checked(np.asarray(partial, dtype=float))
    deviation = np.sqrt(np.diagonal(partial))
    correlation = partial / np.outer(deviation, deviation)
    known = np.isfinite(correlation)
    if not known.all():
        found = _largest(correlation, known)
        correlation = np.where(known, correlation, (found + found.T) / 2)
    if np.linalg.eigvalsh(correlation)[0] < EDGE:
        raise _infeasible()
    return np.where(known, partial, correlation * np.outer(deviation, deviation))


def _largest(correlation: np.ndarray, known: np.ndarray) -> np.ndarray:
    d = len(correlation)
    rows, columns = np.nonzero(np.triu(known))
    twice = np.where(rows == columns, 1.0, 2.0)
    target = correlation[rows, columns]
    precision = np.eye(d)
    lowest = d + d * np.log(EDGE)
    for _ in range(STEPS):
        try:
            log_det = 2 * np.log(np.diagonal(np.linalg.cholesky(precision))).sum()
            if twice * target @ precision[rows, columns] - log_det < lowest:
                break
            covariance = np.linalg.inv(precision)
            gradient = twice * (target - covariance[rows, columns])
            along = covariance[np.ix_(rows, rows)] * covariance[np.ix_(columns, columns)]
            across = covariance[np.ix_(rows, columns)] * covariance[np.ix_(columns, rows)]
            curvature = np.outer(twice, twice) / 2 * (along + across)
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            break
        decrement = np.sqrt(max(gradient @ step, 0.0))
        step *= 1.0 if decrement < 0.25 else 1 / (1 + decrement)
        precision[rows, columns] -= step
        precision[columns, rows] = precision[rows, columns]
        if decrement < CONVERGED:
            return np.linalg.inv(precision)
    raise _infeasible()


def _infeasible() -> InputError:
    return InputError(
        "moments",
        "no positive definite covariance has these entries",
        "Check that they come from one population, or leave the least certain ones unknown",
    )


def _checked(partial: np.ndarray) -> np.ndarray:
    if partial.ndim != 2 or partial.shape[0] != partial.shape[1] or not len(partial):
        raise InputError("covariance", f"shape {partial.shape}", "Give a square matrix")
    if np.isinf(partial).any() or not (np.diagonal(partial) > 0).all():
        raise InputError(
            "covariance",
            "an entry is infinite, or a variance unknown or not positive",
            "Give finite numbers, NaN for unknown covariances only",
        )
    if not np.allclose(partial, partial.T, rtol=1e-10, equal_nan=True):
        raise InputError("covariance", "it is not symmetric", "Give both entries of each pair")
    return partial
