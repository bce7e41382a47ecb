"""Many small minimisations in lockstep: BFGS over a batch of starts or resamples.

With a handful of unknowns the whole inverse Hessian is kept, of which L-BFGS keeps the last part.
"""

from collections.abc import Callable

import numpy as np

Objective = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Values (k,) and gradients (k, p) at points (k, p) of the problems with numbers (k,)."""

HALVINGS = 40
ENOUGH = 1e-4
"""Share of the predicted decrease that a step has to bring (Armijo)."""


def minimise(
    objective: Objective, starts: np.ndarray, iterations: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise from every start (Nocedal and Wright, Numerical Optimization, algorithm 6.1).

    Steps are halved until they bring enough. Problems that have ended drop out of the batch.

    Parameters
    ----------
    objective
        Evaluates some of the problems at once.
    starts
        Shape (S, p).
    iterations
        Steps at most.
    tolerance
        A problem ends when no entry of its gradient is larger.

    Returns
    -------
    points
        Shape (S, p).
    values
        Shape (S,).
    """
    points = np.array(starts, float)
    values, gradients = objective(points, np.arange(len(points)))
    inverse = _fresh(gradients)
    young = np.ones(len(points), bool)
    rows = np.flatnonzero(np.abs(gradients).max(-1) > tolerance)
    for _ in range(iterations):
        if not rows.size:
            break
        direction = -np.einsum("kij,kj->ki", inverse[rows], gradients[rows])
        new, value, gradient, moved = _search(
            objective, points[rows], values[rows], gradients[rows], direction, rows
        )
        kept, stuck = rows[moved], rows[~moved]
        step, change = new[moved] - points[kept], gradient[moved] - gradients[kept]
        inverse[kept] = _updated(inverse[kept], step, change, young[kept])
        points[kept], values[kept], gradients[kept] = new[moved], value[moved], gradient[moved]
        # Without a decrease it starts afresh; a fresh one that brings none either has ended.
        inverse[stuck] = _fresh(gradients[stuck])
        ended = (~moved & young[rows]) | (np.abs(gradients[rows]).max(-1) <= tolerance)
        young[kept], young[stuck] = False, True
        rows = rows[~ended]
    return points, values


def _fresh(gradients: np.ndarray) -> np.ndarray:
    """Inverse Hessians (k, p, p) whose first step has length 1 at most."""
    size = 1 / np.maximum(1.0, np.linalg.norm(gradients, axis=-1))
    return np.eye(gradients.shape[-1]) * size[:, None, None]


def _search(
    objective: Objective,
    points: np.ndarray,
    values: np.ndarray,
    gradients: np.ndarray,
    direction: np.ndarray,
    rows: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    fall = (direction * gradients).sum(-1)
    new, value, gradient = points.copy(), values.copy(), gradients.copy()
    length = np.ones(len(points))
    left = np.flatnonzero(fall < 0)
    moved = np.zeros(len(points), bool)
    for _ in range(HALVINGS):
        if not left.size:
            break
        tried = points[left] + length[left, None] * direction[left]
        found, slope = objective(tried, rows[left])
        good = found < values[left]
        good &= found <= values[left] + ENOUGH * length[left] * fall[left]
        done = left[good]
        new[done], value[done], gradient[done] = tried[good], found[good], slope[good]
        moved[done] = True
        left = left[~good]
        length[left] /= 2
    return new, value, gradient, moved


def _updated(
    inverse: np.ndarray, step: np.ndarray, change: np.ndarray, young: np.ndarray
) -> np.ndarray:
    curvature = (step * change).sum(-1)
    sizes = np.linalg.norm(step, axis=-1) * np.linalg.norm(change, axis=-1)
    # Steps so short that their products leave the range of numbers teach nothing.
    convex = (curvature > 1e-10 * sizes) & (curvature > 1e-200)
    safe = np.where(convex, curvature, 1.0)
    eye = np.eye(step.shape[-1])
    # The first update learns the scale (Nocedal and Wright, eq. 6.20).
    scale = np.where(convex, safe / np.maximum((change**2).sum(-1), 1e-300), 1.0)
    start = np.where((young & convex)[:, None, None], eye * scale[:, None, None], inverse)
    turn = eye - step[:, :, None] * change[:, None, :] / safe[:, None, None]
    found = turn @ start @ turn.transpose(0, 2, 1)
    found += step[:, :, None] * step[:, None, :] / safe[:, None, None]
    return np.where(convex[:, None, None], found, inverse)
