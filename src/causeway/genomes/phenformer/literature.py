"""Ranked contexts against what the literature knows: which tissues a disease is of.

The truth is a curated table with the columns ``disease``, ``context`` and ``source``, a citation.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from causeway.errors import InputError
from causeway.permutations import permutation_p, permute_within
from causeway.rankings import (
    auroc,
    average_precision,
    precision_at,
    reciprocal_rank,
)
from causeway.statistics import t_interval

FIRST = 5
"""Contexts whose precision is told."""
TRUTH = ["disease", "context", "source"]
"""Columns of the curated table."""
METRICS: Mapping[str, Callable[[ArrayLike, ArrayLike], NDArray[np.float64]]] = {
    "auroc": auroc,
    "average-precision": average_precision,
    "precision-at-5": lambda scores, true: precision_at(scores, true, FIRST),
    "reciprocal-rank": reciprocal_rank,
}
"""Each of scores (contexts,) and truths (..., contexts)."""
MEAN = "mean"
"""Row over all diseases."""
COLUMNS = ["disease", "metric", "value", "low", "high", "chance", "p", "true", "contexts", "n"]
"""Columns of the table of matches."""


class Truth(NamedTuple):
    """Known pairs, ``mask`` (diseases, contexts), and their citations."""

    mask: NDArray[np.bool_]
    sources: dict[tuple[str, str], str]


def read_truth(path: Path, diseases: Sequence[str], contexts: Sequence[str]) -> Truth:
    """Read the curated pairs of some diseases.

    Parameters
    ----------
    path
        Table separated by tabs. Rows of other diseases are skipped.
    diseases, contexts
        What is ranked.

    Raises
    ------
    InputError
        If a column is absent, a context is unknown, a pair has no citation or comes twice, or
        none of the diseases occurs.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, comment="#")
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read ({error})", "Give a table with tabs") from error
    if absent := [name for name in TRUTH if name not in table]:
        raise InputError(path, f"no column {', '.join(absent)}", f"Name them {', '.join(TRUTH)}")
    table = table[table["disease"].isin(diseases)]
    if table.empty:
        raise InputError(path, "none of the diseases occurs", f"Name some of {_few(diseases)}")
    if unknown := sorted(set(table["context"]) - set(contexts)):
        raise InputError(path, f"unknown context '{unknown[0]}'", f"Take {_few(contexts)}")
    if (unsourced := table[table["source"].str.strip() == ""]).size:
        row = unsourced.iloc[0]
        raise InputError(
            path, f"no source for '{row['disease']}' in '{row['context']}'", "Add a citation"
        )
    if (repeated := table[table.duplicated(["disease", "context"])]).size:
        row = repeated.iloc[0]
        raise InputError(
            path, f"'{row['disease']}' in '{row['context']}' twice", "Join the citations"
        )
    mask = np.zeros((len(diseases), len(contexts)), dtype=bool)
    rows = pd.Index(diseases).get_indexer(pd.Index(table["disease"]))
    mask[rows, pd.Index(contexts).get_indexer(pd.Index(table["context"]))] = True
    keys = zip(table["disease"], table["context"], strict=True)
    return Truth(mask, dict(zip(keys, table["source"], strict=True)))


def literature_match(
    scores: ArrayLike,
    truth: ArrayLike,
    diseases: Sequence[str],
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    permutations: int = 9999,
) -> pd.DataFrame:
    """Measure how early the known contexts of each disease come.

    Chance and p are those of contexts shuffled within their groups, so that finding the right
    organ alone is not enough; one shuffle serves all diseases, which keeps what they share. A
    disease with no known context, or with all, is left out.

    Parameters
    ----------
    scores
        The larger the earlier, shape (diseases, contexts).
    truth
        Mask of the same shape.
    diseases
        Names.
    rng
        Source of randomness.
    groups
        Organ of each context, shape (contexts,); one group if absent.
    permutations
        Shuffles.

    Returns
    -------
    DataFrame
        Rows per disease and metric, then the mean over diseases with its t interval; ``chance``
        is the mean over shuffles and ``n`` the number of diseases behind the value.

    Raises
    ------
    InputError
        If no disease has both known and other contexts.
    """
    scores, truth = np.asarray(scores, dtype=float), np.asarray(truth, dtype=bool)
    if scores.shape != truth.shape or len(diseases) != len(truth):
        raise ValueError(f"scores {scores.shape} and truth {truth.shape} differ")
    used = np.flatnonzero(truth.any(axis=1) & ~truth.all(axis=1)).tolist()
    if not used:
        raise InputError("truth", "no disease has known and other contexts", "Add pairs")
    contexts = truth.shape[1]
    orders = permute_within(groups, contexts, permutations, rng)
    rows = []
    for name, metric in METRICS.items():
        values = np.array([metric(scores[row], truth[row]) for row in used])
        shuffled = np.column_stack([metric(scores[row], truth[row][orders]) for row in used])
        chances, ps = shuffled.mean(axis=0), permutation_p(values, shuffled)
        for row, value, chance, p in zip(used, values, chances, ps, strict=True):
            known = int(truth[row].sum())
            nan = float("nan")
            rows.append([diseases[row], name, value, nan, nan, chance, p, known, contexts, 1])
        mean, low, high, n = t_interval(values)
        means = shuffled.mean(axis=1)
        p = permutation_p(mean, means)
        known = int(truth[used].sum())
        rows.append([MEAN, name, mean, low, high, means.mean(), float(p), known, contexts, n])
    table = pd.DataFrame(rows, columns=COLUMNS)
    last = table["disease"].to_numpy() == MEAN
    return table.iloc[np.argsort(last, kind="stable")].reset_index(drop=True)


def random_scores(diseases: int, contexts: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Scores that know nothing, shape (diseases, contexts)."""
    return rng.random((diseases, contexts))


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
