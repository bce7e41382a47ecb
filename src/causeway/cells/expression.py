"""Differential expression by ranks, and how well it is predicted.

The Mann-Whitney test with the Benjamini-Hochberg procedure, vectorised over genes.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

BLOCK = 2**21
"""Values that are ranked at once."""


class RankTest(NamedTuple):
    """Two-sided Mann-Whitney test of each gene; all of shape (genes,).

    ``u`` is the statistic of the first sample, ``z`` its standardised value without continuity
    correction, by which genes can be ordered, ``p`` the probability under no difference.
    """

    u: np.ndarray
    z: np.ndarray
    p: np.ndarray


class Recovery(NamedTuple):
    """How well a set is found; NaN where nothing was predicted or nothing is there to find."""

    precision: float
    recall: float
    f1: float


class Ranking(NamedTuple):
    """How well scores put the members of a set first."""

    auroc: float
    average_precision: float
    precision: float


def mann_whitney(x: np.ndarray, y: np.ndarray) -> RankTest:
    """Test each gene for a difference between two groups of cells.

    Normal approximation with correction for ties and for continuity, as
    ``scipy.stats.mannwhitneyu(method="asymptotic")`` (Mann and Whitney, Ann. Math. Statist.
    18:50, 1947).

    Parameters
    ----------
    x, y
        Cells by genes, shapes (n, genes) and (m, genes).
    """
    n, m = len(x), len(y)
    if not n or not m:
        raise ValueError(f"both groups need cells, not {n} and {m}")
    genes, total = x.shape[1], n + m
    sums, ties = np.empty(genes), np.empty(genes)
    width = max(1, BLOCK // total)
    for start in range(0, genes, width):
        block = slice(start, start + width)
        sums[block], ties[block] = _ranks(x[:, block], y[:, block])
    u = sums - n * (n + 1) / 2
    away = u - n * m / 2
    variance = n * m / 12 * (total + 1 - ties / (total * max(total - 1, 1)))
    spread = np.sqrt(np.maximum(variance, 0))
    varies = spread > 0
    z = np.divide(away, spread, out=np.zeros(genes), where=varies)
    corrected = np.divide(np.abs(away) - 0.5, spread, out=np.zeros(genes), where=varies)
    p = np.where(varies, np.minimum(2 * stats.norm.sf(corrected), 1), 1.0)
    return RankTest(u, z, p)


def _ranks(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the ranks of ``x``, and the sum of t³ - t over groups of ties, per gene."""
    values = np.concatenate([x, y])
    order = values.argsort(axis=0)
    values = np.take_along_axis(values, order, axis=0)
    total, genes = values.shape
    places = np.arange(total)[:, None]
    new = np.ones((total, genes), dtype=bool)
    new[1:] = values[1:] != values[:-1]
    # A tie reaches from its first place to just before the next one.
    first = np.maximum.accumulate(np.where(new, places, 0), axis=0)
    ends = np.vstack([new[1:], np.ones((1, genes), dtype=bool)])
    last = np.minimum.accumulate(np.where(ends, places, total)[::-1], axis=0)[::-1]
    size = (last - first + 1).astype(np.float64)
    sums = np.where(order < len(x), (first + last) / 2 + 1, 0).sum(axis=0)
    return sums, (size**2 - 1).sum(axis=0)


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values that control the false discovery rate.

    Benjamini and Hochberg (J. R. Stat. Soc. B 57:289, 1995), step-up with monotone adjustment.

    Parameters
    ----------
    p
        p-values, last axis is the family of tests; without NaN.
    """
    p = np.asarray(p, dtype=np.float64)
    tests = p.shape[-1]
    order = p.argsort(axis=-1)
    scaled = np.take_along_axis(p, order, axis=-1) * (tests / np.arange(1, tests + 1))
    monotone = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(monotone, 1), axis=-1)
    return adjusted


def recovery(predicted: np.ndarray, true: np.ndarray) -> Recovery:
    """Precision, recall and F1 of a predicted set of genes, as masks of shape (genes,)."""
    both = int(np.sum(predicted & true))
    found, wanted = int(predicted.sum()), int(true.sum())
    return Recovery(
        both / found if found else float("nan"),
        both / wanted if wanted else float("nan"),
        2 * both / (found + wanted) if found + wanted else float("nan"),
    )


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Mask of the ``k`` genes of largest score; the first of equals."""
    mask = np.zeros(len(scores), dtype=bool)
    mask[np.argsort(-scores, kind="stable")[:k]] = True
    return mask


def auroc(scores: np.ndarray, true: np.ndarray) -> float:
    """Probability that a true one scores above another, ties counting half, shape (n,) each.

    NaN without both kinds.
    """
    wanted, others = int(true.sum()), int((~true).sum())
    if not wanted or not others:
        return float("nan")
    ranks = stats.rankdata(scores)[true].sum()
    return float((ranks - wanted * (wanted + 1) / 2) / (wanted * others))


def ranking(scores: np.ndarray, true: np.ndarray) -> Ranking:
    """Score a ranking of genes by a set of genes that should come first.

    Average precision is the sum of precision times step of recall over distinct scores. Genes
    of equal score share what any order of theirs would give on average in the AUROC, and come
    in together in the average precision. The precision is that of the first ``true.sum()``
    genes, averaged over the orders of equal ones.

    Parameters
    ----------
    scores
        Shape (genes,), the larger the earlier.
    true
        Mask of shape (genes,).
    """
    wanted = int(true.sum())
    if not 0 < wanted < len(true):
        return Ranking(float("nan"), float("nan"), float("nan"))
    order = np.argsort(-scores, kind="stable")
    sizes = np.append(np.flatnonzero(np.diff(scores[order])) + 1, len(scores))
    hits = np.cumsum(true[order])[sizes - 1]
    steps = np.diff(hits, prepend=0)
    taken = np.interp(wanted, np.append(0, sizes), np.append(0, hits))
    return Ranking(
        auroc(scores, true), float((hits / sizes * steps).sum() / wanted), float(taken / wanted)
    )
