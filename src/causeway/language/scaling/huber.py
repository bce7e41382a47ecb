"""Approach 3 as Hoffmann et al. fitted it: Huber's loss of log losses, from a grid of starts.

The model is ``log L = LSE(a - alpha log N, b - beta log D, e)`` (arXiv:2203.15556, eq. 3). Losses
are summed and searches end by the gradient alone: with a mean and the optimiser's usual
tolerance the original stopped early (Besiroglu et al., arXiv:2404.10102).
"""

from itertools import product

import numpy as np

from causeway.language.scaling.bfgs import minimise
from causeway.language.scaling.surface import Surface

DELTA = 1e-3
"""Where Huber's loss turns from square to straight, in log loss (eq. 3)."""
STARTS = tuple(
    product(
        np.arange(0, 30, 5.0),
        np.arange(0, 30, 5.0),
        np.arange(-1, 1.5, 0.5),
        np.arange(0, 2.5, 0.5),
        np.arange(0, 2.5, 0.5),
    )
)
"""Starts of a, b, e, alpha and beta (section D.2)."""
ROUNDS = ((20, 500), (60, 50), (200, 10))
"""All starts go some steps, then so many of the best go on [ours]; the last go to the end."""
ITERATIONS = 5000
TOLERANCE = 1e-8
"""Of the gradient over ``delta`` and the number of runs, which is at most of the order of 1."""


def fit_huber(
    size: np.ndarray,
    tokens: np.ndarray,
    loss: np.ndarray,
    weights: np.ndarray | None = None,
    start: Surface | None = None,
    delta: float = DELTA,
) -> Surface:
    """Fit the surface by Huber's loss of log losses.

    Parameters
    ----------
    size, tokens, loss
        Shape (n,) each, positive.
    weights
        Shape (n,) or (resamples, n); ones if not given.
    start
        Where to begin, one surface for all; the best of ``STARTS`` if not given.
    delta
        Of Huber's loss.

    Returns
    -------
    surface
        Fields of the leading shape of ``weights``.
    """
    weights = np.ones(len(loss)) if weights is None else weights
    table = np.atleast_2d(weights)
    centre = np.array([np.log(size).mean(), np.log(tokens).mean()])
    logs = np.stack([np.log(size), np.log(tokens)]) - centre[:, None]
    problem = _Problem(logs, np.log(loss), table, delta)
    if start is None:
        found = np.concatenate(
            [_from_grid(problem.only(row), centre) for row in range(len(table))]
        )
    else:
        # A term may be 0, of which there is no logarithm.
        raw = np.array([*np.log(np.maximum(start[:3], 1e-300)), start.alpha, start.beta])
        found = np.tile(_centred(raw[None, [1, 2, 0, 3, 4]], centre), (len(table), 1))
    found, _ = minimise(problem, found, ITERATIONS, TOLERANCE)
    a, b, e, alpha, beta = found.T
    fields = (e, a + alpha * centre[0], b + beta * centre[1])
    with np.errstate(over="ignore"):  # resamples that one of the terms explains have no size of it
        surface = (*(np.exp(field) for field in fields), alpha, beta)
    return Surface(*(field.reshape(weights.shape[:-1]) for field in surface))


class _Problem:
    """Objective of each resample, over ``delta`` and the number of runs."""

    def __init__(
        self, logs: np.ndarray, log_loss: np.ndarray, weights: np.ndarray, delta: float
    ) -> None:
        self._logs, self._log_loss, self._weights, self._delta = logs, log_loss, weights, delta
        self._scale = delta * weights.sum(-1)

    def only(self, row: int) -> "_Problem":
        """The problem of one resample, for any number of starts."""
        return _Problem(self._logs, self._log_loss, self._weights[[row]], self._delta)

    def __call__(self, points: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        weights = self._weights[rows if len(self._weights) > 1 else 0]
        a, b, e, alpha, beta = points.T[:, :, None]
        first = a - alpha * self._logs[0]
        second = b - beta * self._logs[1]
        top = np.maximum(np.maximum(first, second), e)
        shares = [np.exp(term - top) for term in (first, second, e)]
        total = sum(shares)
        errors = top + np.log(total) - self._log_loss
        pull = np.clip(errors, -self._delta, self._delta)
        # Half the square inside, a straight line outside.
        value = (weights * pull * (errors - pull / 2)).sum(-1)
        pull = weights * pull / total
        by_size, by_tokens, by_rest = (pull * share for share in shares)
        gradient = np.stack(
            [
                by_size.sum(-1),
                by_tokens.sum(-1),
                by_rest.sum(-1),
                -by_size @ self._logs[0],
                -by_tokens @ self._logs[1],
            ],
            axis=-1,
        )
        scale = self._scale[rows if len(self._weights) > 1 else 0]
        return value / scale, gradient / np.expand_dims(scale, -1)


def _from_grid(problem: _Problem, centre: np.ndarray) -> np.ndarray:
    points = _centred(np.array(STARTS), centre)
    for iterations, kept in ROUNDS:
        points, values = minimise(problem, points, iterations, TOLERANCE)
        points = points[np.argsort(values, kind="stable")[:kept]]
    points, values = minimise(problem, points, ITERATIONS, TOLERANCE)
    return points[[values.argmin()]]


def _centred(points: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Terms at the mean size and tokens instead of at 1, which loosens them from exponents."""
    moved = points.copy()
    moved[:, :2] -= points[:, 3:] * centre
    return moved
