"""How well risk carries over to populations that training did not see."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from causeway.bootstrap import draw_counts, percentile_interval
from causeway.rankings import auroc

COLUMNS = [
    "population",
    "auroc",
    "low",
    "high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "cases",
    "n",
]
"""Columns of the table."""


def by_population(
    scores: ArrayLike,
    cases: ArrayLike,
    populations: ArrayLike,
    majority: str,
    *,
    rng: np.random.Generator,
    resamples: int = 2000,
) -> pd.DataFrame:
    """Area under the curve within each population, and its ratio to that of the majority.

    Populations only sort the table; no model may know them.

    Parameters
    ----------
    scores
        Risk of each person, shape (people,).
    cases
        Mask, shape (people,).
    populations
        Label of each person, shape (people,).
    majority
        The population that trained.
    rng
        Source of randomness.
    resamples
        Bootstrap samples, of cases and controls of each population.

    Returns
    -------
    DataFrame
        A row per population, the majority first, then by name. A population without cases or
        controls keeps its row, with NaN.

    Raises
    ------
    ValueError
        If nobody is of the majority.
    """
    scores, cases = np.asarray(scores, dtype=float), np.asarray(cases, dtype=bool)
    populations = np.asarray(populations).astype(str)
    names = sorted(set(populations.tolist()), key=lambda name: (name != majority, name))
    if not names or names[0] != majority:
        raise ValueError(f"nobody is of population {majority!r}")
    # Each population is resampled by itself; its order in the table must not matter.
    streams = dict(zip(names, rng.spawn(len(names)), strict=True))
    base: tuple[float, NDArray[np.float64]] | None = None
    rows = []
    for name in names:
        here = populations == name
        area = float(auroc(scores[here], cases[here]))
        counts = draw_counts(cases[here], resamples, streams[name])
        resampled = auroc(scores[here], cases[here], counts)
        base = base or (area, resampled)
        size = int(here.sum())
        found = percentile_interval(area, resampled, size)
        ratio = percentile_interval(area / base[0], resampled / base[1], size)
        if name == majority:
            ratio = ratio._replace(low=ratio.estimate, high=ratio.estimate)
        rows.append([name, *found[:3], *ratio[:3], int(cases[here].sum()), size])
    return pd.DataFrame(rows, columns=COLUMNS)
