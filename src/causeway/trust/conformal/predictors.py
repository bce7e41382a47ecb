"""Split conformal predictors around any fitted model."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from causeway.trust.conformal.scores import (
    GROUP,
    SCORE,
    classification_scores,
    finite,
    regression_scores,
    shares,
)
from causeway.trust.conformal.thresholds import threshold


@dataclass(frozen=True)
class SplitClassifier:
    """Prediction sets: all labels whose score 1 - p is at most the threshold.

    Parameters
    ----------
    thresholds
        Shape (classes,): the threshold for each label.
    """

    thresholds: np.ndarray

    @classmethod
    def calibrate(
        cls,
        probabilities: ArrayLike,
        labels: ArrayLike,
        alpha: float,
        *,
        per_class: bool = False,
        delta: float | None = None,
    ) -> Self:
        """Take the thresholds from examples that the model did not learn from.

        Parameters
        ----------
        probabilities
            Shape (m, classes): the model's probabilities for the calibration set.
        labels
            Shape (m,): true labels as column numbers.
        alpha, delta
            As of :func:`causeway.trust.conformal.threshold`.
        per_class
            Keep the promise within each class (Mondrian). A class without calibration points is
            in every set.

        Raises
        ------
        InputError
            If shapes disagree, or a probability or level is not between 0 and 1.
        """
        rated = shares(probabilities)
        names = range(rated.shape[1])
        table = classification_scores(rated, labels, names)
        if not per_class:
            return cls(np.full(len(names), threshold(table[SCORE], alpha, delta)))
        found = {
            group: threshold(part, alpha, delta) for group, part in table.groupby(GROUP)[SCORE]
        }
        return cls(np.array([found.get(str(name), math.inf) for name in names]))

    def predict(self, probabilities: ArrayLike) -> np.ndarray:
        """Whether each label is in the set of each example.

        Parameters
        ----------
        probabilities
            Shape (n, classes), the columns as at calibration.

        Returns
        -------
        np.ndarray
            Shape (n, classes), of truth values.

        Raises
        ------
        InputError
            If the shape is another one, or a probability is not between 0 and 1.
        """
        return 1 - shares(probabilities, len(self.thresholds)) <= self.thresholds


@dataclass(frozen=True)
class SplitRegressor:
    """Prediction intervals: the prediction plus and minus one half-width.

    Parameters
    ----------
    half_width
        In the unit of the outcome; infinite if the calibration set is too small.
    """

    half_width: float

    @classmethod
    def calibrate(
        cls,
        predictions: ArrayLike,
        outcomes: ArrayLike,
        alpha: float,
        *,
        delta: float | None = None,
    ) -> Self:
        """Take the half-width from examples that the model did not learn from.

        Parameters
        ----------
        predictions, outcomes
            Shape (m,) each.
        alpha, delta
            As of :func:`causeway.trust.conformal.threshold`.

        Raises
        ------
        InputError
            If shapes disagree, a number is not finite, or a level is not between 0 and 1.
        """
        return cls(threshold(regression_scores(predictions, outcomes)[SCORE], alpha, delta))

    def predict(self, predictions: ArrayLike) -> np.ndarray:
        """Lower and upper ends of the intervals.

        Parameters
        ----------
        predictions
            Shape (n,), in the unit of the outcome.

        Returns
        -------
        np.ndarray
            Shape (n, 2).

        Raises
        ------
        InputError
            If the shape is another one, or a prediction is not finite.
        """
        centre = finite(predictions, "predictions")
        return np.stack([centre - self.half_width, centre + self.half_width], axis=-1)
