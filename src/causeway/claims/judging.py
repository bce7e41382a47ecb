"""Judge claims by metrics: one rule for all kinds of tests.

Each test gives an estimate with an interval and the region in which the claim holds. An interval
inside the region reproduces the claim, one outside it does not, and one that straddles its edge
is inconclusive.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway import statistics
from causeway.claims.definition import Bound, Claim, Order, Slope, Trend, Unjudged, Value
from causeway.errors import InputError
from causeway.evidence import Evidence, difference, mean
from causeway.statistics import Interval

UNKNOWN = Interval(math.nan, math.nan, math.nan, 0)


class Verdict(StrEnum):
    """What can be said of a claim, the best first."""

    REPRODUCED = "reproduced"
    INCONCLUSIVE = "inconclusive"
    NOT_REPRODUCED = "not reproduced"
    NOT_ATTEMPTED = "not attempted at this scale"
    NOT_REPRODUCIBLE = "not reproducible here"


class Region(NamedTuple):
    """Where a claim holds; an open region does not contain its ends."""

    low: float = -math.inf
    high: float = math.inf
    open: bool = False


EVERYWHERE = Region()
NO_EVIDENCE = Evidence(UNKNOWN)


@dataclass(frozen=True)
class Judgement:
    """The verdict on one claim on one dataset."""

    dataset: str
    verdict: Verdict
    reason: str
    evidence: Evidence = NO_EVIDENCE
    region: Region = EVERYWHERE


def judge(name: str, claim: Claim, metrics: pd.DataFrame, scale: str) -> list[Judgement]:
    """Judge one claim, on each dataset of the run that it speaks of.

    Parameters
    ----------
    name
        Name of the claim, for messages.
    claim
        The claim.
    metrics
        Table as of :func:`causeway.metrics.read`, of one system.
    scale
        Scale of the run.

    Returns
    -------
    list of Judgement
        At least one: a claim that is not judged says why.

    Raises
    ------
    InputError
        If the claim names a metric that the run does not have.
    """
    if isinstance(claim.test, Unjudged):
        attempted = claim.test.verdict == "not attempted"
        verdict = Verdict.NOT_ATTEMPTED if attempted else Verdict.NOT_REPRODUCIBLE
        return [Judgement("", verdict, claim.because)]
    if scale not in claim.scale:
        reason = claim.because or f"Judged at scale {' and '.join(claim.scale)} only"
        return [Judgement("", Verdict.NOT_ATTEMPTED, reason)]
    if all(side.dataset for side in claim.sides()):
        datasets = [""]
    elif not (datasets := _datasets(claim, metrics)):
        reason = f"This run has no metrics on {' or '.join(claim.datasets or [])}"
        return [Judgement("", Verdict.NOT_ATTEMPTED, reason)]
    _check_metrics(name, claim, metrics)
    return [_judge_on(name, claim, metrics, dataset) for dataset in datasets]


def judge_all(
    claims: Mapping[str, Claim], metrics: pd.DataFrame, scale: str
) -> list[tuple[str, Claim, Judgement]]:
    """Judge all claims of a system; each appears at least once, in the order of the file."""
    return [
        (name, claim, judgement)
        for name, claim in claims.items()
        for judgement in judge(name, claim, metrics, scale)
    ]


def compare(interval: Interval, region: Region) -> Verdict:
    """Say whether an interval lies inside a region, outside it, or across its edge."""
    estimate, low, high, _ = interval
    if not all(map(math.isfinite, (estimate, low, high))):
        return Verdict.INCONCLUSIVE
    if region.open:
        inside = region.low < low and high < region.high
        outside = high <= region.low or low >= region.high
    else:
        inside = region.low <= low and high <= region.high
        outside = high < region.low or low > region.high
    if inside:
        return Verdict.REPRODUCED
    return Verdict.NOT_REPRODUCED if outside else Verdict.INCONCLUSIVE


def _datasets(claim: Claim, metrics: pd.DataFrame) -> list[str]:
    """Datasets of the run that a claim speaks of: those named, else those with its variants."""
    if claim.datasets is not None:
        return [name for name in metrics["dataset"].unique() if name in claim.datasets]
    variants = {side.variant for side in claim.sides()}
    concerned = metrics[metrics["variant"].isin(variants)]
    return list((metrics if concerned.empty else concerned)["dataset"].unique())


def _check_metrics(name: str, claim: Claim, metrics: pd.DataFrame) -> None:
    available = sorted(metrics["metric"].unique())
    for side in claim.sides():
        if claim.metric_of(side) not in available:
            raise InputError(
                f"claim {name}",
                f"the run has no metric {claim.metric_of(side)!r}",
                f"Name one of {', '.join(available) or '(none: there are no metrics at all)'}",
            )


def _judge_on(name: str, claim: Claim, metrics: pd.DataFrame, dataset: str) -> Judgement:
    samples = []
    for side in claim.sides():
        place = side.dataset or dataset
        runs = metrics[(metrics["dataset"] == place) & (metrics["variant"] == side.variant)]
        sample = runs[runs["metric"] == claim.metric_of(side)].set_index("seed").sort_index()
        if runs.empty:
            reason = f"This run has no variant {side.variant!r} on {place}"
            return Judgement(place, Verdict.NOT_ATTEMPTED, reason)
        if sample.empty:
            raise InputError(
                f"claim {name}",
                f"variant {side.variant!r} on {place} has no metric {claim.metric_of(side)!r}",
                f"Name one of {', '.join(sorted(runs['metric'].unique()))}",
            )
        samples.append(sample)
    places = dict.fromkeys(side.dataset or dataset for side in claim.sides())
    evidence, region = _evidence(claim, samples)
    verdict = compare(evidence.interval, region)
    return Judgement(", ".join(places), verdict, _reason(evidence, samples), evidence, region)


def _evidence(claim: Claim, samples: Sequence[pd.DataFrame]) -> tuple[Evidence, Region]:
    match claim.test:
        case Value() as test:
            return mean(samples[0]), Region(*test.around(claim.number))
        case Bound() as test:
            return mean(samples[0]), Region(test.low, test.high, open=test.strict)
        case Order() as test:
            return difference(*samples), Region(test.margin, open=True)
        case Slope() as test:
            x = np.array(sorted(point.x for point in test.points))
            return _slope(x, samples, test.axes == "log"), Region(*test.around(claim.number))
        case Trend() as test:
            return _weakest_step(samples, test.direction == "rising"), Region(0.0, open=True)
    raise AssertionError(f"no way to judge {claim.test}")


def _slope(x: np.ndarray, samples: Sequence[pd.DataFrame], log: bool) -> Evidence:
    """Slope per seed with Student's interval; of a single seed, the interval of the fit."""
    table = pd.concat([sample["value"] for sample in samples], axis=1, join="inner").to_numpy()
    if not len(table):
        table = np.array([[sample["value"].mean() for sample in samples]])
    with np.errstate(divide="ignore", invalid="ignore"):
        x, table = (np.log(x), np.log(table)) if log else (x, table)
    if not (np.isfinite(x).all() and np.isfinite(table).all()):
        return Evidence(UNKNOWN, "points", "logarithm of values that are not positive")
    fits = [statistics.slope_interval(x, line) for line in table]
    if len(fits) == 1:
        return Evidence(fits[0], "points", f"one line through {len(x)} points")
    interval = statistics.t_interval([fit.estimate for fit in fits])
    return Evidence(interval, "seeds", f"{len(x)} points, a line per seed")


