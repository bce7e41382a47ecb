"""How well expression is predicted: across genes, between contexts and between people.

Arrays have genes (or people) as rows and contexts (or genes) as columns; units are those of the
expression table, log(1 + TPM). Correlations are over rows, one per column. A prediction that does
not vary explains nothing and counts 0; where the observations do not vary, the value is NaN.
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from causeway.statistics import Interval, bootstrap_interval

Matrix = NDArray[np.floating]

TOP = 5
"""Contexts among which the most deviating one has to be found."""
FLAT = 1e-9
"""Standard deviation below which values do not vary."""

Weighted = Callable[[Matrix], Matrix]
"""A metric of R samples, (R,), whose weights (R, n) say how often each gene is in each."""


def pearson(predicted: Matrix, observed: Matrix) -> Matrix:
    """Pearson correlation over rows, shape (K,), of arrays (n, K)."""
    return moments(predicted, observed).correlation(_once(predicted))[0]


def spearman(predicted: Matrix, observed: Matrix) -> Matrix:
    """Spearman correlation over rows, shape (K,), of arrays (n, K); ties have their mean rank."""
    return pearson(_ranks(predicted), _ranks(observed))


def r_squared(predicted: Matrix, observed: Matrix, reference: Matrix) -> Matrix:
    """Share of the squared error of a reference that the prediction removes, shape (K,).

    Parameters
    ----------
    predicted, observed
        Shape (n, K).
    reference
        Mean of each context over the training genes, shape (K,). It stands for the prediction of
        one who knows nothing of the sequence, so that the value may be negative.
    """
    return errors(predicted, observed, reference).share(_once(predicted))[0]


def deviations(values: Matrix) -> Matrix:
    """What is left of expression (n, K) without the means of its genes and of its contexts."""
    values = np.asarray(values, dtype=np.float64)
    by_gene = values - values.mean(axis=1, keepdims=True)
    return by_gene - by_gene.mean(axis=0, keepdims=True)


def deviation_pearson(predicted: Matrix, observed: Matrix) -> Matrix:
    """Pearson correlation over genes of deviations, shape (K,); NaN for a single context.

    Tells whether a model knows in which context a gene is high, apart from how high it is overall.
    """
    return pearson(deviations(predicted), deviations(observed))


def context_found(predicted: Matrix, observed: Matrix, top: int = TOP) -> Matrix:
    """Whether the context in which a gene deviates most is among the highest predicted ones.

    Parameters
    ----------
    predicted, observed
        Shape (n, K).
    top
        Number of predicted contexts.

    Returns
    -------
    (n,) array
        1 or 0; between them where ties decide, the probability under random order.
    """
    ours = deviations(predicted)
    wanted = deviations(observed).argmax(axis=1)
    score = np.take_along_axis(ours, wanted[:, None], axis=1)
    above = (ours > score + FLAT).sum(axis=1)
    equal = (np.abs(ours - score) <= FLAT).sum(axis=1)
    return np.clip((top - above) / equal, 0, 1)


def strand_difference(forward: Matrix, reverse: Matrix) -> Matrix:
    """Mean absolute difference of predictions from both strands, shape (n,), of arrays (n, K)."""
    return np.abs(forward - reverse).mean(axis=1)


def across_people(predicted: Matrix, observed: Matrix) -> Matrix:
    """Pearson correlation over people for each gene, shape (G,), of arrays (people, G)."""
    return pearson(predicted, observed)


class Moments(NamedTuple):
    """Two arrays (n, K) without their means, of which weighted correlations are taken."""

    x: Matrix
    y: Matrix

    def correlation(self, weights: Matrix) -> Matrix:
        """Return correlations (R, K) for weights (R, n), by matrix products alone."""
        total = weights.sum(axis=1, keepdims=True)

        def mean(values: Matrix) -> Matrix:
            return weights @ values / total

        x, y = mean(self.x), mean(self.y)
        xx, yy = mean(self.x**2) - x**2, mean(self.y**2) - y**2
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (mean(self.x * self.y) - x * y) / np.sqrt(xx * yy)
        found = np.where(xx > FLAT**2, np.clip(found, -1, 1), 0)
        return np.where(yy > FLAT**2, found, np.nan)


def moments(predicted: Matrix, observed: Matrix) -> Moments:
    """Prepare two arrays (n, K) for their correlations."""
    arrays = [np.asarray(values, dtype=np.float64) for values in (predicted, observed)]
    return Moments(*(values - values.mean(axis=0) for values in arrays))


class Errors(NamedTuple):
    """Squared errors (n, K) of a prediction and of the reference."""

    ours: Matrix
    theirs: Matrix

    def share(self, weights: Matrix) -> Matrix:
        """Return the share of error removed, (R, K), for weights (R, n)."""
        theirs = weights @ self.theirs
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(theirs > 0, 1 - weights @ self.ours / theirs, np.nan)


def errors(predicted: Matrix, observed: Matrix, reference: Matrix) -> Errors:
    """Square the errors of a prediction and of the reference."""
    observed = np.asarray(observed, dtype=np.float64)
    return Errors((observed - predicted) ** 2, (observed - reference) ** 2)


def _pearson(predicted: Matrix, observed: Matrix, _: Matrix) -> Weighted:
    both = moments(predicted, observed)
    return lambda weights: _mean(both.correlation(weights))


def _spearman(predicted: Matrix, observed: Matrix, _: Matrix) -> Weighted:
    both = moments(_ranks(predicted), _ranks(observed))
    return lambda weights: _mean(both.correlation(weights))


def _r_squared(predicted: Matrix, observed: Matrix, reference: Matrix) -> Weighted:
    both = errors(predicted, observed, reference)
    return lambda weights: _mean(both.share(weights))


def _deviation(predicted: Matrix, observed: Matrix, _: Matrix) -> Weighted:
    both = moments(deviations(predicted), deviations(observed))
    return lambda weights: _mean(both.correlation(weights))


def _found(predicted: Matrix, observed: Matrix, _: Matrix) -> Weighted:
    found = context_found(predicted, observed)
    return lambda weights: weights @ found / weights.sum(axis=1)


ACROSS_GENES: dict[str, Callable[[Matrix, Matrix, Matrix], Weighted]] = {
    "pearson": _pearson,
    "spearman": _spearman,
    "r-squared": _r_squared,
}
"""Metrics averaged over contexts, of predicted and observed expression and the training mean."""
BETWEEN_CONTEXTS: dict[str, Callable[[Matrix, Matrix, Matrix], Weighted]] = {
    "deviation": _deviation,
    f"context-top{TOP}": _found,
}
"""Metrics that need more than one context."""


def evaluate(
    predicted: Matrix, observed: Matrix, reference: Matrix, seed: int, resamples: int = 9_999
) -> dict[str, Interval]:
    """All metrics across genes, with intervals by bootstrap over genes. All are to be large.

    Parameters
    ----------
    predicted, observed
        Shape (n, K): held-out genes by contexts.
    reference
        Mean of each context over the training genes, shape (K,).
    seed
        Of the bootstrap.
    resamples
        Bootstrap samples.

    Returns
    -------
    dict
        Intervals of ``pearson``, ``spearman`` (ranks are those of the whole sample), ``r-squared``
        and, with more than one context, ``deviation`` and ``context-top5``.
    """
    return {
        name: _interval(score(predicted, observed, reference), len(observed), seed, resamples)
        for name, score in _defined(observed).items()
    }


def difference(
    ours: Matrix,
    theirs: Matrix,
    observed: Matrix,
    reference: Matrix,
    seed: int,
    resamples: int = 9_999,
) -> dict[str, Interval]:
    """By how much one prediction is better than another of the same genes.

    Genes are resampled for both at once, so that what they have in common cancels.

    Parameters
    ----------
    ours, theirs, observed
        Shape (n, K).
    reference, seed, resamples
        As of :func:`evaluate`.
    """
    found = {}
    for name, score in _defined(observed).items():
        a, b = score(ours, observed, reference), score(theirs, observed, reference)
        found[name] = _interval(_minus(a, b), len(observed), seed, resamples)
    return found


def _minus(a: Weighted, b: Weighted) -> Weighted:
    return lambda weights: a(weights) - b(weights)


def _defined(observed: Matrix) -> dict[str, Callable[[Matrix, Matrix, Matrix], Weighted]]:
    return ACROSS_GENES | (BETWEEN_CONTEXTS if observed.shape[1] > 1 else {})


def _interval(score: Weighted, genes: int, seed: int, resamples: int) -> Interval:
    """Bootstrap a metric over genes; a metric that no sample changes has no interval."""

    def statistic(drawn: Matrix, axis: int) -> Matrix:
        drawn = np.moveaxis(np.asarray(drawn), axis, -1)
        rows = drawn.reshape(-1, drawn.shape[-1]).astype(np.int64)
        rows += genes * np.arange(len(rows))[:, None]
        weights = np.bincount(rows.ravel(), minlength=genes * len(rows)).reshape(-1, genes)
        return score(weights.astype(np.float64)).reshape(drawn.shape[:-1])

    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        return bootstrap_interval(
            np.arange(genes), seed=seed, statistic=statistic, resamples=resamples
        )


def _mean(values: Matrix) -> Matrix:
    """Average over contexts that have a value."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0).sum(axis=-1) / known.sum(axis=-1)


def _ranks(values: Matrix) -> Matrix:
    return stats.rankdata(values, axis=0)


def _once(values: Matrix) -> Matrix:
    return np.ones((1, len(values)))
