"""How well scores put the true ones first, for many labellings or weightings at once.

Scores are sorted once; what differs between resamples is only which of them are true and how
often each counts. A thousand resamples thus cost a few sums over a matrix.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class _Groups(NamedTuple):
    """Weight of true and of other ones by distinct score, the largest first, (..., groups)."""

    true: Floats
    other: Floats


def auroc(scores: ArrayLike, true: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Probability that a true one scores above another, ties counting half.

    Parameters
    ----------
    scores
        Shape (n,).
    true
        Mask, shape (..., n).
    weights
        How often each counts, shape (..., n); broadcasts with ``true``. Once if absent.

    Returns
    -------
    ndarray
        Shape (...); NaN without both kinds.
    """
    groups = _grouped(scores, true, weights)
    above = np.cumsum(groups.true, axis=-1) - groups.true / 2
    pairs = groups.true.sum(axis=-1) * groups.other.sum(axis=-1)
    return _ratio((groups.other * above).sum(axis=-1), pairs)


def average_precision(
    scores: ArrayLike, true: ArrayLike, weights: ArrayLike | None = None
) -> Floats:
    """Sum of precision times step of recall over the distinct scores; equal ones enter together.

    Parameters and shape of the result as :func:`auroc`; NaN without a true one.
    """
    groups = _grouped(scores, true, weights)
    hits, taken = np.cumsum(groups.true, axis=-1), np.cumsum(sum(groups), axis=-1)
    precision = np.divide(hits, taken, out=np.zeros_like(hits), where=taken > 0)
    return _ratio((precision * groups.true).sum(axis=-1), groups.true.sum(axis=-1))


def precision_at(scores: ArrayLike, true: ArrayLike, k: int) -> Floats:
    """Share of true ones among the first ``k``, averaged over the orders of equal ones.

    Parameters
    ----------
    scores
        Shape (n,); of fewer than ``k`` all are taken.
    true
        Mask, shape (..., n).

    Returns
    -------
    ndarray
        Shape (...); NaN without a true one.
    """
    groups = _grouped(scores, true, None)
    sizes = groups.true + groups.other
    k = min(k, int(sizes.sum(axis=-1).max()))
    room = np.clip(k - (np.cumsum(sizes, axis=-1) - sizes), 0, sizes)
    hits = (groups.true * room / sizes).sum(axis=-1)
    return np.where(groups.true.sum(axis=-1) > 0, hits / k, np.nan)


def reciprocal_rank(scores: ArrayLike, true: ArrayLike) -> Floats:
    """One over the rank of the first true one, averaged over the orders of equal ones.

    Parameters and shape of the result as :func:`precision_at`; NaN without a true one.
    """
    groups = _grouped(scores, true, None)
    found = groups.true.sum(axis=-1) > 0
    first = np.argmax(groups.true > 0, axis=-1)[..., None]
    sizes = groups.true + groups.other
    start = np.take_along_axis(np.cumsum(sizes, axis=-1) - sizes, first, axis=-1)[..., 0]
    size = np.take_along_axis(sizes, first, axis=-1)[..., 0]
    wanted = np.take_along_axis(groups.true, first, axis=-1)[..., 0]
    expected, none_yet = np.zeros_like(size), np.ones_like(size)
    for place in range(int(size.max())):
        left = np.maximum(size - place, 1)
        hit = none_yet * np.clip(wanted / left, 0, 1)
        expected += hit / (start + place + 1)
        none_yet -= hit
    return np.where(found, expected, np.nan)


def _grouped(scores: ArrayLike, true: ArrayLike, weights: ArrayLike | None) -> _Groups:
    scores, true = np.asarray(scores, dtype=np.float64), np.asarray(true, dtype=bool)
    if scores.ndim != 1 or not len(scores) or true.shape[-1:] != scores.shape:
        raise ValueError(f"scores of shape {scores.shape} do not fit labels of {true.shape}")
    if np.isnan(scores).any():
        raise ValueError("some scores are NaN")
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    starts = np.append(0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1)
    counted = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    if counted.shape[-1:] != scores.shape:
        raise ValueError(f"scores of shape {scores.shape} do not fit weights of {counted.shape}")
    true, counted = np.broadcast_arrays(true[..., order], counted[..., order])
    return _Groups(
        np.add.reduceat(np.where(true, counted, 0.0), starts, axis=-1),
        np.add.reduceat(np.where(true, 0.0, counted), starts, axis=-1),
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, NaN where the denominator is zero."""
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)
