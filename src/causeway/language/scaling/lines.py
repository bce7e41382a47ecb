"""Straight lines and power laws, many at a time."""

import math
from typing import NamedTuple

import numpy as np

from causeway.language.scaling.bootstrap import failed, percentiles
from causeway.statistics import Interval

LEAST = 3
"""Points that a law takes [ours]: through two there is a line whatever they are."""


class Line(NamedTuple):
    """Least-squares lines ``intercept + slope x``; NaN of fewer than three points or one x."""

    intercept: np.ndarray
    slope: np.ndarray


class Law(NamedTuple):
    """A power law ``coefficient * x**exponent`` with intervals over runs."""

    coefficient: Interval
    exponent: Interval
    points: int
    """Points that the law goes through."""
    failed: float
    """Share of resamples that gave no law; the intervals are of the others."""

    @property
    def reason(self) -> str:
        """Why there is no law; empty if there is one."""
        if math.isfinite(self.exponent.estimate):
            return ""
        if self.points < LEAST:
            return f"a law takes {LEAST} bracketed vertices, and there are {self.points}"
        return "all bracketed vertices lie at one place"

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Value of the law at x."""
        return self.coefficient.estimate * np.asarray(x) ** self.exponent.estimate


def lines(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Line:
    """Fit weighted least-squares lines along the last axis.

    Parameters
    ----------
    x, y
        Shape (..., k); values of points without weight may be NaN.
    weights
        Shape (..., k), not negative.
    """
    x, y = (np.where(weights > 0, values, 0.0) for values in (x, y))
    with np.errstate(invalid="ignore", divide="ignore"):
        total = weights.sum(-1, keepdims=True)
        centre, height = ((weights * v).sum(-1, keepdims=True) / total for v in (x, y))
        away = x - centre
        spread = (weights * away**2).sum(-1)
        slope = (weights * away * (y - height)).sum(-1) / spread
    size = (weights * x**2).sum(-1)
    enough = ((weights > 0).sum(-1) >= LEAST) & (spread > 1e-24 * size)
    slope = np.where(enough, slope, np.nan)
    return Line(height[..., 0] - slope * centre[..., 0], slope)


def law(log_x: np.ndarray, log_y: np.ndarray, used: np.ndarray, n: int) -> Law:
    """Power law through points, by least squares in logarithms.

    With residuals far below 1, as losses have, this is also what Huber's loss of scale 1 gives,
    which the notebooks of arXiv:2512.10858 use.

    Parameters
    ----------
    log_x, log_y
        Shape (1 + R, k) or (k,): natural logarithms of points of the table, then of resamples.
    used
        Shape (1 + R, k), which points count.
    n
        Number of independent runs.
    """
    fitted = lines(*np.broadcast_arrays(log_x, log_y, used.astype(float)))
    return Law(
        percentiles(np.exp(fitted.intercept), n),
        percentiles(fitted.slope, n),
        int(used[0].sum()),
        failed(fitted.slope),
    )
