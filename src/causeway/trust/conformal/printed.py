"""Audits of one classifier as they were printed, against audits drawn here."""

import numpy as np
import pandas as pd
from scipy import stats

from causeway.trust.conformal.draws import BATCHES
from causeway.trust.conformal.laws import CoverageLaw
from causeway.trust.conformal.pools import pool
from causeway.trust.conformal.resampling import audit
from causeway.trust.conformal.sources import BreastCancer, Digits, Source

SOURCES: dict[str, Source] = {"digits": Digits(), "breast-cancer": BreastCancer()}
ALPHA, SLACK, SEED = 0.1, 0.05, 0
"""Promise and classifier of the printed audits, whatever the run is about."""
PRINTED_DRAWS = 2000
LOW = 0.05
"""Level of the quantile ``low``."""


def audit_deviation(printed: pd.DataFrame, draws: int) -> float:
    """Largest deviation of an audit drawn here from a printed one, in standard errors.

    Both are Monte-Carlo: the error is that of the printed draws and of ours together. What
    rounding to the printed digits explains is taken off first.

    Parameters
    ----------
    printed
        Rows of one dataset, as text: columns ``dataset, m, shortfall, mean, low, set_size,
        set_size_spread``; empty where nothing was printed.
    draws
        Calibration sets to draw here for each size.
    """
    (dataset,) = printed["dataset"].unique()
    scores, sizes = pool(SOURCES[dataset], SEED), printed["m"].astype(int).tolist()
    summary, _ = audit(scores, alpha=ALPHA, slack=SLACK, sizes=sizes, draws=draws, seed=SEED)
    found = summary[summary["method"] == "plain"].set_index("size").loc[sizes]
    return max(
        max(abs(float(text) - row[name]) - half_last_digit(text), 0.0) / error
        for position, (_, row) in enumerate(found.reset_index().iterrows())
        for name, error in standard_errors(row, draws).items()
        if (text := str(printed[name].iloc[position]))
    )


def standard_errors(row: pd.Series, draws: int) -> dict[str, float]:
    """Standard error of the difference between a row of an audit and a printed one.

    That of the share follows from the law of the pool, that of its quantile too; that of the
    spread of set sizes from batches of the draws.
    """
    law = CoverageLaw(int(row["size"]), int(row["rank"]), int(row["heldout"]))
    root = np.sqrt(1 / PRINTED_DRAWS + 1 / draws)
    share = float(law.below(1 - ALPHA - SLACK))
    step = np.sqrt(LOW * (1 - LOW)) * root
    batches = row["set_size_spread_error"] / stats.t.ppf(0.975, BATCHES - 1)
    return {
        "shortfall": float(np.sqrt(share * (1 - share)) * root),
        "mean": law.spread * root,
        "low": (law.quantile(LOW + step) - law.quantile(LOW - step)) / 2,
        "set_size": row["set_size_spread"] * root,
        "set_size_spread": batches * np.sqrt(draws) * root,
    }


def half_last_digit(text: str) -> float:
    """Half a unit of the last digit of a printed number."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])
