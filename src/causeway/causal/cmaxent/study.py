"""What the study of a dataset finds: numbers, predictors and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from causeway.causal.cmaxent.attempts import Attempt
from causeway.causal.cmaxent.predictor import Direction
from causeway.statistics import Interval

Findings = dict[Direction, dict[str, Interval]]
"""Metrics of each direction of merging, by name."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Two features, some rows and the boundaries of predictors.

    Parameters
    ----------
    title
        What is shown.
    axes
        Names of the two features.
    points
        Shape (n, 2).
    target
        Shape (n,): 0 or 1.
    lines
        By name: ``(intercept, weight, weight)``, the boundary being where the logit is 0.
    """

    title: str
    axes: Sequence[str]
    points: np.ndarray
    target: np.ndarray
    lines: Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class Study:
    """All findings on one dataset."""

    findings: Findings
    attempts: list[dict[Direction, Attempt]]
    panels: list[Panel]


def exact(value: float, n: int = 1) -> Interval:
    """A number that was computed, not estimated."""
    return Interval(float(value), float(value), float(value), n)


def line(intercept: float, weights: np.ndarray) -> tuple[float, float, float]:
    """A boundary in the plane of two features."""
    return float(intercept), float(weights[0]), float(weights[1])
