"""Approach 3 by variable projection: for given exponents the rest is linear.

For every pair of exponents E, A and B are the non-negative least-squares solution; what is left
is a search in two dimensions: a grid, then damped Gauss-Newton steps in which the linear part is
projected out (Golub and Pereyra, SIAM Journal on Numerical Analysis 10:413, 1973, with Kaufman's
shorter Jacobian, BIT 15:49, 1975). All resamples of a bootstrap run in lockstep.
"""

from itertools import product

import numpy as np

from causeway.language.scaling.surface import Surface

GRID = np.geomspace(0.03, 2.5, 24)
"""Exponents of the grid, and their bounds [ours]; Hoffmann et al. start from 0 to 2."""
STEPS = 100
"""Gauss-Newton steps at most."""
TOLERANCE = 1e-10
"""A search ends when its steps in the logarithms of the exponents are smaller."""

_SETS = [np.array(chosen, bool) for chosen in product([True, False], repeat=3) if any(chosen)]
"""Which of E, A and B may be positive."""


def fit_varpro(
    size: np.ndarray,
    tokens: np.ndarray,
    loss: np.ndarray,
    weights: np.ndarray | None = None,
    start: Surface | None = None,
) -> Surface:
    """Fit the surface by least squares of relative errors of the loss.

    Parameters
    ----------
    size, tokens, loss
        Shape (n,) each, positive.
    weights
        Shape (n,) or (resamples, n); ones if not given.
    start
        Where to begin, one surface for all; the best of a grid if not given.

    Returns
    -------
    surface
        Fields of the leading shape of ``weights``.
    """
    weights = np.ones(len(loss)) if weights is None else weights
    table = np.atleast_2d(weights) / loss**2
    # Sizes in units of their geometric mean keep the three columns of like height.
    units = np.array([np.exp(np.log(size).mean()), np.exp(np.log(tokens).mean())])
    logs = np.log(np.stack([size, tokens]) / units[:, None])
    if start is None:
        exponents = _best_of_grid(logs, loss, table)
    else:
        exponents = np.tile([float(start.alpha), float(start.beta)], (len(table), 1))
    exponents, linear = _refine(exponents, logs, loss, table)
    E, A, B = linear.T
    alpha, beta = exponents.T
    fields = (E, A * units[0] ** alpha, B * units[1] ** beta, alpha, beta)
    return Surface(*(field.reshape(weights.shape[:-1]) for field in fields))


