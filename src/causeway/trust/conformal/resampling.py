"""Audit by resampling: calibrate many times on small sets of one pool, and look at each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.errors import InputError
from causeway.trust.conformal.draws import Drawn, histogram, summary
from causeway.trust.conformal.laws import CoverageLaw
from causeway.trust.conformal.ranks import corrected_rank, level, rank
from causeway.trust.conformal.scores import GROUP, LABEL, SCORE, checked, label_columns


class Audited(NamedTuple):
    """What an audit finds.

    ``summary`` has a row per size and method, ``plain`` or ``corrected``; ``coverages`` the
    histogram of each, as shares of the draws beside those that the law expects.
    """

    summary: pd.DataFrame
    coverages: pd.DataFrame


def audit(
    scores: pd.DataFrame,
    *,
    alpha: float,
    sizes: Sequence[int],
    slack: float = 0.05,
    delta: float = 0.1,
    draws: int = 20_000,
    per_group: bool = False,
    seed: int = 0,
) -> Audited:
    """Calibrate on random sets of each size and measure coverage on the rest of the pool.

    Without tied scores the coverage obeys its law exactly, whatever the data: given the pool,
    draws are independent and BetaBinomial. What the data decide are thresholds, the sizes of
    prediction sets, and ties, which add coverage.

    Parameters
    ----------
    scores
        Table as described in ``causeway.trust.conformal.scores``.
    alpha
        Error level.
    sizes
        Calibration points of each audit, per group if ``per_group``. Sizes that leave no
        example of a group are left out.
    slack
        A set falls short when its coverage is below ``1 - alpha - slack``.
    delta
        Level of the small-sample correction.
    draws
        Calibration sets per size.
    per_group
        Calibrate each group by itself (Mondrian).
    seed
        Makes the audit repeatable.

    Raises
    ------
    InputError
        If the scores do not fit, a level is not between 0 and 1, or all sizes are too large.
    """
    scores = checked(scores)
    for name, value in (("alpha", alpha), ("slack", slack), ("alpha + slack", alpha + slack)):
        level(value, name)
    if draws < 1:
        raise InputError("draws", f"are {draws}", "Draw at least one calibration set")
    pools = list(_pools(scores, per_group))
    smallest = min(map(len, pools))
    feasible = [size for size in sizes if size < smallest]
    if not feasible:
        raise InputError(
            "calibration sizes",
            f"{', '.join(map(str, sizes))} leave none of the {smallest} examples"
            + " of the smallest group" * per_group,
            "Give more examples or smaller sizes",
        )
    generator = np.random.default_rng([seed, 1])
    rows, histograms = [], []
    for size in feasible:
        ranks = {"plain": rank(size, alpha), "corrected": corrected_rank(size, alpha, delta)}
        places = [_places(len(pool), size, draws, generator) for pool in pools]
        for method, k in ranks.items():
            drawn = _drawn(pools, places, size, k)
            rows.append({"size": size, "method": method} | summary(drawn, alpha, slack))
            histograms.append(histogram(drawn).assign(size=size, method=method))
    tied = 1 - scores[SCORE].nunique() / len(scores)
    return Audited(pd.DataFrame(rows).assign(tied=tied), pd.concat(histograms, ignore_index=True))


@dataclass(frozen=True)
class _Pool:
    """Examples that share a threshold: their scores, and those of the labels it decides on.

    An infinite score ends the first: the threshold of sets that are too small.
    """

    ordered: np.ndarray
    candidates: np.ndarray

    def __len__(self) -> int:
        return len(self.ordered) - 1


def _pools(scores: pd.DataFrame, per_group: bool) -> Iterator[_Pool]:
    if per_group and GROUP not in scores:
        raise InputError(
            "scores", f"have no column {GROUP!r}", f"Add {GROUP!r}, or do not calibrate by group"
        )
    labels = label_columns(scores)
    groups = scores[GROUP] if per_group else pd.Series("", index=scores.index)
    by_label = {f"{LABEL}{name}" for name in groups.unique()} <= set(labels)
    for name, part in scores.groupby(groups):
        decided = scores[f"{LABEL}{name}"] if by_label else part[labels]
        yield _Pool(np.sort([*part[SCORE], np.inf]), np.sort(decided.to_numpy().ravel()))


def _places(pool: int, size: int, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Places of random calibration sets in the order of scores, sorted; (draws, size + 1).

    The last one is that of the infinite score.
    """
    chosen = [generator.choice(pool, size, replace=False, shuffle=False) for _ in range(draws)]
    return np.pad(np.sort(chosen, axis=1), ((0, 0), (0, 1)), constant_values=pool)


def _drawn(pools: Sequence[_Pool], places: Sequence[np.ndarray], size: int, k: int) -> Drawn:
    """Take the k-th score of each calibration set as threshold and look at what it does."""
    coverages, thresholds, kept = [], [], []
    for pool, chosen in zip(pools, places, strict=True):
        limits = pool.ordered[chosen[:, k - 1]]
        reached = np.searchsorted(pool.ordered[:-1], limits, side="right")
        calibration = (chosen[:, :size] < reached[:, None]).sum(axis=1)
        coverages.append((reached - calibration) / (len(pool) - size))
        thresholds.append(limits)
        kept.append(np.searchsorted(pool.candidates, limits, side="right"))
    return Drawn(
        [CoverageLaw(size, k, len(pool) - size) for pool in pools],
        np.array(coverages),
        np.array(thresholds),
        np.sum(kept, axis=0) / sum(map(len, pools)) if len(pools[0].candidates) else None,
    )
