"""Theorem 1 of arXiv:2601.21719: a bound in closed form for the noise-free vector release."""

import math
from typing import Literal

from scipy import stats

from causeway.trust.wishart import inputs
from causeway.trust.wishart.vector import VectorRelease


def bound(
    release: VectorRelease,
    delta: float,
    constant: Literal["corrected", "printed"] = "corrected",
) -> float:
    """Bound epsilon at ``delta``, as Theorem 1 does.

    With ``K = sqrt((1 - rho^2) / r) t_r(1 - delta')`` and the chi-square quantile ``kappa``,
    ``epsilon <= c ln(rho + K) + (1 - rho + K) kappa_{d+r-1}(1 - delta') / (2 (rho - K))``, where
    ``delta`` is the mass of infinite loss plus ``3 delta'``.

    Parameters
    ----------
    release
        Dimension, rank and alignment.
    delta
        Inside (0, 1).
    constant
        ``corrected``: c = (d - r + 1) / 2, which the density gives (derived here); ``printed``:
        c = (d + r - 1) / 2, as the author's post prints it (seen). With the printed constant the
        expression falls below the exact epsilon and bounds nothing.

    Returns
    -------
    float
        Infinite where the theorem's condition rho > K fails or ``delta`` is too small for it.

    Raises
    ------
    InputError
        If ``delta`` is not inside (0, 1), or there is no such constant.
    """
    inputs.choice("constant", constant, ("corrected", "printed"))
    spare = (inputs.fraction("delta", delta) - release.singular) / 3
    if spare <= 0:
        return math.inf
    d, r, rho = release.dimension, release.rank, release.alignment
    reach = release.spread * float(stats.t.isf(spare, r))
    if rho <= reach:
        return math.inf
    c = (d - r + 1) / 2 if constant == "corrected" else (d + r - 1) / 2
    # A negative c turns the inequality: ln T is then bounded from below.
    worst = rho + reach if c >= 0 else rho - reach
    quantile = float(stats.chi2.isf(spare, d + r - 1))
    return c * math.log(worst) + (1 - rho + reach) * quantile / (2 * (rho - reach))
