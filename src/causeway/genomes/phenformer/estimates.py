"""Scores of contexts for diseases, with intervals over people."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causeway.bootstrap import draw_counts
from causeway.rankings import auroc

TAILS = (0.025, 0.975)
"""Percentiles between which intervals reach."""


class Estimates(NamedTuple):
    """The larger the more a context matters to a disease; NaN where nothing can be said.

    ``value``, ``low`` and ``high`` are of shape (diseases, contexts), ``n`` (diseases,) counts
    the people behind them.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int_]


def mean_over_cases(
    changes: ArrayLike,
    labels: ArrayLike,
    known: ArrayLike,
    *,
    rng: np.random.Generator,
    resamples: int = 1000,
    against_controls: bool = False,
) -> Estimates:
    """Average what each person shows over the cases of each disease.

    Parameters
    ----------
    changes
        Shape (people, diseases, contexts).
    labels, known
        Who has, and of whom it is known, masks of shape (people, diseases).
    rng
        Source of the bootstrap; cases are drawn, and controls apart from them.
    resamples
        Bootstrap samples.
    against_controls
        Whether the mean over controls is subtracted. It takes out what a network does to
        everybody when a context is taken away.
    """
    changes = np.asarray(changes, dtype=np.float64)
    labels, known = np.asarray(labels, dtype=bool), np.asarray(known, dtype=bool)
    _, diseases, contexts = changes.shape
    found = _nothing(diseases, contexts)
    for disease in range(diseases):
        cases = known[:, disease] & labels[:, disease]
        groups = [cases]
        if against_controls:
            groups.append(known[:, disease] & ~labels[:, disease])
        found.n[disease] = sum(int(group.sum()) for group in groups)
        if not all(group.any() for group in groups):
            continue
        value, resampled = np.zeros(contexts), np.zeros((resamples, contexts))
        for sign, group in zip((1, -1), groups, strict=False):
            members = changes[group, disease]
            counts = draw_counts(np.zeros(len(members)), resamples, rng)
            value += sign * members.mean(axis=0)
            resampled += sign * (counts @ members) / len(members)
        found.value[disease] = value
        found.low[disease], found.high[disease] = np.quantile(resampled, TAILS, axis=0)
    return found


def area_by_context(
    risks: ArrayLike,
    labels: ArrayLike,
    known: ArrayLike,
    *,
    rng: np.random.Generator,
    resamples: int = 1000,
) -> Estimates:
    """Area under the curve of the risk that each context gives by itself.

    The same people are drawn for all contexts, cases and controls apart.

    Parameters
    ----------
    risks
        Shape (people, diseases, contexts).
    labels, known
        Who has, and of whom it is known, masks of shape (people, diseases).
    rng
        Source of the bootstrap.
    resamples
        Bootstrap samples.
    """
    risks = np.asarray(risks, dtype=np.float64)
    labels, known = np.asarray(labels, dtype=bool), np.asarray(known, dtype=bool)
    _, diseases, contexts = risks.shape
    found = _nothing(diseases, contexts)
    for disease in range(diseases):
        rows = known[:, disease]
        cases = labels[rows, disease]
        found.n[disease] = len(cases)
        if cases.all() or not cases.any():
            continue
        counts = draw_counts(cases, resamples, rng)
        for context in range(contexts):
            scores = risks[rows, disease, context]
            found.value[disease, context] = auroc(scores, cases)
            ends = np.quantile(auroc(scores, cases, counts), TAILS)
            found.low[disease, context], found.high[disease, context] = ends
    return found


def without_people(scores: ArrayLike) -> Estimates:
    """Scores (diseases, contexts) that rest on no people, hence without intervals over them."""
    value = np.asarray(scores, dtype=np.float64)
    unknown = np.full(value.shape, np.nan)
    return Estimates(value, unknown, unknown, np.zeros(len(value), dtype=int))


def _nothing(diseases: int, contexts: int) -> Estimates:
    value, low, high = np.full((3, diseases, contexts), np.nan)
    return Estimates(value, low, high, np.zeros(diseases, dtype=int))
