"""What parts of a split have in common, counted for every pair of parts."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.splits import PARTS

COLUMNS = ["one", "other", "what", "number"]
"""Columns of the report."""


def leakage(
    split: pd.DataFrame,
    genes: pd.DataFrame,
    windows: pd.DataFrame | None = None,
    *,
    families: Mapping[str, str] | None = None,
    people: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count what each two parts share; a clean split has zeros everywhere it promises them.

    Parameters
    ----------
    split
        Columns ``gene`` and ``part``.
    genes
        Table of genes; ``operon`` is used.
    windows
        Columns ``gene``, ``contig``, ``start`` and ``end``; None: overlaps are not counted.
    families
        Family of each gene; None: not counted.
    people
        Split of people; None: not counted.

    Returns
    -------
    DataFrame
        Columns ``one``, ``other`` (parts), ``what`` (genes, operons, families, contigs,
        overlapping bases, people) and ``number``.
    """
    table = split.merge(genes, on="gene", how="left", suffixes=("", "_of_gene"))
    rows: list[tuple[str, str, str, int]] = []
    for one, other in combinations(PARTS, 2):
        first, second = (table[table["part"] == part] for part in (one, other))
        rows.append((one, other, "genes", _common(first["gene"], second["gene"])))
        if "operon" in table:
            named = [part["operon"].fillna("") for part in (first, second)]
            number = _common(*(part[part != ""] for part in named))
            rows.append((one, other, "operons", number))
        if families is not None:
            kin = [
                part["gene"].map(lambda gene: families.get(gene, gene)) for part in (first, second)
            ]
            rows.append((one, other, "families", _common(*kin)))
        rows.append((one, other, "contigs", _common(first["contig"], second["contig"])))
        if windows is not None:
            parts = [windows[windows["gene"].isin(part["gene"])] for part in (first, second)]
            rows.append((one, other, "overlapping bases", shared_bases(*parts)))
        if people is not None:
            persons = [people.loc[people["part"] == part, "person"] for part in (one, other)]
            rows.append((one, other, "people", _common(*persons)))
    return pd.DataFrame(rows, columns=COLUMNS)


def shared_bases(one: pd.DataFrame, other: pd.DataFrame) -> int:
    """Bases that lie in windows of both tables, each counted once."""
    total = 0
    for contig in set(one["contig"]) & set(other["contig"]):
        first, second = (_merged(table[table["contig"] == contig]) for table in (one, other))
        edges = np.concatenate([first.reshape(-1), second.reshape(-1)])
        steps = np.concatenate([_steps(first), _steps(second)])
        order = np.argsort(edges, kind="stable")
        depth = np.cumsum(steps[order])
        width = np.diff(edges[order], append=edges[order][-1:])
        total += int(width[depth == 2].sum())
    return total


def _merged(windows: pd.DataFrame) -> NDArray[np.int64]:
    """Union of windows as stretches that do not touch, shape (n, 2)."""
    start, end = (windows[name].to_numpy(np.int64) for name in ("start", "end"))
    order = np.argsort(start, kind="stable")
    start, reach = start[order], np.maximum.accumulate(end[order])
    fresh = np.concatenate([[True], start[1:] > reach[:-1]])
    last = np.append(np.flatnonzero(fresh)[1:] - 1, len(start) - 1)
    return np.column_stack([start[fresh], reach[last]])


def _steps(stretches: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.tile(np.array([1, -1]), len(stretches))


def _common(one: "pd.Series[str]", other: "pd.Series[str]") -> int:
    return len(set(one) & set(other))
