"""What was seen in many calibration sets of one size, beside what the law expects."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.statistics import t_interval
from causeway.trust.conformal.laws import CoverageLaw
from causeway.trust.conformal.ranks import level

BINS = np.arange(101) / 100
"""Edges of the histogram of coverages; the last bin includes 1."""
BATCHES = 20
"""Parts of the draws by which the interval of a standard deviation is found."""


class Drawn(NamedTuple):
    """Random calibration sets of one size; the rows of the arrays are groups.

    ``laws`` has one law per group; ``coverages`` and ``thresholds`` have shape (groups, draws);
    ``sizes`` are mean sizes of prediction sets over the pool, shape (draws,), or None where the
    scores of other labels than the true one are not known.
    """

    laws: list[CoverageLaw]
    coverages: np.ndarray
    thresholds: np.ndarray
    sizes: np.ndarray | None

    def expected(self, probability: Callable[[CoverageLaw], np.ndarray]) -> np.ndarray:
        """Mean over groups of what the law of each gives."""
        return np.mean([probability(law) for law in self.laws], axis=0)


def summary(drawn: Drawn, alpha: float, slack: float) -> dict[str, float]:
    """Coverage, thresholds and set sizes over the draws, and what the law expects.

    Returns
    -------
    dict
        ``shortfall`` and ``missed`` are the shares of coverages below 1 - alpha - slack and
        below 1 - alpha, ``low`` the 5 % quantile, ``ks`` the largest distance between the
        distribution functions of draws and law; ``law_*`` the expectation for this pool,
        ``beta_*`` for a population without end; ``*_low`` and ``*_high`` hold 90 % of draws.
        Thresholds of several groups have no common number and are NaN.
    """
    target, floor = float(1 - level(alpha)), float(1 - level(alpha) - level(slack))
    coverages = drawn.coverages
    endless = replace(drawn.laws[0], heldout=None)
    row = {
        "rank": drawn.laws[0].rank,
        "groups": len(drawn.laws),
        "heldout": min(law.heldout or 0 for law in drawn.laws),
        "draws": coverages.shape[1],
        "mean": coverages.mean(),
        "spread": coverages.std(),
        "shortfall": (coverages < floor).mean(),
        "missed": (coverages < target).mean(),
        "low": np.quantile(coverages, 0.05),
        "ks": _distance(drawn),
        "law_mean": endless.mean,
        "law_shortfall": drawn.expected(lambda law: law.below(floor)),
        "law_missed": drawn.expected(lambda law: law.below(target)),
        "beta_shortfall": endless.below(floor),
        "beta_missed": endless.below(target),
        "beta_low": endless.quantile(0.05),
    }
    sizes = np.array([np.nan]) if drawn.sizes is None else drawn.sizes
    limits = drawn.thresholds if len(drawn.thresholds) == 1 else np.array([np.nan])
    for name, values in (("threshold", limits), ("set_size", sizes)):
        low, high = np.quantile(values, [0.05, 0.95], method="inverted_cdf")
        row |= {name: values.mean(), f"{name}_low": low, f"{name}_high": high}
    row |= {"set_size_spread": sizes.std(), "set_size_spread_error": _spread_error(sizes)}
    return {name: float(value) for name, value in row.items()}


def histogram(drawn: Drawn) -> pd.DataFrame:
    """Share of draws in each bin of coverage, and the share that the law expects there."""
    counts, _ = np.histogram(drawn.coverages, BINS)
    below = np.append(drawn.expected(lambda law: law.below(BINS[:-1])), 1.0)
    return pd.DataFrame(
        {
            "left": BINS[:-1],
            "right": BINS[1:],
            "share": counts / drawn.coverages.size,
            "law": np.diff(below),
        }
    )


def _distance(drawn: Drawn) -> float:
    """Kolmogorov-Smirnov distance; both distributions jump, so both sides of jumps count."""
    values, counts = np.unique(drawn.coverages, return_counts=True)
    upper = np.cumsum(counts) / counts.sum()
    lower = np.append(0, upper[:-1])
    return float(
        max(
            np.abs(upper - drawn.expected(lambda law: law.at_most(values))).max(),
            np.abs(lower - drawn.expected(lambda law: law.below(values))).max(),
        )
    )


def _spread_error(values: np.ndarray) -> float:
    """Half-width of the 95 % interval of a standard deviation; NaN for a few values."""
    if len(values) < 2 * BATCHES:
        return np.nan
    batches = t_interval([batch.std() for batch in np.array_split(values, BATCHES)])
    return batches.high - batches.estimate
