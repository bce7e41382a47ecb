"""The implication test: whether an edge from A to B means that perturbing A changes B.

Released code of arXiv:2601.15341. An edge is called where the absolute effect exceeds a quantile
of all off-diagonal ones. It holds if B is differentially expressed after perturbing A
(Mann-Whitney, Benjamini-Hochberg). The strict form asks this of sources that were held out from
training, with the threshold from all others.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.cells.expression import benjamini_hochberg, mann_whitney
from causeway.statistics import Interval, bootstrap_interval, share_interval

COLUMNS = [
    *("sources", "quantile", "threshold", "tested", "edges", "held", "probability", "low", "high"),
    *("base", "lift", "odds_ratio", "phi"),
]
"""Columns of the table of the test."""


class Sources(NamedTuple):
    """Perturbed genes with what perturbing them does.

    ``genes``: their columns in the matrix of effects, shape (K,). ``changed``: shape (K, d),
    whether gene j is differentially expressed after perturbing source k. ``held_out``: shape
    (K,), whether the source was absent from training.
    """

    genes: NDArray[np.int_]
    changed: NDArray[np.bool_]
    held_out: NDArray[np.bool_]


def changed_genes(
    perturbed: Iterable[NDArray[np.floating]], control: NDArray[np.floating], rate: float
) -> NDArray[np.bool_]:
    """Genes that are differentially expressed in each perturbation.

    Parameters
    ----------
    perturbed
        Log-normalised cells of each of K perturbations, shape (n_k, d).
    control
        Log-normalised control cells, shape (m, d).
    rate
        False discovery rate among the genes of one perturbation.

    Returns
    -------
    ndarray
        Shape (K, d).
    """
    tests = [benjamini_hochberg(mann_whitney(cells, control).p) <= rate for cells in perturbed]
    return np.array(tests, dtype=bool).reshape(-1, control.shape[1])


def edge_thresholds(
    matrix: NDArray[np.floating], quantiles: Sequence[float], sources: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Quantiles of absolute off-diagonal effects.

    Parameters
    ----------
    matrix
        Effects, shape (d, d), entry ``[i, j]`` being the effect of gene j on gene i.
    quantiles
        Between 0 and 1.
    sources
        Shape (d,): genes j whose effects count.
    """
    counted = ~np.eye(len(matrix), dtype=bool) & sources
    return np.quantile(np.abs(matrix)[counted], quantiles)


def source_counts(
    matrix: NDArray[np.floating],
    genes: Sequence[str],
    sources: Sources,
    quantiles: Sequence[float],
) -> pd.DataFrame:
    """Count for each source how many edges it has and how many of them hold.

    Parameters
    ----------
    matrix
        Effects, shape (d, d), entry ``[i, j]`` being the effect of gene j on gene i.
    genes
        Names.
    sources
        Perturbed genes and what they change.
    quantiles
        An edge is called where the absolute effect is above this quantile of the effects of all
        genes that were not held out.

    Returns
    -------
    DataFrame
        One row per quantile and source: ``quantile, sources`` (``trained`` or ``held-out``),
        ``source, threshold, edges, held`` (edges that hold), ``changed`` (genes that change, with
        an edge or without) and ``others`` (all genes but the source).
    """
    known = np.ones(len(matrix), dtype=bool)
    known[sources.genes[sources.held_out]] = False
    thresholds = edge_thresholds(matrix, quantiles, known)
    strengths = np.abs(matrix[:, sources.genes]).T
    apart = np.arange(len(matrix)) != sources.genes[:, None]
    changed = sources.changed & apart
    tables = []
    for quantile, threshold in zip(quantiles, thresholds, strict=True):
        edges = (strengths > threshold) & apart
        tables.append(
            pd.DataFrame(
                {
                    "quantile": quantile,
                    "sources": np.where(sources.held_out, "held-out", "trained"),
                    "source": [genes[gene] for gene in sources.genes],
                    "threshold": threshold,
                    "edges": edges.sum(axis=1),
                    "held": (edges & changed).sum(axis=1),
                    "changed": changed.sum(axis=1),
                    "others": apart.sum(axis=1),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def implication(counts: pd.DataFrame, bootstraps: int, seed: int) -> pd.DataFrame:
    """Test whether edges imply differential expression, at several quantiles.

    Parameters
    ----------
    counts
        Of :func:`source_counts`; counts of several splits may be joined, each source once.
    bootstraps
        Bootstrap samples behind the intervals. Sources are resampled whole, as all edges of a
        source are tested on the same cells.
    seed
        Makes the intervals repeatable.

    Returns
    -------
    DataFrame
        One row per quantile and group: ``sources, quantile, threshold`` (mean, as splits
        have their own), ``tested`` (sources with an edge), ``edges, held`` (edges that hold),
        ``probability`` of a change given an edge with ``low, high``, ``base`` (of a change given
        nothing), ``lift`` (their ratio), ``odds_ratio`` (with Haldane's correction of one half)
        and ``phi``. NaN where no edge is called.
    """
    rows = []
    for (group, quantile), part in counts.groupby(["sources", "quantile"], sort=False):
        measured = _measures(part, bootstraps, seed)
        rows.append(
            {
                "sources": group,
                "quantile": quantile,
                "threshold": part["threshold"].mean(),
                **measured,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _measures(counts: pd.DataFrame, bootstraps: int, seed: int) -> dict[str, float]:
    called, held = counts["edges"].to_numpy(), counts["held"].to_numpy()
    with_edge = called > 0
    total, hits = int(called.sum()), int(held.sum())
    changes, size = int(counts["changed"].sum()), int(counts["others"].sum())
    interval = _share(held[with_edge], called[with_edge], bootstraps, seed)
    base = changes / size
    # Numbers of pairs: with an edge that holds and that fails, without edge changed and not.
    a, b, c, d = hits, total - hits, changes - hits, size - total - changes + hits
    margins = math.prod((total, size - total, changes, size - changes))
    return {
        "tested": int(with_edge.sum()),
        "edges": total,
        "held": hits,
        "probability": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "base": base,
        "lift": interval.estimate / base if base else math.nan,
        "odds_ratio": (a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)) if total else math.nan,
        "phi": (a * d - b * c) / math.sqrt(margins) if margins else math.nan,
    }


def _share(
    held: NDArray[np.int_], called: NDArray[np.int_], bootstraps: int, seed: int
) -> Interval:
    """Share of edges that hold, with its interval over sources.

    Where all or none hold, resampling cannot tell how sure that is; then it is the exact interval
    of as many sources (Clopper, Pearson, Biometrika 26:404, 1934).
    """
    if not len(called):
        return Interval(math.nan, math.nan, math.nan, 0)
    if held.sum() in (0, called.sum()):
        return share_interval(len(called) if held.any() else 0, len(called))
    return bootstrap_interval(held, called, seed=seed, statistic=_ratio, resamples=bootstraps)


def _ratio(held: NDArray, called: NDArray, axis: int) -> NDArray:
    return np.asarray(held.sum(axis=axis) / called.sum(axis=axis))
