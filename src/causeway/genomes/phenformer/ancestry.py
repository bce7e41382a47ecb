"""How well risk carries over to populations that training did not see."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from causeway.bootstrap import draw_counts, percentile_interval
from causeway.rankings import auroc
from causeway.statistics import Interval, paired_difference, t_interval

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
    known: ArrayLike | None = None,
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
    known
        Of whom the disease is known, mask of shape (people,); all if absent.

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
    told = np.ones_like(cases) if known is None else np.asarray(known, dtype=bool)
    names = sorted(set(populations.tolist()), key=lambda name: (name != majority, name))
    if not names or names[0] != majority:
        raise ValueError(f"nobody is of population {majority!r}")
    # Each population is resampled by itself; its order in the table must not matter.
    streams = dict(zip(names, rng.spawn(len(names)), strict=True))
    base: tuple[float, NDArray[np.float64]] | None = None
    rows = []
    for name in names:
        here = (populations == name) & told
        area, resampled = _area(scores[here], cases[here], resamples, streams[name])
        base = base or (area, resampled)
        size = int(here.sum())
        found = percentile_interval(area, resampled, size)
        relative = _ratio(np.append(area, resampled), np.append(*base))
        ratio = percentile_interval(relative[0], relative[1:], size)
        if name == majority:
            ratio = ratio._replace(low=ratio.estimate, high=ratio.estimate)
        rows.append([name, *found[:3], *ratio[:3], int(cases[here].sum()), size])
    return pd.DataFrame(rows, columns=COLUMNS)


def over_diseases(tables: pd.DataFrame) -> Iterator[tuple[str, Interval]]:
    """Summarise areas within populations over diseases.

    Parameters
    ----------
    tables
        Tables of :func:`by_population` of several diseases, one below the other, with the column
        ``disease``; those of a single population say nothing of others.

    Yields
    ------
    tuple
        ``<population>/auroc`` and ``<population>/ratio`` to the majority, means over the diseases
        that have cases and controls there, with t intervals over them; and ``largest-gap``, by
        how much the mean area of the majority exceeds that of the population where it is least,
        over the same diseases. As the least of several, it is too large by chance rather than too
        small.
    """
    wide = tables.pivot(index="disease", columns="population")
    names = list(dict.fromkeys(tables["population"]))
    if len(names) < 2:
        return
    gaps = []
    majority = wide["auroc"][names[0]]
    for name in names:
        for column in ("auroc", "ratio"):
            yield f"{name}/{column}", _mean(wide[column][name])
        both = majority.notna() & wide["auroc"][name].notna()
        if name != names[0] and both.any():
            gaps.append(paired_difference(majority[both], wide["auroc"][name][both]))
    if gaps:
        yield "largest-gap", max(gaps, key=lambda one: one.estimate)


def _area(
    scores: NDArray[np.float64], cases: NDArray[np.bool_], resamples: int, rng: np.random.Generator
) -> tuple[float, NDArray[np.float64]]:
    """Area under the curve, and those of resamples; NaN without anybody."""
    if not len(scores):
        return float("nan"), np.full(resamples, np.nan)
    counts = draw_counts(cases, resamples, rng)
    return float(auroc(scores, cases)), auroc(scores, cases, counts)


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotient, NaN where the denominator is zero."""
    return np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)


def _mean(values: pd.Series) -> Interval:
    """Mean of what is defined."""
    defined = values.dropna().to_numpy()
    if not len(defined):
        return Interval(float("nan"), float("nan"), float("nan"), len(values))
    return t_interval(defined)
