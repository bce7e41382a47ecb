"""Thresholds and p-values from calibration scores."""

import math

import numpy as np
from numpy.typing import ArrayLike

from causeway.errors import InputError
from causeway.trust.conformal.ranks import corrected_rank, rank
from causeway.trust.conformal.scores import finite


def threshold(scores: ArrayLike, alpha: float, delta: float | None = None) -> float:
    """Largest score with which a label is still in the prediction set.

    Parameters
    ----------
    scores
        Shape (m,): nonconformity of the true labels of the calibration set.
    alpha
        Share of errors allowed: on average over calibration sets or, with ``delta``, for all
        but a share ``delta`` of calibration sets (see :func:`corrected_rank`).
    delta
        Asks for the small-sample correction.

    Returns
    -------
    float
        Infinite where m is too small for any score to keep the promise.

    Raises
    ------
    InputError
        If there are no scores, one is not finite, or a level is not between 0 and 1.
    """
    scores = finite(scores, "calibration scores")
    m = len(scores)
    k = rank(m, alpha) if delta is None else corrected_rank(m, alpha, delta)
    return math.inf if k > m else float(np.partition(scores, k - 1)[k - 1])


def p_values(calibration: ArrayLike, scores: ArrayLike) -> np.ndarray:
    """Share of calibration scores, the new one counted in, that are at least the new score.

    The set {label: p > alpha} is the set {label: score <= threshold}; a p-value of exactly
    alpha is outside.

    Parameters
    ----------
    calibration
        Shape (m,): scores of the calibration set.
    scores
        Any shape: scores of new labels; infinite ones have their place at the ends.

    Raises
    ------
    InputError
        If there are no calibration scores, one is not finite, or a new score is no number.
    """
    ordered = np.sort(finite(calibration, "calibration scores"))
    new = np.asarray(scores, dtype=float)
    if unknown := int(np.isnan(new).sum()):
        raise InputError(
            "scores", f"{unknown} of {new.size} are no numbers", "Remove them or correct them"
        )
    smaller = np.searchsorted(ordered, new, side="left")
    return (len(ordered) - smaller + 1) / (len(ordered) + 1)
