"""The implication test as rows of the table of metrics."""

import math
from collections.abc import Iterator

import pandas as pd

from causeway.statistics import Interval


def implication_metrics(
    table: pd.DataFrame, word: str = "implication"
) -> Iterator[tuple[str, Interval]]:
    """Name the numbers of an implication test.

    Parameters
    ----------
    table
        Of :func:`causeway.cells.lcd.implication.implication`.
    word
        Stands first in names.

    Yields
    ------
    name, interval
        ``<word>/<sources>/<what>-q<quantile>``: ``probability`` of a change given an edge with
        its interval over sources, ``lift`` over the base rate with the same interval divided by
        that rate, and number of ``edges``; and ``<word>/<sources>/base``.
    """
    for row in table.to_dict("records"):
        start, end = f"{word}/{row['sources']}", f"q{row['quantile']:g}"
        n = max(1, row["tested"])
        share, low, high, base = (row[name] for name in ("probability", "low", "high", "base"))
        yield f"{start}/probability-{end}", Interval(share, low, high, n)
        if base > 0:
            yield f"{start}/lift-{end}", Interval(share / base, low / base, high / base, n)
        yield f"{start}/edges-{end}", Interval(float(row["edges"]), math.nan, math.nan, n)
    for name, part in table.groupby("sources", sort=False):
        yield f"{word}/{name}/base", Interval(float(part["base"].iloc[0]), math.nan, math.nan, 1)
