"""Genes ranked as causes, against planted ones."""

import numpy as np
import pandas as pd

from causeway import metrics as tables
from causeway.genomes.phenformer.match import match
from causeway.genomes.phenformer.settings import Hypotheses

RUN = {"dataset": "tiny", "variant": "phenformer", "seed": 0}


def scored(folder, planted):
    """Contexts that nobody can rank, and genes of which one estimator knows the planted ones."""
    rng = np.random.default_rng(0)
    diseases, genes = [f"d{n}" for n in range(4)], [f"g{n}" for n in range(30)]
    pairs = pd.MultiIndex.from_product([diseases, ["a", "b", "c"]], names=["disease", "context"])
    contexts = pd.DataFrame({"value": rng.random(12), "true": [True, False, False] * 4}, pairs)
    contexts.reset_index().assign(estimator="random").to_parquet(folder / "scores.parquet")
    pairs = pd.MultiIndex.from_product([diseases, genes], names=["disease", "gene"])
    true = rng.permuted(np.tile(np.arange(30) < 3, (4, 1)), axis=1).ravel()
    table = pd.DataFrame({"value": rng.random(120), "true": true}, pairs).reset_index()
    good = table.assign(value=table["value"] + 2 * table["true"], estimator="gene-gradient")
    both = pd.concat([good, table.assign(estimator="gene-difference")], ignore_index=True)
    (both if planted else both.drop(columns="true")).to_parquet(folder / "gene-scores.parquet")


def matched(folder):
    (folder / "truth").mkdir()
    match(
        scores=folder / "scores.parquet",
        gene_scores=folder / "gene-scores.parquet",
        truth=folder / "truth",
        matches=folder / "matches.tsv",
        metrics=folder / "metrics.parquet",
        settings=Hypotheses(permutations=200),
        **RUN,
    )
    return tables.read([folder / "metrics.parquet"]).set_index("metric")["value"]


def test_planted_genes_are_found_by_who_knows_them(tmp_path):
    scored(tmp_path, planted=True)
    found = matched(tmp_path)
    assert found["hypotheses/gene-gradient/average-precision"] == 1
    assert found["hypotheses/gene-gradient/average-precision-above-chance"] > 0.6
    assert found["hypotheses/gene-gradient/average-precision-p"] < 0.01
    assert found["hypotheses/gene-difference/average-precision"] < 0.5


def test_genes_of_given_diseases_are_not_judged(tmp_path):
    scored(tmp_path, planted=False)
    found = matched(tmp_path)
    assert found.index.str.startswith("hypotheses/random/").all()
