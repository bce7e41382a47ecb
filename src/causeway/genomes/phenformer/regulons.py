"""Hypotheses about bacterial regulation against known regulons: which regulator acts on a gene.

The real counterpart of disease and context. The truth is a table of regulators and their genes
with the columns ``regulator`` and ``gene_id``, as ``TRN.csv`` of PRECISE 2 (SBRG/precise2).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from causeway.errors import InputError
from causeway.genomes.phenformer.shuffling import shuffled_networks
from causeway.permutations import permutation_p
from causeway.rankings import auroc, average_precision, precision_at
from causeway.statistics import bootstrap_interval

COLUMNS = ["ranked", "metric", "value", "low", "high", "chance", "p", "edges", "n"]
"""Columns of the table of matches."""
FIRST = 5
"""Places whose precision is told."""
METRICS = {
    "auroc": auroc,
    "average-precision": average_precision,
    "precision-at-5": lambda scores, true: precision_at(scores, true, FIRST),
}
"""Each of scores (n,) and truths (..., n)."""


class Network(NamedTuple):
    """Known edges, ``edges`` (genes, regulators), by name."""

    edges: NDArray[np.bool_]
    genes: list[str]
    regulators: list[str]


def read_network(path: Path, genes: Sequence[str], least: int = 5) -> Network:
    """Read who regulates some genes.

    Parameters
    ----------
    path
        Table with commas, or with tabs (``.tsv``). Rows of other genes are skipped.
    genes
        Identifiers of the genes that are scored, in order.
    least
        Regulators of fewer of these genes are left out.

    Raises
    ------
    InputError
        If a column is absent, no row is of the genes, or no regulator has enough of them.
    """
    try:
        table = pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",", dtype=str)
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read ({error})", "Give a .csv or .tsv file") from error
    needed = ["regulator", "gene_id"]
    if absent := [name for name in needed if name not in table]:
        raise InputError(
            path, f"no column {', '.join(absent)}", f"Name the columns {', '.join(needed)}"
        )
    table = table.dropna(subset=needed)
    known = table[table["gene_id"].isin(genes)].drop_duplicates(needed)
    if known.empty:
        raise InputError(
            path,
            f"none of its genes is among the {len(genes)} that are scored",
            f"Use identifiers like '{genes[0]}', not '{_first(table['gene_id'])}'",
        )
    sizes = known["regulator"].value_counts()
    regulators = sorted(sizes[sizes >= least].index)
    if not regulators:
        raise InputError(
            path, f"no regulator of {least} genes, the most have {sizes.max()}", "Ask for fewer"
        )
    known = known[known["regulator"].isin(regulators)]
    edges = np.zeros((len(genes), len(regulators)), dtype=bool)
    rows = pd.Index(genes).get_indexer(pd.Index(known["gene_id"]))
    edges[rows, pd.Index(regulators).get_indexer(pd.Index(known["regulator"]))] = True
    return Network(edges, list(genes), regulators)


def mean_profiles(deviations: ArrayLike, edges: ArrayLike) -> NDArray[np.float64]:
    """Mean deviation of each regulator's genes over contexts.

    Parameters
    ----------
    deviations
        Measured deviations of training genes from their means, shape (genes, contexts).
    edges
        Mask (genes, regulators) of the same genes.

    Returns
    -------
    ndarray
        Shape (regulators, contexts); zero for a regulator without such a gene.
    """
    edges = np.asarray(edges, dtype=float)
    number = edges.sum(axis=0)[:, None]
    total = edges.T @ np.asarray(deviations, dtype=float)
    return np.divide(total, number, out=np.zeros_like(total), where=number > 0)


def profile_scores(deviations: ArrayLike, profiles: ArrayLike) -> NDArray[np.float64]:
    """Absolute correlation of genes with regulators over conditions.

    Parameters
    ----------
    deviations
        Predicted deviation of each gene from its mean, shape (genes, conditions).
    profiles
        Measured expression of the gene of each regulator, shape (regulators, conditions).

    Returns
    -------
    ndarray
        Shape (genes, regulators); zero for what does not vary.
    """
    return np.abs(_standardised(deviations) @ _standardised(profiles).T)


def regulon_match(
    scores: ArrayLike,
    edges: ArrayLike,
    *,
    rng: np.random.Generator,
    shuffles: int = 199,
) -> pd.DataFrame:
    """Measure how early known edges come: genes ranked per regulator, and regulators per gene.

    Chance and p are those of networks in which every regulator keeps its number of genes and
    every gene its number of regulators: knowing which genes are much regulated is not enough.

    Parameters
    ----------
    scores
        The larger the earlier, shape (genes, regulators).
    edges
        Mask of the same shape.
    rng
        Source of randomness.
    shuffles
        Random networks.

    Returns
    -------
    DataFrame
        A row per direction and metric: the mean over the ranked lists that hold both kinds, its
        bootstrap interval over lists, and their number ``n``.

    Raises
    ------
    InputError
        If no gene, or no regulator, has both.
    """
    scores, edges = np.asarray(scores, dtype=float), np.asarray(edges, dtype=bool)
    if scores.shape != edges.shape or scores.ndim != 2:
        raise ValueError(f"scores {scores.shape} and edges {edges.shape} differ")
    seed = int(rng.integers(2**32))
    random = shuffled_networks(edges.T, shuffles, rng)
    # Lists first, what is ranked last, for each direction.
    directions = {
        "genes": (scores.T, edges.T, random),
        "regulators": (scores, edges, random.transpose(0, 2, 1)),
    }
    rows = []
    for ranked, (lists, truth, null) in directions.items():
        used = np.flatnonzero(truth.any(axis=1) & ~truth.all(axis=1))
        if not len(used):
            raise InputError("edges", f"no list of {ranked} has edges and gaps", "Take more genes")
        for name, metric in METRICS.items():
            values = np.array([metric(lists[row], truth[row]) for row in used])
            chance = np.mean([metric(lists[row], null[:, row]) for row in used], axis=0)
            value, low, high, n = bootstrap_interval(values, seed=seed, resamples=1999)
            p = float(permutation_p(value, chance))
            rows.append([ranked, name, value, low, high, chance.mean(), p, int(edges.sum()), n])
    return pd.DataFrame(rows, columns=COLUMNS)


def _standardised(values: ArrayLike) -> NDArray[np.float64]:
    centred = np.asarray(values, dtype=float)
    centred = centred - centred.mean(axis=1, keepdims=True)
    size = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.divide(centred, size, out=np.zeros_like(centred), where=size > 1e-12)


def _first(values: pd.Series) -> str:
    return str(values.iloc[0]) if len(values) else ""
