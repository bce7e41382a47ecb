"""Judge risks of test people, beside polygenic scores and every control."""

import logging
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.phenformer.ancestry import by_population, over_diseases
from causeway.genomes.phenformer.dosages import weighted_sum
from causeway.genomes.phenformer.embedded import open_embedded
from causeway.genomes.phenformer.ensemble import AREAS, ensembles
from causeway.genomes.phenformer.inputs import People, people_of, sites_of_genes
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
    metrics: Path,
    areas: Path,
    populations: Path,
    settings: Assessment,
    encoder: EncoderSize,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Join risks with polygenic scores and covariates, and measure them.

    Where diseases are drawn, by a liability that rests on true differences of expression
    (``planted``) or on none (``null``), the numbers judge the method, not biology. Those of the
    input ``permuted`` are exchanged between people: scores and networks that find them know
    too much. People of whom a disease is not known have no part in its numbers.

    Parameters
    ----------
    risks
        Files of ``risk``, in folders of the names of their inputs.
    embedded
        Folder of ``embed``.
    cohort, diseases, splits
        Files of ``people``.
    metrics
        Metrics to write, means over diseases with intervals over them:
        ``<input>/<ensemble>/auroc``; ``<input>/gain-prs/auroc``, that of all parts less that of
        polygenic scores and covariates; ``<input>/populations/<name>/auroc`` and ``ratio`` to
        the majority, of all parts, and ``<input>/populations/largest-gap``, see
        :func:`causeway.genomes.phenformer.ancestry.over_diseases`;
        ``reference/largest-difference`` of people at genes where they have the sequence of the
        reference.
    areas
        Table to write: areas by input, disease and ensemble, with intervals over people.
    populations
        Table to write: areas by population of the ensemble of all parts.
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
    scores = _polygenic(cohorts, settings.clump)
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
    numbers["reference/largest-difference"] = _of_reference(embedded, some, encoder)
    pd.concat(tables, ignore_index=True).to_parquet(areas, index=False)
    pd.concat(across, ignore_index=True).to_parquet(populations, index=False)
    for name, value in numbers.items():
        if name.startswith(("expression/", "null/")):
            log.info("%s: %.4g [%.4g, %.4g]", name, *value[:3])
    write_numbers(numbers, metrics, dataset=dataset, variant=variant, seed=seed)


def _polygenic(cohorts: Mapping[str, People], distance: int) -> dict[str, NDArray[np.float64]]:
    """Scores of everybody for each disease, (people, diseases), by input.

    Weights are from training and validation people alone. All inputs are of the same genomes,
    and those that are asked about the same diseases share their scores.
    """
    some = next(iter(cohorts.values()))
    dosages, sites = some.haplotypes.dosages(), some.haplotypes.sites
    asked = {_asked(people): people for people in cohorts.values()}
    cases = np.concatenate([people.labels for people in asked.values()], axis=1)
    known = np.concatenate([people.known for people in asked.values()], axis=1)
    train, valid = (
        Genotyped(dosages[rows], cases[rows], some.covariates[rows], known[rows])
        for rows in (some.rows("train"), some.rows("valid"))
    )
    found = polygenic_scores(train, valid, sites["contig"], sites["position"], distance)
    scores = weighted_sum(dosages, np.column_stack([one.weights for one in found]))
    shared = dict(zip(asked, np.split(scores, len(asked), axis=1), strict=True))
    return {reads: shared[_asked(people)] for reads, people in cohorts.items()}


def _asked(people: People) -> bytes:
    """What is the same for inputs that are asked about the same diseases of the same people."""
    return people.labels.tobytes() + people.known.tobytes()


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
        cases, known = people.labels[:, disease], people.known[:, disease]
        told = test[known[test]]
        features: dict[str, NDArray[np.floating]] = {
            "covariates": covariates,
            "prs": scores[:, disease],
            "phenformer": logits[:, disease],
        }
        found = ensembles(
            features,
            cases,
            valid[known[valid]],
            told,
            rng=np.random.default_rng((seed, disease)),
            resamples=settings.resamples,
        )
        pairs = found.differences
        gain = pairs[(pairs["model"] == ALL) & (pairs["against"] == PRS)]
        gain = gain.rename(columns={"difference": "auroc"}).assign(model="gain-prs")[AREAS]
        tables.append(pd.concat([found.areas, gain], ignore_index=True).assign(disease=name))
        group = people.haplotypes.people["population"].to_numpy()
        risks = np.zeros(len(cases))
        risks[told] = found.probabilities[ALL]
        table = by_population(
            risks[test],
            cases[test],
            group[test],
            pd.Series(group[people.rows("train")]).mode()[0],
            rng=np.random.default_rng((seed, disease, 1)),
            resamples=settings.resamples,
            known=known[test],
        )
        across.append(table.assign(disease=name))
    return pd.concat(tables, ignore_index=True), pd.concat(across, ignore_index=True)


def _means(judged: pd.DataFrame) -> Iterator[tuple[str, Interval]]:
    for model, rows in judged.groupby("model", sort=False):
        yield f"{model}/auroc", t_interval(rows["auroc"].to_numpy())


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
