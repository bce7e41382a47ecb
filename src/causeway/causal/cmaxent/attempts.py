"""Attempts to merge: the predictor of a direction, or why the moments refuse it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from causeway.causal.cmaxent.merging import DIRECTIONS, merge
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.predictor import Direction, Predictor
from causeway.errors import InputError


@dataclass(frozen=True, eq=False)
class Attempt:
    """One direction of merging one problem.

    Parameters
    ----------
    setting
        What was known, e.g. ``joint``.
    problem
        Name of the world, or of the features.
    features
        Names of the features.
    direction
        Direction of merging.
    predictor
        The result, None if the moments are infeasible.
    refused
        Why they are.
    """

    setting: str
    problem: str
    features: Sequence[str]
    direction: Direction
    predictor: Predictor | None
    refused: str = ""


def attempt(
    setting: str, problem: str, features: Sequence[str], moments: Moments
) -> dict[Direction, Attempt]:
    """Merge in both directions; what is infeasible is kept with its reason."""
    found = {}
    for direction in DIRECTIONS:
        predictor, refused = None, ""
        try:
            predictor = merge(moments, direction)
        except InputError as error:
            refused = str(error)
        found[direction] = Attempt(setting, problem, features, direction, predictor, refused)
    return found


def listed(attempts: Iterable[dict[Direction, Attempt]]) -> pd.DataFrame:
    """All predictors as a table: a row per weight, and one per intercept."""
    rows = [
        (one.setting, one.problem, one.direction, feature, weight, one.refused)
        for both in attempts
        for one in both.values()
        for feature, weight in _weights(one)
    ]
    names = ["setting", "problem", "direction", "feature", "weight", "refused"]
    return pd.DataFrame(rows, columns=names)


def _weights(one: Attempt) -> list[tuple[str, float]]:
    if one.predictor is None:
        return [("(intercept)", np.nan)]
    weights = zip(one.features, one.predictor.weights.tolist(), strict=True)
    return [("(intercept)", one.predictor.intercept), *weights]
