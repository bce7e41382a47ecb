"""How well an estimated matrix of effects agrees with the true one.

All metrics but the relative error are of off-diagonal entries only (released code of
arXiv:2601.15341). An entry of the truth counts as an effect from a threshold on: LCD takes its
code's, stadion 0, by which every true entry that is not zero is an effect.
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.cells.expression import ranking

SIGN_THRESHOLD = 0.5
"""Entries whose absolute value is below count as no effect: that of LCD's released code."""


class Structure(NamedTuple):
    """Agreement of two matrices; NaN where the truth has one class only.

    ``sign_auroc``: area under the curve of estimated entries between two classes of true signs
    (-1, 0, 1), mean over those of the three pairs of classes that the truth has. ``edge_auroc``
    and ``edge_precision``: area under the curve and average precision of absolute entries for
    edges. ``pearson``: correlation of entries. ``macro_f1``: F1 of signs, mean over classes.
    ``relative_error``: Frobenius norm of the difference over that of the truth, diagonal
    included. ``prevalence``: share of edges.
    """

    sign_auroc: float
    edge_auroc: float
    edge_precision: float
    pearson: float
    macro_f1: float
    relative_error: float
    prevalence: float


def structure(
    estimate: NDArray[np.floating],
    truth: NDArray[np.floating],
    threshold: float = SIGN_THRESHOLD,
) -> Structure:
    """Compare matrices of effects.

    Parameters
    ----------
    estimate, truth
        Shape (d, d) each, with the same orientation.
    threshold
        Of :func:`signs`; of the estimate too for ``macro_f1``.
    """
    apart = ~np.eye(len(truth), dtype=bool)
    guess, true = estimate[apart], truth[apart]
    classes = signs(true, threshold)
    edges = ranking(np.abs(guess), classes != 0)
    return Structure(
        sign_auroc=_sign_auroc(guess, classes),
        edge_auroc=edges.auroc,
        edge_precision=edges.average_precision,
        pearson=_correlation(guess, true),
        macro_f1=_macro_f1(signs(guess, threshold), classes),
        relative_error=float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth)),
        prevalence=float((classes != 0).mean()),
    )


def signs(values: NDArray[np.floating], threshold: float) -> NDArray[np.int_]:
    """Signs of effects, 0 where the absolute value is below a threshold."""
    return np.where(np.abs(values) < threshold, 0, np.sign(values)).astype(int)


def _sign_auroc(guess: NDArray[np.floating], classes: NDArray[np.int_]) -> float:
    areas = []
    for less, more in combinations((-1, 0, 1), 2):
        pair = (classes == less) | (classes == more)
        areas.append(ranking(guess[pair], classes[pair] == more).auroc)
    known = [area for area in areas if not math.isnan(area)]
    return float(np.mean(known)) if known else math.nan


def _macro_f1(guess: NDArray[np.int_], true: NDArray[np.int_]) -> float:
    scores = []
    for sign in (-1, 0, 1):
        wanted, found = true == sign, guess == sign
        total = wanted.sum() + found.sum()
        if total:
            scores.append(2 * (wanted & found).sum() / total)
    return float(np.mean(scores))


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])
