"""How well predicted classes of genetic interactions are those that were observed."""

import math
from collections.abc import Iterator

import numpy as np

from causeway.statistics import Interval, bootstrap_interval

RESAMPLES = 2000
"""Bootstrap samples behind an interval."""


def class_metrics(observed: np.ndarray, predicted: np.ndarray) -> Iterator[tuple[str, Interval]]:
    """Precision, recall and F1 of one class, with intervals over doubles.

    Parameters
    ----------
    observed, predicted
        1 for doubles of the class and 0 for others, shape (n,) each.

    Yields
    ------
    name, interval
        ``precision``, ``recall`` and ``f1``; 1 where nothing could be wrong, as in the released
        code of arXiv:2601.15341: the precision of what was never predicted.
    """
    for name, statistic in (("precision", _precision), ("recall", _recall), ("f1", _f1)):
        estimate = float(statistic(observed, predicted, 0))
        # Where all or none are right, resampling cannot tell how sure that is.
        yield (
            name,
            Interval(estimate, math.nan, math.nan, len(observed))
            if estimate in (0.0, 1.0)
            else bootstrap_interval(
                observed, predicted, statistic=statistic, seed=0, resamples=RESAMPLES
            ),
        )


def _precision(observed: np.ndarray, predicted: np.ndarray, axis: int) -> np.ndarray:
    return _share((observed * predicted).sum(axis), predicted.sum(axis))


def _recall(observed: np.ndarray, predicted: np.ndarray, axis: int) -> np.ndarray:
    return _share((observed * predicted).sum(axis), observed.sum(axis))


def _f1(observed: np.ndarray, predicted: np.ndarray, axis: int) -> np.ndarray:
    both = observed.sum(axis) + predicted.sum(axis)
    return _share(2 * (observed * predicted).sum(axis), both)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
