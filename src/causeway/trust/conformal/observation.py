"""Whether the coverage that was seen once is what the law allows."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.trust.conformal.laws import CoverageLaw
from causeway.trust.conformal.ranks import corrected_rank, rank
from causeway.trust.conformal.scores import ROLE, SCORE, checked
from causeway.trust.conformal.thresholds import threshold


class Observation(NamedTuple):
    """Coverage on test examples after one calibration."""

    coverage: float
    low: float
    high: float
    p_value: float
    points: int
    heldout: int


def observe(scores: pd.DataFrame, alpha: float, delta: float | None = None) -> Observation:
    """Compare the coverage on test examples with the law that exchangeable data obey.

    Unlike draws from one pool, which obey the law whatever the data, this can fail: a small
    p-value says that test and calibration examples differ, or that there are ties.

    Parameters
    ----------
    scores
        Table of scores with a column ``role`` of ``calibration`` and ``test``.
    alpha, delta
        As of :func:`causeway.trust.conformal.threshold`.

    Returns
    -------
    Observation
        The coverage, the central 95 % of its law, and the two-sided p-value.

    Raises
    ------
    InputError
        If the column is missing, has other values, or one role has no examples.
    """
    scores = checked(scores)
    roles = set(scores[ROLE]) if ROLE in scores else set()
    if roles != {"calibration", "test"}:
        held = f"holds {', '.join(sorted(roles))}"
        raise InputError(
            f"scores: column {ROLE!r}",
            held if ROLE in scores else "does not exist",
            "Mark every example as calibration or test, and have both",
        )
    parts = scores.groupby(ROLE)[SCORE]
    calibration, test = parts.get_group("calibration"), parts.get_group("test")
    m, n = len(calibration), len(test)
    k = rank(m, alpha) if delta is None else corrected_rank(m, alpha, delta)
    law = CoverageLaw(m, k, n)
    coverage = float(np.mean(test <= threshold(calibration, alpha, delta)))
    tail = min(float(law.at_most(coverage)), 1 - float(law.below(coverage)))
    return Observation(
        coverage, law.quantile(0.025), law.quantile(0.975), min(1.0, 2 * tail), m, n
    )
