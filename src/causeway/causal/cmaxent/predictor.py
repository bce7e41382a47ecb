"""The result of merging: a linear predictor and the moments that it implies."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from causeway.errors import InputError

Direction = Literal["causal", "anticausal"]


@dataclass(frozen=True, eq=False)
class Predictor:
    """P(Y = 1 | x) = sigmoid(intercept + weights . x) with what CMAXENT says of the moments."""

    direction: Direction
    """Whether the features were taken as causes or as effects of the target."""
    intercept: float
    """Logit at x = 0."""
    weights: np.ndarray
    """Shape (d,): change of the logit per unit of each feature."""
    covariance: np.ndarray
    """Shape (d, d): implied Cov X, equal to the given one where that was known."""
    cross: np.ndarray
    """Shape (d,): implied Cov(X, Y), equal to the given one where that was known."""

    def logit(self, x: ArrayLike) -> np.ndarray:
        """Log odds of Y = 1 for features of shape (n, d); shape (n,)."""
        x = np.asarray(x, dtype=float)
        if x.ndim != 2 or x.shape[1] != len(self.weights):
            raise InputError("x", f"shape {x.shape}", f"Give rows of {len(self.weights)} features")
        return self.intercept + x @ self.weights

    def probability(self, x: ArrayLike) -> np.ndarray:
        """P(Y = 1 | x) for features of shape (n, d); shape (n,)."""
        return expit(self.logit(x))
