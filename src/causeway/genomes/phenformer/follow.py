"""Ask whether predicted expression follows the person, where true expression is known."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.baselines.elastic_net import fit_gene
from causeway.genomes.phenformer.embedded import open_embedded
from causeway.genomes.phenformer.individuals import Correlations, agreement, correlations
from causeway.genomes.phenformer.inputs import People, read_people
from causeway.genomes.phenformer.numbers import write_numbers
from causeway.genomes.phenformer.settings import Assessment
from causeway.genomes.splits import read_split
from causeway.statistics import Interval

log = logging.getLogger(__name__)


def follow(
    *,
    embedded: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    gene_splits: Path,
    metrics: Path,
    individuals: Path,
    settings: Assessment,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Correlate predicted with true differences of expression, and elastic nets beside them.

    Parameters
    ----------
    embedded
        Folder of ``embed``.
    cohort, diseases, splits
        Files of ``people``, whose diseases are drawn: true differences stand beside them.
    gene_splits
        Table of ``split``: which genes the first stage has met.
    metrics
        Metrics to write: ``individuals/<method>/<what>``, with intervals over genes; of
        ``model-held-out`` over the genes that the first stage was neither trained on nor chosen
        by.
    individuals
        Table to write: correlation over test people of each gene, by method, and ``part``.
    settings
        Section of the configuration.
    dataset, variant, seed
        The run.
    """
    people = read_people(cohort, diseases, splits)
    true = np.load(diseases / "planted" / "differences.npy")
    followed = _individuals(embedded, people, true, settings, seed)
    parts = read_split(gene_splits).set_index("gene")["part"]
    followed["part"] = followed["gene"].map(parts)
    numbers = dict(_following(followed, seed))
    for name, value in numbers.items():
        log.info("%s: %.4g [%.4g, %.4g]", name, *value[:3])
    followed.to_parquet(individuals, index=False)
    write_numbers(numbers, metrics, dataset=dataset, variant=variant, seed=seed)


def _individuals(
    embedded: Path,
    people: People,
    true: NDArray[np.float32],
    settings: Assessment,
    seed: int,
) -> pd.DataFrame:
    """Correlations over test people of expression, averaged over contexts, gene by gene.

    The elastic net is fitted to the true expression of training people, which the first stage
    never saw.
    """
    found = open_embedded(embedded)
    observed = true.mean(axis=2, dtype=np.float64)
    ours = np.asarray(found.differences).mean(axis=2, dtype=np.float64)
    train, test = people.rows("train"), people.rows("test")
    drawn = np.random.default_rng(seed).permutation(observed.shape[1])[: settings.elastic_nets]
    nets = np.zeros((len(test), len(drawn)))
    contigs, starts = found.places
    for place, gene in enumerate(drawn.tolist()):
        start = np.array([starts[gene]])
        low, high = people.haplotypes.edits.between(
            contigs[gene], start - settings.near, start + settings.near
        )
        dosages = people.haplotypes.dosages(int(low[0]), int(high[0]))
        net = fit_gene(dosages[train], observed[train, gene], seed)
        nets[:, place] = net.predict(dosages[test])
    tables = []
    for method, genes, predicted in (
        ("model", np.arange(observed.shape[1]), ours[test]),
        ("elastic-net", drawn, nets),
    ):
        followed = correlations(predicted, observed[test][:, genes])
        names = found.genes["gene"].to_numpy()[genes]
        tables.append(
            pd.DataFrame({"method": method, "gene": names, "r": followed.r, "p": followed.p})
        )
    return pd.concat(tables, ignore_index=True)


def _following(followed: pd.DataFrame, seed: int) -> Iterator[tuple[str, Interval]]:
    methods = {str(name): rows for name, rows in followed.groupby("method", sort=False)}
    held_out = methods["model"][methods["model"]["part"] == "test"]
    if len(held_out):
        methods["model-held-out"] = held_out
    for method, rows in methods.items():
        told = agreement(Correlations(rows["r"].to_numpy(), rows["p"].to_numpy()), seed)
        yield f"individuals/{method}/mean-r", told.mean
        yield f"individuals/{method}/median-r", told.median
        if told.negative.n:
            yield f"individuals/{method}/negative-share", told.negative
