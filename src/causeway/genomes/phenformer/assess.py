"""Judge risks of test people, beside polygenic scores and every control."""

import logging
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.baselines.elastic_net import fit_gene
from causeway.genomes.phenformer.ancestry import by_population, over_diseases
from causeway.genomes.phenformer.dosages import weighted_sum
from causeway.genomes.phenformer.embedded import open_embedded
from causeway.genomes.phenformer.ensemble import AREAS, ensembles
from causeway.genomes.phenformer.individuals import Correlations, agreement, correlations
from causeway.genomes.phenformer.inputs import People, people_of, read_people, sites_of_genes
from causeway.genomes.phenformer.numbers import write_numbers
from causeway.genomes.phenformer.prs import Genotyped, polygenic_scores
from causeway.genomes.phenformer.settings import Assessment
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.statistics import Interval, t_interval

log = logging.getLogger(__name__)

ALL, PRS, OURS = "prs+phenformer+covariates", "prs+covariates", "phenformer+covariates"
"""Ensembles whose areas are compared."""


def assess(
    *,
    risks: list[Path],
    embedded: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    differences: Path,
    metrics: Path,
    areas: Path,
    populations: Path,
    individuals: Path,
    settings: Assessment,
    encoder: EncoderSize,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Join risks with polygenic scores and covariates, and measure them.

    All diseases are drawn, by a liability that rests on true differences of expression
    (``planted``) or on none (``null``): the numbers judge the method, not biology. Those of the
    input ``permuted`` are exchanged between people: scores and networks that find them know
    too much.

    Parameters
    ----------
    risks
        Files of ``risk``, in folders of the names of their inputs.
    embedded
        Folder of ``embed``.
    cohort, diseases, splits, differences
        Files of ``people``.
    metrics
        Metrics to write, means over diseases with intervals over them:
        ``<input>/<ensemble>/auroc``; ``<input>/gain-prs/auroc``, that of all parts less that of
        polygenic scores and covariates; ``<input>/populations/<name>/auroc`` and ``ratio`` to
        the majority, of all parts, and ``<input>/populations/largest-gap``, see
        :func:`causeway.genomes.phenformer.ancestry.over_diseases`;
        ``individuals/<method>/<what>``, whether expression follows the person, with intervals
        over genes; ``reference/largest-difference`` of people at genes where they have the
        sequence of the reference.
    areas
        Table to write: areas by input, disease and ensemble, with intervals over people.
    populations
        Table to write: areas by population of the ensemble of all parts.
    individuals
        Table to write: correlation over test people of each gene, by method.
    settings, encoder
        Sections of the configuration.
    dataset, variant, seed
        The run.
    """
    tables, across = [], []
    numbers: dict[str, Interval] = {}
    cohorts = {
        path.parent.name: people_of(path.parent.name, cohort, diseases, splits, seed)
        for path in risks
    }
    scores = _polygenic(cohorts)
    some = next(iter(cohorts.values()))
    covariates = np.column_stack([some.covariates, some.components(settings.components)])
    for path in risks:
        reads = path.parent.name
        with np.load(path) as saved:
            logits = saved["logits"]
        judged, by_group = _judged(
            cohorts[reads], logits, covariates, scores[reads], settings, seed
        )
        tables.append(judged.assign(input=reads))
        across.append(by_group.assign(input=reads))
        numbers |= {f"{reads}/{name}": one for name, one in _means(judged)}
        numbers |= {f"{reads}/populations/{name}": one for name, one in over_diseases(by_group)}
    people = read_people(cohort, diseases, splits, "planted")
    followed = _individuals(embedded, people, np.load(differences), settings, seed)
    numbers |= dict(_following(followed, seed))
    numbers["reference/largest-difference"] = _of_reference(embedded, people, encoder)
    pd.concat(tables, ignore_index=True).to_parquet(areas, index=False)
    pd.concat(across, ignore_index=True).to_parquet(populations, index=False)
    followed.to_parquet(individuals, index=False)
    for name, value in numbers.items():
        if name.startswith(("expression/", "null/")):
            log.info("%s: %.4g [%.4g, %.4g]", name, *value[:3])
    write_numbers(numbers, metrics, dataset=dataset, variant=variant, seed=seed)


def _polygenic(cohorts: Mapping[str, People]) -> dict[str, NDArray[np.float64]]:
    """Scores of everybody for each disease, (people, diseases), by input.

    Weights are from training and validation people alone. All inputs are of the same genomes,
    and those that are asked about the same diseases share their scores.
    """
    some = next(iter(cohorts.values()))
    dosages, sites = some.haplotypes.dosages(), some.haplotypes.sites
    labels = {people.labels.tobytes(): people.labels for people in cohorts.values()}
    cases = np.concatenate(list(labels.values()), axis=1)
    train, valid = (
        Genotyped(dosages[rows], cases[rows], some.covariates[rows])
        for rows in (some.rows("train"), some.rows("valid"))
    )
    found = polygenic_scores(train, valid, sites["contig"], sites["position"])
    scores = weighted_sum(dosages, np.column_stack([one.weights for one in found]))
    shared = dict(zip(labels, np.split(scores, len(labels), axis=1), strict=True))
    return {reads: shared[people.labels.tobytes()] for reads, people in cohorts.items()}


def _judged(
    people: People,
    logits: NDArray[np.float32],
    covariates: NDArray[np.float64],
    scores: NDArray[np.float64],
    settings: Assessment,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Areas of all ensembles by disease, and those of the last one by population."""
    valid, test = people.rows("valid"), people.rows("test")
    tables, across = [], []
    for disease, name in enumerate(people.diseases):
        cases = people.labels[:, disease]
        features: dict[str, NDArray[np.floating]] = {
            "covariates": covariates,
            "prs": scores[:, disease],
            "phenformer": logits[:, disease],
        }
        found = ensembles(
            features,
            cases,
            valid,
            test,
            rng=np.random.default_rng((seed, disease)),
            resamples=settings.resamples,
        )
        pairs = found.differences
        gain = pairs[(pairs["model"] == ALL) & (pairs["against"] == PRS)]
        gain = gain.rename(columns={"difference": "auroc"}).assign(model="gain-prs")[AREAS]
        tables.append(pd.concat([found.areas, gain], ignore_index=True).assign(disease=name))
        group = people.haplotypes.people["population"].to_numpy()
        table = by_population(
            found.probabilities[ALL],
            cases[test],
            group[test],
            pd.Series(group[people.rows("train")]).mode()[0],
            rng=np.random.default_rng((seed, disease, 1)),
            resamples=settings.resamples,
        )
        across.append(table.assign(disease=name))
    return pd.concat(tables, ignore_index=True), pd.concat(across, ignore_index=True)


def _means(judged: pd.DataFrame) -> Iterator[tuple[str, Interval]]:
    for model, rows in judged.groupby("model", sort=False):
        yield f"{model}/auroc", t_interval(rows["auroc"].to_numpy())


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


def _of_reference(embedded: Path, people: People, encoder: EncoderSize) -> Interval:
    """Largest difference, of expression or embedding, where a window has no site of a person."""
    found = open_embedded(embedded)
    borders, sites = sites_of_genes(found, people.haplotypes, encoder)
    carried = people.haplotypes.dosages() > 0
    largest, pairs = 0.0, 0
    for gene, (low, high) in enumerate(pairwise(borders)):
        same = ~carried[:, sites[low:high]].any(axis=1)
        pairs += int(same.sum())
        for values in (found.differences, found.embeddings):
            changes = np.abs(np.asarray(values[same, gene]))
            largest = max(largest, float(changes.max(initial=0.0)))
    return Interval(largest, largest, largest, max(1, pairs))


def _following(followed: pd.DataFrame, seed: int) -> Iterator[tuple[str, Interval]]:
    for method, rows in followed.groupby("method", sort=False):
        told = agreement(Correlations(rows["r"].to_numpy(), rows["p"].to_numpy()), seed)
        yield f"individuals/{method}/mean-r", told.mean
        yield f"individuals/{method}/median-r", told.median
        if told.negative.n:
            yield f"individuals/{method}/negative-share", told.negative
