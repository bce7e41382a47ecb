"""Evaluation by a network of regulators of one's own."""

import anndata
import numpy as np
import pandas as pd
import pytest
import tiny_study
from pydantic import ValidationError

from causeway import metrics as tables
from causeway.genomes.phenformer.contest import contest
from causeway.genomes.phenformer.evaluate import evaluate
from causeway.genomes.phenformer.regulons import mean_profiles
from causeway.genomes.phenformer.settings import Baselines
from causeway.genomes.sources import GenomeFiles

FILES = {"sequence": "genome.fa.gz", "expression": "expression.csv"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    tiny_study.first_stage(folder)
    # Genes follow two patterns over contexts by turns, or oppose them.
    values = anndata.read_h5ad(folder / "expression.h5ad")
    patterns = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    patterns = np.concatenate([patterns, -patterns])
    noise = np.random.default_rng(0).normal(0, 0.1, values.shape)
    values.X = (3 + np.resize(patterns, values.shape) + noise).astype(np.float32)
    values.write_h5ad(folder / "expression.h5ad")
    (folder / "r2").mkdir()
    contest(
        **of_genes(folder),
        predictions=folder / "baselines.h5ad",
        settings=Baselines(xpresso=False),
        encoder=tiny_study.ENCODER,
        hardware=tiny_study.HARDWARE,
        seed=0,
        threads=1,
        resume=folder / "r2",
    )
    return folder


def of_genes(folder):
    return {
        "genome": folder / "genome",
        "genes": folder / "genes.parquet",
        "expression": folder / "expression.h5ad",
        "splits": folder / "splits.tsv",
    }


def evaluated(study, out, source):
    out.mkdir()
    evaluate(
        **of_genes(study),
        checkpoint=study / "expression.ckpt",
        baselines=study / "baselines.h5ad",
        hardware=tiny_study.HARDWARE,
        raw=study / "raw",
        metrics=out / "metrics.parquet",
        predictions=out / "predictions.h5ad",
        regulators=out / "regulators.tsv",
        source=source,
        threads=1,
        **tiny_study.RUN,
    )
    found = tables.read([out / "metrics.parquet"]).set_index("metric")
    return found, pd.read_csv(out / "regulators.tsv", sep="\t")


def test_regulators_of_a_table_are_found_by_what_was_measured(study, tmp_path):
    genes = pd.read_parquet(study / "genes.parquet")["gene"]
    names = np.resize(["one", "two", "", ""], len(genes))
    table = pd.DataFrame({"regulator": names, "gene_id": genes})
    table[names != ""].to_csv(study / "network.tsv", sep="\t", index=False)
    source = GenomeFiles(path=study, network="network.tsv", **FILES)
    found, told = evaluated(study, tmp_path / "with", source)
    assert {"observed", "model", "kmers"} <= set(told["method"])
    assert found.loc["regulators/observed/auroc", "value"] > 0.8
    assert "regulators/model/auroc-above-chance" in found.index


def test_without_regulators_nothing_is_told_of_them(study, tmp_path):
    found, told = evaluated(study, tmp_path / "without", tiny_study.WORLD)
    assert told.empty
    assert not found.index.str.startswith("regulators").any()
    assert "model/pearson" in found.index


def test_modules_and_a_network_exclude_each_other(study):
    with pytest.raises(ValidationError, match="give either modules or a network"):
        GenomeFiles(path=study, modules="m.json", network="n.tsv", **FILES)


def test_profiles_are_means_over_the_genes_of_a_regulator():
    edges = np.array([[True, False, False], [True, True, False]])
    found = mean_profiles([[1.0, 3.0], [3.0, -1.0]], edges)
    assert found.tolist() == [[2.0, 1.0], [3.0, -1.0], [0.0, 0.0]]
