"""Ridge regression of many outputs, its penalty chosen on validation examples."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.floating]

PENALTIES = np.logspace(-4, 4, 33)
"""Candidates, in units of the mean eigenvalue of the features' second moments."""
_FLAT = 1e-12


class Ridge:
    """Linear regression on standardised features with one penalty for all outputs.

    One decomposition of the smaller one of the two matrices of products, of features or of
    examples, gives the solutions for all penalties. The penalty with the least squared error on
    the validation examples is taken.

    Attributes
    ----------
    penalty
        The chosen one, in units of the mean eigenvalue.
    loss
        Mean squared error on the validation examples.
    """

    def fit(self, x: Matrix, y: Matrix, valid_x: Matrix, valid_y: Matrix) -> None:
        """Fit.

        Parameters
        ----------
        x, y
            Features (n, p) and outputs (n, K) of training examples.
        valid_x, valid_y
            The same of validation examples.
        """
        x = np.asarray(x, dtype=np.float64)
        self._center, spread = x.mean(axis=0), x.std(axis=0)
        self._spread = np.where(spread > _FLAT, spread, np.inf)
        self._level = y.mean(axis=0, dtype=np.float64)
        basis, values, target = _decompose(self._standard(x), y - self._level)
        scale = values.mean() or 1.0
        seen = self._standard(valid_x) @ basis
        losses = [
            np.square(
                seen @ (target / _shifted(values, scale * one)) + self._level - valid_y
            ).mean()
            for one in PENALTIES
        ]
        best = int(np.argmin(losses))
        self.penalty, self.loss = float(PENALTIES[best]), float(losses[best])
        self.weights = basis @ (target / _shifted(values, scale * self.penalty))

    def predict(self, x: Matrix) -> NDArray[np.float64]:
        """Return outputs (n, K) of features (n, p)."""
        return self._standard(x) @ self.weights + self._level

    def _standard(self, x: Matrix) -> NDArray[np.float64]:
        return (np.asarray(x, dtype=np.float64) - self._center) / self._spread


def _decompose(x: Matrix, y: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Return basis B (p, r), values s (r,) and target T (r, K).

    The solution for a penalty c is B (T / (s + c)).
    """
    examples, features = x.shape
    if features <= examples:
        values, basis = np.linalg.eigh(x.T @ x)
        return basis, values.clip(min=0), basis.T @ (x.T @ y)
    values, basis = np.linalg.eigh(x @ x.T)
    return x.T @ basis, values.clip(min=0), basis.T @ y


def _shifted(values: Matrix, penalty: float) -> Matrix:
    return (values + penalty)[:, None]
