"""Compute what is known exactly, and compare it and audits with printed tables."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count, product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from causeway import metrics as table
from causeway.figures import save, style
from causeway.trust.conformal import plots
from causeway.trust.conformal.config import Audit
from causeway.trust.conformal.laws import CoverageLaw, vovk_delta
from causeway.trust.conformal.planner import plan
from causeway.trust.conformal.printed import audit_deviation, half_last_digit
from causeway.trust.conformal.ranks import corrected_rank, rank

GRID = list(product(range(5, 201), ("0.01", "0.05", "0.1", "0.2", "0.3", "0.5")))
"""Sizes and levels at which ranks are counted out: libraries took the next higher score at some
(scikit-learn-contrib/MAPIE, pull request 973)."""
MOST = 1000
"""Sizes up to which identities and the correction are checked."""


def tabulate(
    *,
    laws: Path,
    first_sizes: Path,
    audits: Path,
    metrics: Path,
    computed: Path,
    guarantee: Path,
    settings: Audit,
) -> None:
    """Compare laws, plans and ranks with printed tables and brute force; draw the guarantee.

    Parameters
    ----------
    laws
        Printed laws of coverage: columns ``alpha, m, mean, sd, shortfall, missed, low, high``.
    first_sizes
        Printed first sizes of calibration sets: columns ``alpha, slack, delta, first``.
    audits
        Printed audits of the built-in data, one classifier each: columns as of
        :func:`causeway.trust.conformal.printed.audit_deviation`.
    metrics
        Metrics to write, of the dataset ``law``: variant ``exact``, of n = 1, and variant
        ``drawn``, the audits.
    computed
        The printed laws as computed here (TSV).
    guarantee
        Figure to write: probability of a shortfall by calibration size.
    settings
        Promise that the figure shows, and the number of calibration sets to draw.
    """
    printed = pd.read_csv(laws, sep="\t", dtype=str, keep_default_na=False)
    planned = pd.read_csv(first_sizes, sep="\t").to_numpy()
    known = pd.DataFrame([_law(row["alpha"], int(row["m"])) for _, row in printed.iterrows()])
    known.to_csv(computed, sep="\t", index=False)
    found = dict(_exact(settings))
    for alpha, rows in printed.groupby("alpha"):
        found[f"law-table/deviation-{alpha}"] = _deviation(rows, known.loc[rows.index])
    found["first-table/deviation"] = max(
        # An integer is printed to 1, of which one half is the unit of deviations.
        2.0 * abs(plan(alpha, slack, delta).first - first)
        for alpha, slack, delta, first in planned
    )
    judged = [_metric(name, value, "exact", 1) for name, value in found.items()]
    drawn = pd.read_csv(audits, sep="\t", dtype=str, keep_default_na=False)
    for dataset, part in drawn.groupby("dataset"):
        deviation = audit_deviation(part, settings.draws)
        judged.append(_metric(f"audit-table/{dataset}", deviation, "drawn", settings.draws))
    table.write(judged, metrics)
    with style():
        save(plots.guarantee(settings.alpha, settings.slack, settings.delta), guarantee)


def _metric(name: str, value: float, variant: str, n: int) -> table.Metric:
    return table.Metric(
        system="conformal",
        dataset="law",
        variant=variant,
        seed=0,
        metric=name,
        value=value,
        low=value,
        high=value,
        n=n,
    )


def _law(alpha: str, points: int) -> dict[str, float | str]:
    level = Fraction(alpha)
    law = CoverageLaw.of(points, float(level))
    return {
        "alpha": alpha,
        "m": points,
        "mean": law.mean,
        "sd": law.spread,
        "shortfall": float(law.below(float(1 - level - Fraction("0.05")))),
        "missed": float(law.below(float(1 - level))),
        "low": law.quantile(0.05),
        "high": law.quantile(0.95),
    }


def _deviation(printed: pd.DataFrame, known: pd.DataFrame) -> float:
    """Largest deviation, in units of half the last printed digit; 1 is what rounding allows."""
    return max(
        abs(float(text) - value) / half_last_digit(text)
        for column in printed.columns.drop(["alpha", "m"])
        for text, value in zip(printed[column], known[column], strict=True)
        if text
    )


def _exact(settings: Audit) -> Iterator[tuple[str, float]]:
    alpha, slack, delta = settings.alpha, settings.slack, settings.delta
    wrong = [rank(m, float(text)) != _counted_rank(m, Fraction(text)) for m, text in GRID]
    yield "rank/disagreements", float(sum(wrong))
    yield (
        "identity/deviation",
        max(
            abs(float(CoverageLaw.of(m, alpha).below(1 - alpha - slack)) - _bound(m, alpha, slack))
            for m in range(1, MOST + 1)
        ),
    )
    yield (
        "correction/risk",
        max(
            float(CoverageLaw(m, corrected_rank(m, alpha, delta)).below(1 - alpha))
            for m in range(1, MOST + 1)
        ),
    )
    for size in settings.sizes:
        yield f"bound/delta-m{size}", vovk_delta(size, alpha, slack)
    first, size = plan(alpha, slack, delta)
    yield "plan/first", float(first)
    yield "plan/size", float(size)


def _counted_rank(points: int, alpha: Fraction) -> int:
    """Rank by its definition: the first whole number that is large enough."""
    return next(k for k in count(1) if k >= (points + 1) * (1 - alpha))


def _bound(points: int, alpha: float, slack: float) -> float:
    """Vovk's bound as the sum of binomial probabilities that it is."""
    above = np.arange(points + 1 - rank(points, alpha))
    return float(stats.binom.pmf(above, points, alpha + slack).sum())
