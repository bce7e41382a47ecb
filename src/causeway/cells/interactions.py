"""Genetic interactions: how a double perturbation combines the shifts of its singles.

The shift of the double is regressed on the shifts of both singles without intercept,
``d_ab ~ c_a d_a + c_b d_b``, by the Theil-Sen estimator, as Norman et al. (Science 365:786, 2019)
do and the metrics of arXiv:2601.15341 follow. The size of the coefficients tells synergy from
buffering, their ratio epistasis, and distance correlations redundancy and neomorphism.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

PAIRS = 10_000
"""Pairs of genes that the Theil-Sen estimator takes, at most."""
STEPS = 300
"""Iterations for the spatial median, at most."""
TOLERANCE = 1e-10
"""Relative change at which the spatial median has converged."""


@dataclass(frozen=True)
class Interaction:
    """Scores of one double; distance correlations lie in [0, 1].

    ``first`` and ``second`` are the coefficients of the singles; ``magnitude`` is the root of the
    sum of their squares, root 2 if effects add; ``dominance`` the absolute log10 of their ratio;
    ``fit`` the distance correlation of both singles together with the double, low if the double
    does something new, and ``linear_fit`` that of their best combination with it;
    ``redundancy`` that of the singles with each other; ``balance`` the ratio of the smaller to
    the larger distance correlation of a single with the double.
    """

    first: float
    second: float
    magnitude: float
    dominance: float
    fit: float
    linear_fit: float
    redundancy: float
    balance: float


def standard_shift(cells: np.ndarray, control: np.ndarray, logged: bool) -> np.ndarray:
    """Difference of mean expression from control, in standard deviations of control cells.

    Parameters
    ----------
    cells, control
        Cells by genes of the same genes.
    logged
        Whether values are log(1 + x), in which case the means are of x.

    Returns
    -------
    array of shape (genes,)
        NaN for genes that do not vary among control cells.
    """
    if logged:
        cells, control = np.expm1(cells), np.expm1(control)
    spread = control.std(axis=0, ddof=1, dtype=np.float64)
    shift = cells.mean(axis=0, dtype=np.float64) - control.mean(axis=0, dtype=np.float64)
    return np.divide(shift, spread, out=np.full(len(shift), np.nan), where=spread > 0)


def interaction(first: np.ndarray, second: np.ndarray, double: np.ndarray) -> Interaction:
    """Score a double by the shifts of both singles and its own, shapes (genes,).

    Genes with NaN in one of them are left out; fewer than three genes give NaN.
    """
    known = np.isfinite(first) & np.isfinite(second) & np.isfinite(double)
    a, b, ab = first[known], second[known], double[known]
    if len(ab) < 3:
        return Interaction(*[float("nan")] * 8)
    c_a, c_b = theil_sen(np.column_stack([a, b]), ab)
    singles = (distance_correlation(a, ab), distance_correlation(b, ab))
    with np.errstate(divide="ignore", invalid="ignore"):
        dominance = float(np.abs(np.log10(np.abs(np.float64(c_a) / c_b))))
        balance = float(np.float64(min(singles)) / max(singles))
    return Interaction(
        first=float(c_a),
        second=float(c_b),
        magnitude=float(np.hypot(c_a, c_b)),
        dominance=dominance,
        fit=distance_correlation(np.column_stack([a, b]), ab),
        linear_fit=distance_correlation(c_a * a + c_b * b, ab),
        redundancy=distance_correlation(a, b),
        balance=balance,
    )


def theil_sen(x: np.ndarray, y: np.ndarray, seed: int = 0) -> np.ndarray:
    """Robust regression on two variables without intercept.

    Every pair of points determines both coefficients; the estimate is the spatial median of all
    these (Dang, Peng, Wang and Zhang, "Theil-Sen estimators in a multiple linear regression
    model", 2008). Of more than ``PAIRS`` pairs a random sample is taken. Pairs on one line
    through the origin determine nothing and are left out.

    Parameters
    ----------
    x
        Shape (n, 2).
    y
        Shape (n,).
    seed
        Of the sample of pairs.

    Returns
    -------
    array of shape (2,)
        Coefficients; NaN if no pair determines them.
    """
    i, j = _pairs(len(y), seed)
    determinant = x[i, 0] * x[j, 1] - x[i, 1] * x[j, 0]
    size = np.linalg.norm(x[i], axis=1) * np.linalg.norm(x[j], axis=1)
    proper = np.abs(determinant) > 1e-12 * size
    if not proper.any():
        return np.full(2, np.nan)
    i, j, determinant = i[proper], j[proper], determinant[proper]
    solved = np.column_stack(
        [
            (y[i] * x[j, 1] - y[j] * x[i, 1]) / determinant,
            (x[i, 0] * y[j] - x[j, 0] * y[i]) / determinant,
        ]
    )
    return spatial_median(solved)


def spatial_median(points: np.ndarray) -> np.ndarray:
    """Point of least summed Euclidean distance to all, shape (n, k) to (k,).

    Weiszfeld's iteration, modified where it meets a data point (Vardi and Zhang, PNAS 97:1423,
    2000).
    """
    centre = np.median(points, axis=0)
    for _ in range(STEPS):
        away = points - centre
        norms = np.linalg.norm(away, axis=1)
        here = norms <= TOLERANCE * (1 + np.linalg.norm(centre))
        weights = 1 / norms[~here]
        pull = (away[~here] * weights[:, None]).sum(axis=0)
        strength = float(np.linalg.norm(pull))
        if not len(weights) or strength <= here.sum():
            return centre
        step = pull / weights.sum() * (1 - here.sum() / strength)
        centre = centre + step
        if np.linalg.norm(step) <= TOLERANCE * (1 + np.linalg.norm(centre)):
            break
    return centre


def distance_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Distance correlation of paired points (Székely, Rizzo and Bakirov, Ann. Stat. 35, 2007).

    Parameters
    ----------
    x, y
        Shapes (n,) or (n, k), entry i of both belongs together.

    Returns
    -------
    float
        In [0, 1], 0 only for independence in the limit of many points; NaN for a constant.
    """
    a, b = _centred(x), _centred(y)
    spread = np.sqrt((a * a).mean() * (b * b).mean())
    if not spread > 0:
        return float("nan")
    return float(np.sqrt(max((a * b).mean(), 0) / spread))


def _centred(x: np.ndarray) -> np.ndarray:
    """Distances between points with rows and columns of mean 0."""
    points = np.asarray(x, dtype=np.float64).reshape(len(x), -1)
    away = cdist(points, points)
    return away - away.mean(axis=0) - away.mean(axis=1)[:, None] + away.mean()


def _pairs(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    every = n * (n - 1) // 2
    i, j = np.triu_indices(n, 1) if every <= 50 * PAIRS else _drawn(n, seed)
    if len(i) > PAIRS:
        kept = np.random.default_rng(seed).choice(len(i), PAIRS, replace=False)
        i, j = i[kept], j[kept]
    return i, j


def _drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Twice as many random pairs as needed, without writing down all of them."""
    i, j = np.random.default_rng(seed).integers(n, size=(2, 2 * PAIRS))
    pairs = np.unique(np.sort(np.column_stack([i, j])[i != j], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]
