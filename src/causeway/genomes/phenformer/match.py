"""Compare ranked contexts and genes with known ones: planted, or told by the literature."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.phenformer.literature import COLUMNS, MEAN, literature_match
from causeway.genomes.phenformer.numbers import write_numbers
from causeway.genomes.phenformer.settings import Hypotheses
from causeway.statistics import Interval


def match(
    *,
    scores: Path,
    gene_scores: Path,
    truth: Path,
    matches: Path,
    metrics: Path,
    settings: Hypotheses,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Measure how early each estimator names the known contexts, and genes where these are known.

    Parameters
    ----------
    scores, gene_scores
        Tables of ``hypothesise``, which tell the known contexts, and genes if they were planted.
    truth
        Folder of ``index``: where expression is drawn, it tells the organs of contexts, within
        which contexts are shuffled; measured ones are shuffled among all.
    matches
        Table to write (TSV): agreement with the known contexts, by estimator.
    metrics
        Metrics to write: ``hypotheses/<estimator>/<metric>`` with intervals over diseases, what
        it is ``-above-chance``, and its permutation ``-p``.
    settings
        Section of the configuration.
    dataset, variant, seed
        The run.
    """
    table, genes = pd.read_parquet(scores), pd.read_parquet(gene_scores)
    contexts = list(dict.fromkeys(table["context"]))
    matched = _matched(table, "context", _organs(truth, contexts), settings, seed)
    if "true" in genes:
        of_genes = _matched(genes, "gene", None, settings, seed)
        matched = pd.concat([matched, of_genes], ignore_index=True)
    matched.to_csv(matches, sep="\t", index=False)
    write_numbers(dict(_told(matched)), metrics, dataset=dataset, variant=variant, seed=seed)


def _matched(
    table: pd.DataFrame,
    kind: str,
    groups: NDArray[np.object_] | None,
    settings: Hypotheses,
    seed: int,
) -> pd.DataFrame:
    """Agreement of each estimator of a table, sorted by disease, then by context or gene."""
    diseases = list(dict.fromkeys(table["disease"]))
    shape = (len(diseases), table[kind].nunique())
    tables = [
        literature_match(
            np.nan_to_num(rows["value"].to_numpy(), nan=-np.inf).reshape(shape),
            rows["true"].to_numpy().reshape(shape),
            diseases,
            rng=np.random.default_rng(seed),
            groups=groups,
            permutations=settings.permutations,
        ).assign(estimator=name)
        for name, rows in table.groupby("estimator", sort=False)
    ]
    return pd.concat(tables, ignore_index=True)[["estimator", *COLUMNS]]


def _organs(truth: Path, contexts: list[str]) -> NDArray[np.object_] | None:
    """Organ of each context, where it is known."""
    path = truth / "weights.tsv"
    if not path.exists():
        return None
    table = pd.read_csv(path, sep="\t").set_index("context")
    return table.loc[contexts, "organ"].to_numpy(dtype=object)


def _told(matched: pd.DataFrame) -> Iterator[tuple[str, Interval]]:
    for row in matched[matched["disease"] == MEAN].to_dict("records"):
        name = f"hypotheses/{row['estimator']}/{row['metric']}"
        found = Interval(row["value"], row["low"], row["high"], row["n"])
        yield name, found
        value, low, high = (one - row["chance"] for one in found[:3])
        yield f"{name}-above-chance", Interval(value, low, high, found.n)
        yield f"{name}-p", Interval(row["p"], np.nan, np.nan, found.n)