def nonnegative(gram: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Non-negative least squares of three unknowns from normal equations, exactly.

    All seven sets of positive unknowns are solved and the best feasible one is taken.

    Parameters
    ----------
    gram
        Shape (..., 3, 3).
    sides
        Shape (..., 3).

    Returns
    -------
    solution
        Shape (..., 3).
    """
    best = np.zeros_like(sides)
    gain = np.zeros(sides.shape[:-1])
    for chosen in _SETS:
        both = np.outer(chosen, chosen)
        part = np.where(both, gram, np.diag(np.where(chosen, 0.0, 1.0)))
        found = _solve3(part, np.where(chosen, sides, 0.0))
        explained = (found * sides).sum(-1)
        better = (found >= 0).all(-1) & (explained > gain)
        best = np.where(better[..., None], found, best)
        gain = np.where(better, explained, gain)
    return best


def _solve3(matrix: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Cramer's rule with one round of refinement; many small systems at once."""
    a, b, c = (matrix[..., k, :] for k in range(3))
    rows = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = rows / (a * rows[..., :, 0]).sum(-1)[..., None, None]
        found = np.einsum("...ij,...j->...i", inverse, side)
        rest = side - np.einsum("...ij,...j->...i", matrix, found)
        return found + np.einsum("...ij,...j->...i", inverse, rest)


def _best_of_grid(logs: np.ndarray, loss: np.ndarray, weights: np.ndarray) -> np.ndarray:
    first, second = (np.exp(-np.outer(GRID, log)) for log in logs)
    mixed = (first[:, None] * second).reshape(-1, len(loss))
    shape = (len(weights), len(GRID), len(GRID))

    def across(values: np.ndarray, axis: int) -> np.ndarray:
        spread = np.expand_dims(weights @ values.T, 3 - axis)
        return np.broadcast_to(spread, shape)

    total, level = (
        np.broadcast_to((weights @ values)[:, None, None], shape)
        for values in (np.ones_like(loss), loss)
    )
    cross = (weights @ mixed.T).reshape(shape)
    one, two = across(first, 1), across(second, 2)
    entries = [total, one, two, one, across(first**2, 1), cross, two, cross, across(second**2, 2)]
    gram = np.stack(entries, axis=-1).reshape(*shape, 3, 3)
    sides = np.stack([level, across(first * loss, 1), across(second * loss, 2)], axis=-1)
    gain = (nonnegative(gram, sides) * sides).sum(-1).reshape(len(weights), -1)
    alpha, beta = np.unravel_index(gain.argmax(-1), shape[1:])
    return np.stack([GRID[alpha], GRID[beta]], axis=-1)


def _refine(
    exponents: np.ndarray, logs: np.ndarray, loss: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    root = np.sqrt(weights)
    current = np.log(exponents)
    bounds = np.log(GRID[[0, -1]])
    linear, columns, errors = _project(current, logs, loss, root)
    value = (errors**2).sum(-1)
    damping = np.full(len(current), 1e-3)
    going = np.arange(len(current))
    for _ in range(STEPS):
        step = _step(
            current[going], linear[going], columns[going], errors[going], logs, damping[going]
        )
        tried = np.clip(current[going] + step, *bounds)
        moved = np.abs(tried - current[going]).max(-1)
        new = _project(tried, logs, loss, root[going])
        better = (new[2] ** 2).sum(-1) < value[going]
        chosen = going[better]
        current[chosen] = tried[better]
        linear[chosen], columns[chosen], errors[chosen] = (part[better] for part in new)
        value[chosen] = (errors[chosen] ** 2).sum(-1)
        damping[going] *= np.where(better, 0.1, 10.0)
        going = going[(moved > TOLERANCE) & (damping[going] < 1e12)]
        if not going.size:
            break
    return np.exp(current), linear


def _project(
    log_exponents: np.ndarray, logs: np.ndarray, loss: np.ndarray, root: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear part (R, 3), weighted columns (R, n, 3) and weighted errors (R, n)."""
    powers = np.exp(-np.exp(log_exponents)[:, :, None] * logs)
    columns = np.stack([root, root * powers[:, 0], root * powers[:, 1]], axis=-1)
    target = root * loss
    gram = np.einsum("rni,rnj->rij", columns, columns)
    linear = nonnegative(gram, np.einsum("rni,rn->ri", columns, target))
    return linear, columns, target - np.einsum("rni,ri->rn", columns, linear)


def _step(
    log_exponents: np.ndarray,
    linear: np.ndarray,
    columns: np.ndarray,
    errors: np.ndarray,
    logs: np.ndarray,
    damping: np.ndarray,
) -> np.ndarray:
    # Derivative of the model by the logarithms of the exponents, less what the columns that are
    # in use can take up.
    slopes = -np.exp(log_exponents)[:, None, :] * columns[..., 1:] * linear[:, None, 1:] * logs.T
    used = columns * (linear > 0)[:, None, :]
    gram = np.einsum("rni,rnj->rij", used, used)
    gram += np.eye(3) * (linear <= 0)[:, None, :]
    taken = np.linalg.solve(gram, np.einsum("rni,rnj->rij", used, slopes))
    slopes -= np.einsum("rni,rij->rnj", used, taken)
    normal = np.einsum("rni,rnj->rij", slopes, slopes)
    diagonal = np.einsum("rii->ri", normal)
    # A column that plays no part has no slope; its exponent then stays where it is.
    floor = np.maximum(diagonal, 1e-300)
    normal = normal + np.eye(2) * (damping[:, None] * floor)[:, None, :] + 1e-300 * np.eye(2)
    sides = np.einsum("rni,rn->ri", slopes, errors)
    scale = 1 / np.sqrt(np.einsum("rii->ri", normal))
    scaled = normal * scale[:, :, None] * scale[:, None, :]
    return scale * np.linalg.solve(scaled, (scale * sides)[..., None])[..., 0]
