"""Parabolas through points in logarithms, and where their vertices are.

A vertex counts only if it is bracketed: the parabola opens upwards and its vertex lies inside
the range that was sampled. Others are extrapolations; they are kept in tables with the reason
and in no fit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

REASONS = (
    "",
    "fewer than 3 different values",
    "not bracketed: opens downwards",
    "not bracketed: vertex below the sampled range",
    "not bracketed: vertex above the sampled range",
)
"""Why a vertex is dropped, by its code; 0 is a good one."""


class Vertices(NamedTuple):
    """Vertices of parabolas, shape (..., groups) each, in the logarithms that were given."""

    x: np.ndarray
    y: np.ndarray
    curvature: np.ndarray
    """Second derivative."""
    code: np.ndarray
    """Place in ``REASONS``."""

    @property
    def bracketed(self) -> np.ndarray:
        """Which vertices count."""
        return self.code == 0


def vertices(x: np.ndarray, y: np.ndarray, group: np.ndarray, weights: np.ndarray) -> Vertices:
    """Fit a parabola to each group of points by weighted least squares.

    Parameters
    ----------
    x
        Shape (n,).
    y
        Shape (..., n); leading axes are those of ``weights``, or spread to them.
    group
        Shape (n,), whole numbers from 0.
    weights
        Shape (..., n); a point of weight 0 is not there.
    """
    found = [
        _vertex(x[rows], y[..., rows], weights[..., rows])
        for rows in (np.flatnonzero(group == number) for number in range(group.max() + 1))
    ]
    return Vertices(*(np.stack(part, axis=-1) for part in zip(*found, strict=True)))


def parabolas(table: pd.DataFrame, x: str, y: str, by: Sequence[str]) -> pd.DataFrame:
    """Fit ``log y`` as a parabola of ``log x`` in each group of rows.

    Parameters
    ----------
    table
        Columns ``x``, ``y`` (positive) and ``by``; one row or more.
    x, y, by
        Names of columns.

    Returns
    -------
    table
        One row per group: ``by``, then ``x`` and ``y`` at the vertex (not in logarithms; NaN
        without a parabola), ``curvature``, the range ``low`` to ``high`` of x, ``points``, and
        ``reason``, empty where the vertex is bracketed.
    """
    group, keys = grouped(table, by)
    found = vertices(
        np.log(table[x].to_numpy(float)),
        np.log(table[y].to_numpy(float)),
        group,
        np.ones(len(table)),
    )
    sampled = table.groupby(group)[x]
    return keys.assign(
        **{x: np.exp(found.x), y: np.exp(found.y)},
        curvature=found.curvature,
        low=sampled.min(),
        high=sampled.max(),
        points=sampled.size(),
        reason=[REASONS[code] for code in found.code],
    )


def grouped(table: pd.DataFrame, by: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number of each row's group, shape (n,), and the table of groups in that order."""
    groups = table.groupby(list(by), sort=True)
    keys = groups.size().index.to_frame(index=False)
    return groups.ngroup().to_numpy(), keys


def _vertex(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    places, place = np.unique(x, return_inverse=True)
    centre, reach = (places[0] + places[-1]) / 2, (places[-1] - places[0]) / 2 or 1.0
    # Between -1 and 1 the normal equations are well conditioned.
    scaled = (x - centre) / reach
    powers = scaled[:, None] ** np.arange(5)
    moments = weights @ powers
    sides = (weights * y) @ powers[:, :3]
    gram = moments[..., np.arange(3)[:, None] + np.arange(3)]
    present = weights @ np.eye(len(places))[place] > 0
    enough = present.sum(-1) >= 3
    gram = np.where(enough[..., None, None], gram, np.eye(3))
    solved = np.linalg.solve(gram, sides[..., None])[..., 0]
    constant, slope, bend = np.moveaxis(solved, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = centre - reach * slope / (2 * bend)
        lowest = constant - slope**2 / (4 * bend)
    low = np.where(present, places, np.inf).min(-1)
    high = np.where(present, places, -np.inf).max(-1)
    # "not above" also refuses what is NaN.
    code = np.select([~enough, ~(bend > 0), ~(vertex > low), ~(vertex < high)], [1, 2, 3, 4], 0)
    vertex, lowest, bend = (np.where(enough, v, np.nan) for v in (vertex, lowest, bend))
    return vertex, lowest, 2 * bend / reach**2, code