def _weakest_step(samples: Sequence[pd.DataFrame], rising: bool) -> Evidence:
    """Step that speaks most against the trend.

    All steps must go the same way: an intersection-union test, for which each step at the full
    level is enough (R. L. Berger, Technometrics 24:295, 1982).
    """
    pairs = zip(samples[1:], samples[:-1], strict=True)
    steps = [difference(*(pair if rising else reversed(pair))) for pair in pairs]
    ranks = [Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE, Verdict.REPRODUCED]
    weakest = min(
        steps,
        key=lambda step: (
            ranks.index(compare(step.interval, Region(0.0, open=True))),
            step.interval.estimate,
        ),
    )
    return weakest._replace(how=f"weakest of {len(steps)} steps: {weakest.how}")


def _reason(evidence: Evidence, samples: Sequence[pd.DataFrame]) -> str:
    lost = sorted({seed for sample in samples for seed in sample.index[~_finite(sample)]})
    if lost:
        return f"No finite value with seed {', '.join(map(str, lost))}"
    single = any((sample["n"] == 1).any() for sample in samples)
    how = evidence.how + single * "; a single test unit, so how units differ is unknown"
    if math.isnan(evidence.interval.low):
        return f"No interval: {how}"
    return how[:1].upper() + how[1:]


def _finite(sample: pd.DataFrame) -> np.ndarray:
    return np.isfinite(sample["value"].to_numpy())
