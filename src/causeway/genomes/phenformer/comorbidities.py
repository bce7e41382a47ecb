"""Which other diseases the subtypes of a disease come with."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

COLUMNS = ["subtype", "disease", "share", "elsewhere", "odds_ratio", "p", "q", "n"]
"""Columns of the table."""


def comorbidities(
    subtypes: ArrayLike,
    labels: ArrayLike,
    diseases: Sequence[str],
    known: ArrayLike | None = None,
) -> pd.DataFrame:
    """Test each disease in each subtype against the other subtypes.

    Fisher's exact test, two-sided; q controls the false discovery rate over all of them
    (Benjamini and Hochberg, J. R. Stat. Soc. B 57:289, 1995).

    Parameters
    ----------
    subtypes
        Group of each person, shape (people,).
    labels
        Who has which disease, mask of shape (people, diseases).
    diseases
        Names, without the disease that all of them have.
    known
        Of whom this is known, the same shape; all if absent.

    Returns
    -------
    DataFrame
        A row per subtype and disease, with the shares of people within and outside who have it;
        empty with only one subtype, or without another disease.
    """
    subtypes, labels = np.asarray(subtypes), np.asarray(labels, dtype=bool)
    known = np.ones(labels.shape, bool) if known is None else np.asarray(known, dtype=bool)
    if labels.shape != (len(subtypes), len(diseases)) or known.shape != labels.shape:
        raise ValueError(f"labels {labels.shape} are not of people by {len(diseases)} diseases")
    names = np.unique(subtypes)
    if len(names) < 2 or not len(diseases):
        return pd.DataFrame(columns=COLUMNS)
    rows = []
    for name in names:
        inside = (subtypes == name)[:, None]
        ill, all_in = (labels & known & inside).sum(axis=0), (known & inside).sum(axis=0)
        ill_out, all_out = (labels & known & ~inside).sum(axis=0), (known & ~inside).sum(axis=0)
        for place, disease in enumerate(diseases):
            a, b, n, m = ill[place], ill_out[place], all_in[place], all_out[place]
            odds, p = stats.fisher_exact([[a, n - a], [b, m - b]])
            rows.append([name, disease, a / max(n, 1), b / max(m, 1), odds, p, np.nan, n + m])
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["q"] = stats.false_discovery_control(table["p"])
    return table
