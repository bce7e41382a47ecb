"""Audit a pool of scores and write what the claims are judged by."""

import logging
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from causeway import metrics as table
from causeway.statistics import Interval
from causeway.trust.conformal.config import Audit, Variant
from causeway.trust.conformal.resampling import audit as audited
from causeway.trust.conformal.scores import read_scores

log = logging.getLogger(__name__)

METHODS = ("plain", "corrected")
NORMAL = float(stats.norm.ppf(0.975))
DKW = math.sqrt(math.log(2 / 0.05) / 2)
"""Half-width of a 95 % band around a distribution function, times the root of the draws
(Dvoretzky, Kiefer, Wolfowitz; constant of Massart, Annals of Probability 18:1269, 1990)."""


def evaluate(
    *,
    scores: Path,
    metrics: Path,
    audit: Path,
    coverages: Path,
    settings: Audit,
    calibration: Variant,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Draw calibration sets from a pool, measure coverage and set sizes, compare with the law.

    Parameters
    ----------
    scores
        Table of scores.
    metrics
        Metrics to write: ``<method>/<what>-m<size>``, and ``worst/<what>`` over sizes. Sizes
        for which the pool is too small, and set sizes that are not known, are NaN.
    audit, coverages
        Tables to write: a row per size and method (TSV), and the histograms (Parquet).
    settings
        What is promised and how often it is checked.
    calibration
        One threshold, or one per group.
    dataset, variant, seed
        The run.
    """
    summary, histograms = audited(
        read_scores(scores),
        alpha=settings.alpha,
        sizes=settings.sizes,
        slack=settings.slack,
        delta=settings.delta,
        draws=settings.draws,
        per_group=calibration.per_group,
        seed=seed,
    )
    summary.to_csv(audit, sep="\t", index=False)
    histograms.to_parquet(coverages, index=False)
    left_out = sorted(set(settings.sizes) - set(summary["size"]))
    if left_out:
        log.warning("%s has too few examples for calibration sizes %s", dataset, left_out)
    found = _metrics(summary, settings.sizes)
    rows = table.rows(found, system="conformal", dataset=dataset, variant=variant, seed=seed)
    table.write(rows, metrics)


def _metrics(summary: pd.DataFrame, sizes: list[int]) -> Iterator[tuple[str, Interval]]:
    wanted = pd.MultiIndex.from_product([METHODS, sizes], names=["method", "size"])
    known = [
        intervals(row) for _, row in summary.set_index(wanted.names).reindex(wanted).iterrows()
    ]
    for (method, size), found in zip(wanted, known, strict=True):
        for name, interval in found.items():
            yield f"{method}/{name}-m{size}", interval
    for name in ("mean-gap", "shortfall-gap", "ks"):
        yield f"worst/{name}", max((found[name] for found in known), key=_reach)


def _reach(interval: Interval) -> float:
    """How far from zero an interval goes; unknown ones count least."""
    return -1.0 if math.isnan(interval.low) else max(-interval.low, interval.high)


def intervals(row: pd.Series) -> dict[str, Interval]:
    """Numbers of one row of an audit with their 95 % intervals over draws.

    Shares of draws have Wilson's interval, means the normal one, the distance between
    distribution functions the band of Dvoretzky, Kiefer and Wolfowitz.
    """
    draws = 1 if math.isnan(row["draws"]) else int(row["draws"])
    n = 1 if math.isnan(row["draws"]) else draws * int(row["groups"])

    def share(name: str) -> Interval:
        if math.isnan(row[name]):
            return Interval(math.nan, math.nan, math.nan, n)
        found = stats.binomtest(round(row[name] * n), n).proportion_ci(method="wilson")
        return Interval(row[name], float(found.low), float(found.high), n)

    mean = _about(row["mean"], NORMAL * row["spread"] / math.sqrt(n), n)
    shortfall, missed, band = share("shortfall"), share("missed"), DKW / math.sqrt(n)
    return {
        "mean": mean,
        "shortfall": shortfall,
        "missed": missed,
        "mean-gap": _minus(mean, row["law_mean"]),
        "shortfall-gap": _minus(shortfall, row["law_shortfall"]),
        "ks": Interval(row["ks"], float(np.maximum(row["ks"] - band, 0)), row["ks"] + band, n),
        "set-size": _about(
            row["set_size"], NORMAL * row["set_size_spread"] / math.sqrt(draws), draws
        ),
        "set-size-spread": _about(row["set_size_spread"], row["set_size_spread_error"], draws),
    }


def _about(estimate: float, half: float, n: int) -> Interval:
    return Interval(estimate, estimate - half, estimate + half, n)


def _minus(interval: Interval, constant: float) -> Interval:
    estimate, low, high, n = interval
    return Interval(estimate - constant, low - constant, high - constant, n)
