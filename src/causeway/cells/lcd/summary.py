"""What the comparisons of all held-out perturbations say together."""

import logging
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from causeway import metrics as output
from causeway.cells.comparison import better_when_large
from causeway.cells.lcd.class_metrics import class_metrics
from causeway.cells.lcd.strata import ALL
from causeway.statistics import Interval, bootstrap_interval, paired_difference, t_interval

log = logging.getLogger(__name__)

MODEL, RIVAL, OBSERVED = "lcd", "additive", "observed"
CLASS = "interaction-class-"
"""What names of metrics start with that tell whether a double is of a class, by 1 or 0."""
DISTANCES = ("energy-distance", "mmd", "wasserstein", "rmse", "mae")
"""Metrics whose ratio is taken."""
TOLD = [
    f"{word}/{metric}"
    for metric in ("energy-distance", "rmse", "pearson-delta")
    for word in (MODEL, RIVAL, "split-half")
]
"""Metrics that the log tells."""
RESAMPLES = 2000
"""Bootstrap samples behind the interval of a ratio."""


def write_summary(table: pd.DataFrame, path: Path) -> None:
    """Write the metrics of one run from the table of its held-out perturbations.

    Parameters
    ----------
    table
        As for :func:`summary`, with the columns ``dataset, variant, seed`` of the run. A
        perturbation that several splits hold out is averaged first.
    path
        Table to write, see :mod:`causeway.metrics`.
    """
    run = table.iloc[0]
    found = list(summary(table))
    for name, value in found:
        if name in TOLD:
            log.info("%s: %.4g [%.4g, %.4g]", name, value.estimate, value.low, value.high)
    rows = output.rows(
        found,
        system="lcd",
        dataset=run["dataset"],
        variant=run["variant"],
        seed=int(run["seed"]),
    )
    output.write(rows, path)


def summary(table: pd.DataFrame) -> Iterator[tuple[str, Interval]]:
    """Average over held-out perturbations, with 95 % intervals over them.

    Parameters
    ----------
    table
        Columns ``perturbation, method, stratum, metric, value``, one row each.

    Yields
    ------
    name, interval
        ``<method>/<metric>`` is a mean over the perturbations for which the metric is defined.
        ``ratio/<metric>`` divides the mean of the model by that of the additive baseline, for
        distances. ``gap/<metric>`` is the mean difference of both, and
        ``win-share/<metric>`` the share of perturbations for which the model is better (Wilson's
        interval). Scores that describe a perturbation, and do not judge a prediction, only have
        means. Other strata than all genes follow the first word:
        ``<method>/<stratum>/<metric>``.

        Of classes of interactions, ``observed/interaction-<class>-share`` is the share of doubles
        that are of the class, and ``<method>/interaction-<class>-<what>`` precision, recall and
        F1 of a method, see :mod:`causeway.cells.lcd.class_metrics`.
    """
    keys = ["stratum", "metric", "method", "perturbation"]
    wide = table.groupby(keys)["value"].mean().unstack("perturbation")
    for stratum, metric in wide.index.droplevel("method").unique():
        rows = wide.loc[stratum, metric]
        if metric.startswith(CLASS):
            yield from _classified(rows, f"interaction-{metric.removeprefix(CLASS)}")
            continue
        for method, values in zip(rows.index, rows.to_numpy(), strict=True):
            yield _name(method, stratum, metric), _mean(values)
        if _judges(metric) and {MODEL, RIVAL} <= set(rows.index):
            for word, interval in _contest(
                rows.loc[MODEL].to_numpy(), rows.loc[RIVAL].to_numpy(), metric
            ):
                yield _name(word, stratum, metric), interval


def _classified(rows: pd.DataFrame, word: str) -> Iterator[tuple[str, Interval]]:
    observed = rows.loc[OBSERVED].dropna()
    yield f"{OBSERVED}/{word}-share", _mean(observed.to_numpy())
    for method, values in rows[observed.index].drop(OBSERVED).iterrows():
        for what, interval in class_metrics(observed.to_numpy(), values.to_numpy()):
            yield f"{method}/{word}-{what}", interval


def _name(word: str, stratum: str, metric: str) -> str:
    return "/".join([word, metric] if stratum == ALL else [word, stratum, metric])


def _judges(metric: str) -> bool:
    return not metric.startswith("interaction") or metric.endswith("-error")


def _mean(values: np.ndarray) -> Interval:
    """Mean of what is defined; what diverged keeps it infinite."""
    units, values = len(values), values[~np.isnan(values)]
    if not len(values):
        return Interval(math.nan, math.nan, math.nan, units)
    if np.isinf(values).any():
        return Interval(float(values.mean()), math.nan, math.nan, len(values))
    return t_interval(values)


def _contest(model: np.ndarray, rival: np.ndarray, metric: str) -> Iterator[tuple[str, Interval]]:
    large = better_when_large(metric)
    both = ~np.isnan(model) & ~np.isnan(rival)
    model, rival, n = model[both], rival[both], int(both.sum())
    if not n:
        return
    wins = int(np.sum(model > rival if large else model < rival))
    share = stats.binomtest(wins, n).proportion_ci(method="wilson")
    yield "win-share", Interval(wins / n, float(share.low), float(share.high), n)
    finite = np.isfinite(model).all() and np.isfinite(rival).all()
    yield "gap", paired_difference(model, rival) if finite else _mean(model - rival)
    if metric in DISTANCES:
        yield "ratio", _divided(model, rival)


def _divided(model: np.ndarray, rival: np.ndarray) -> Interval:
    """Ratio of means; perturbations are resampled whole."""
    plain = float(_ratio(model, rival, 0))
    unknown = Interval(plain, math.nan, math.nan, len(model))
    if not math.isfinite(plain):
        return unknown
    found = bootstrap_interval(model, rival, statistic=_ratio, seed=0, resamples=RESAMPLES)
    # Of few perturbations the bootstrap may have no ends.
    return found if found.low <= found.high else unknown


def _ratio(model: np.ndarray, rival: np.ndarray, axis: int) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return model.mean(axis) / rival.mean(axis)
