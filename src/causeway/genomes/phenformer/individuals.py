"""Whether predicted expression follows the person, gene by gene.

Sequence models that rank genes well often fail here, with the wrong sign for many genes (Sasse et
al., Nat. Genet. 55:2060, 2023; Huang et al., Nat. Genet. 55:2056, 2023).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from causeway.statistics import Interval, bootstrap_interval, share_interval

RESAMPLES = 2000
"""Bootstrap samples of genes."""


class Correlations(NamedTuple):
    """Pearson correlation over people and its two-sided p, shape (genes,) each.

    NaN for a gene whose prediction or expression does not vary.
    """

    r: NDArray[np.float64]
    p: NDArray[np.float64]


class Agreement(NamedTuple):
    """Summary over genes.

    ``mean`` and ``median`` of r with intervals over genes; ``negative`` is the share of r < 0
    among the genes that are significant at the false discovery rate, with the exact binomial
    interval, and n their number.
    """

    mean: Interval
    median: Interval
    negative: Interval


def correlations(predicted: ArrayLike, observed: ArrayLike) -> Correlations:
    """Correlate prediction and expression over people for each gene.

    Parameters
    ----------
    predicted, observed
        Shape (people, genes) each.

    Raises
    ------
    ValueError
        If shapes differ, or there are fewer than three people.
    """
    predicted, observed = np.asarray(predicted, dtype=float), np.asarray(observed, dtype=float)
    if predicted.shape != observed.shape or predicted.ndim != 2:
        raise ValueError(f"predicted {predicted.shape} and observed {observed.shape} differ")
    people = len(predicted)
    if people < 3:
        raise ValueError(f"{people} people are too few for a correlation")
    varies = (np.ptp(predicted, axis=0) > 0) & (np.ptp(observed, axis=0) > 0)
    x, y = predicted - predicted.mean(axis=0), observed - observed.mean(axis=0)
    size = np.sqrt(np.square(x).sum(axis=0) * np.square(y).sum(axis=0))
    r = np.divide((x * y).sum(axis=0), size, out=np.full(len(varies), np.nan), where=varies)
    r = np.clip(r, -1, 1)
    with np.errstate(divide="ignore"):
        t = r * np.sqrt((people - 2) / (1 - np.square(r)))
    return Correlations(r, 2 * stats.t.sf(np.abs(t), people - 2))


def agreement(found: Correlations, seed: int, rate: float = 0.05) -> Agreement:
    """Summarise over the genes that vary.

    Parameters
    ----------
    found
        Correlations.
    seed
        Of the bootstrap over genes.
    rate
        False discovery rate (Benjamini and Hochberg, J. R. Stat. Soc. B 57:289, 1995) at which a
        gene counts as significant.

    Raises
    ------
    ValueError
        If no gene varies.
    """
    varies = ~np.isnan(found.r)
    r, p = found.r[varies], found.p[varies]
    if not len(r):
        raise ValueError("no gene varies among these people")
    significant = stats.false_discovery_control(p) <= rate
    return Agreement(
        bootstrap_interval(r, seed=seed, resamples=RESAMPLES),
        bootstrap_interval(r, seed=seed, statistic=np.median, resamples=RESAMPLES),
        share_interval(int((r[significant] < 0).sum()), int(significant.sum())),
    )
