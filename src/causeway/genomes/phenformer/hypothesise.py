"""Rank contexts as causes of diseases."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.phenformer import hypotheses as engine
from causeway.genomes.phenformer.causes import read_causes
from causeway.genomes.phenformer.context_refits import ContextRefits
from causeway.genomes.phenformer.estimates import (
    Estimates,
    area_by_context,
    mean_over_cases,
    without_people,
)
from causeway.genomes.phenformer.inputs import cohort_of, read_people, world_of
from causeway.genomes.phenformer.literature import random_scores
from causeway.genomes.phenformer.occlusion import occlusions
from causeway.genomes.phenformer.risk_data import Cohort
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.sensitivity import Sensitivity, sensitivity
from causeway.genomes.phenformer.settings import Hypotheses, RiskLearning, Variant
from causeway.genomes.phenformer.sizes import EncoderSize, GenomeSize
from causeway.genomes.phenformer.specificity import specificity_scores
from causeway.hardware import Hardware

LEADING = "context-only"
"""Estimator by whose ranks hypotheses are told."""
NOTES = {
    "planted": "Diseases are drawn: they rest on planted differences of expression.",
    "measured": "Ranks are of association with diseases that were given; they prove no cause.",
}
"""What readers have to know of diseases, by where they are from."""


def hypothesise(
    *,
    embedded: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    expression: Path,
    checkpoint: Path,
    shuffled: Path,
    hypotheses: Path,
    sentences: Path,
    scores: Path,
    gene_scores: Path,
    settings: Hypotheses,
    size: GenomeSize,
    encoder: EncoderSize,
    learning: RiskLearning,
    ablation: Variant,
    hardware: Hardware,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Score contexts by refits of one context alone, by occlusion, by attention, by specificity.

    All estimators are judged on test people, whom no model has met: validation people chose the
    best epoch of each. ``specificity`` needs no people: it ranks contexts by where genes known
    for a disease are specifically expressed. It is told which genes were planted, what no study
    knows so well: an oracle beside the others, not a rival, and absent where diseases were
    measured. ``random`` knows nothing.

    Parameters
    ----------
    embedded
        Folder of ``embed``.
    cohort, diseases, splits
        Files of ``people``.
    expression
        ``.h5ad`` file of ``index``: expression of the reference genome.
    checkpoint, shuffled
        Models of ``risk`` on expression, and on expression with shuffled contexts.
    hypotheses
        Hypotheses to write (JSON), see :mod:`causeway.genomes.phenformer.hypotheses`.
    sentences
        The first one of each disease in English to write (Markdown).
    scores
        Table to write: ``estimator, disease, context, value, low, high``, and ``true`` where
        contexts were planted, or known contexts were given.
    gene_scores
        Table to write: ``estimator, disease, gene, value``, and ``true`` where genes were planted,
        of ``gene-gradient``, the size of gradients in units of spread, summed over contexts, and
        of ``gene-difference``, that of differences between cases and controls.
    settings, size, encoder, learning, ablation, hardware
        Sections of the configuration.
    seed
        Of initial weights, shuffles and the bootstrap.
    threads
        Processor cores to use.
    resume
        Folder for finished refits.
    """
    size = size.model_copy(update={"tokens": ablation.tokens})
    people, world = read_people(cohort, diseases, splits), world_of(diseases)
    inputs, found = cohort_of("expression", embedded, people, encoder, seed)
    control, _ = cohort_of("shuffled", embedded, people, encoder, seed)
    judges = people.rows("test")
    model = RiskModel.of(checkpoint)
    sensed = sensitivity(model, inputs, judges)
    refits = ContextRefits(
        inputs,
        people.rows("train"),
        people.rows("valid"),
        places=found.places,
        diseases=people.diseases,
        size=size,
        learning=learning.model_copy(update={"epochs": settings.epochs}),
        hardware=hardware,
        seed=seed,
        threads=threads,
        folder=resume,
    )
    measured = anndata.read_h5ad(expression)[:, found.contexts]
    true = read_causes(
        diseases / world, people.diseases, found.contexts, measured.obs_names.tolist()
    )
    estimates = {
        LEADING: area_by_context(
            refits.risks(judges, settings.refits),
            inputs.labels[judges],
            inputs.known[judges],
            rng=np.random.default_rng(seed),
            resamples=settings.resamples,
        ),
        **_by_model(model, inputs, judges, sensed, settings, seed),
        "occlusion-shuffled": _contrast(RiskModel.of(shuffled), control, judges, settings, seed),
        "random": without_people(
            random_scores(
                len(people.diseases), len(found.contexts), np.random.default_rng((seed, 1))
            )
        ),
    }
    if true.genes is not None:
        specific = specificity_scores(np.asarray(measured.X), true.genes)
        estimates["specificity"] = without_people(specific)
    genes = found.genes["gene"].tolist()
    spread = np.asarray(inputs.differences[judges]).std(axis=0)
    difference = _differences(inputs, judges)
    answer = engine.hypotheses(
        people.diseases,
        found.contexts,
        genes,
        estimates,
        gradient=sensed.gradient,
        spread=spread,
        difference=difference,
        leading=LEADING,
        note=NOTES[world],
        number=settings.top_genes,
    )
    engine.write_hypotheses(answer, hypotheses)
    first = [one.sentence for one in answer.hypotheses if one.rank == 1]
    sentences.write_text("\n".join([f"{NOTES[world]}\n", *(f"- {one}" for one in first), ""]))
    table = _scored(estimates, people.diseases, found.contexts)
    if true.contexts is not None:
        table["true"] = np.tile(true.contexts.ravel(), len(estimates))
    table.to_parquet(scores, index=False)
    by_gene = {
        "gene-gradient": np.abs(sensed.gradient * spread).sum(axis=2),
        "gene-difference": np.abs(difference).sum(axis=2),
    }
    ranked = pd.concat(
        [
            _long(values, people.diseases, genes).assign(estimator=name)
            for name, values in by_gene.items()
        ],
        ignore_index=True,
    )
    if true.genes is not None:
        places = measured.obs_names.get_indexer(pd.Index(genes))
        ranked["true"] = np.tile(true.genes[:, places].ravel(), len(by_gene))
    ranked.to_parquet(gene_scores, index=False)


def _by_model(
    model: RiskModel,
    cohort: Cohort,
    judges: NDArray[np.intp],
    sensed: Sensitivity,
    settings: Hypotheses,
    seed: int,
) -> dict[str, Estimates]:
    """Estimates by the model that knows all contexts."""
    labels, known = cohort.labels[judges], cohort.known[judges]
    average = partial(
        mean_over_cases,
        labels=labels,
        known=known,
        rng=np.random.default_rng(seed),
        resamples=settings.resamples,
    )
    changes = occlusions(model, cohort, judges)
    found = {
        "occlusion": average(changes),
        "occlusion-contrast": average(changes, against_controls=True),
    }
    if sensed.attention is not None:
        found["attention"] = average(sensed.attention)
    return found


def _contrast(
    model: RiskModel,
    cohort: Cohort,
    judges: NDArray[np.intp],
    settings: Hypotheses,
    seed: int,
) -> Estimates:
    """Occlusion of a control."""
    return mean_over_cases(
        occlusions(model, cohort, judges),
        cohort.labels[judges],
        cohort.known[judges],
        rng=np.random.default_rng(seed),
        resamples=settings.resamples,
        against_controls=True,
    )


def _differences(cohort: Cohort, judges: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean of cases minus controls, shape (diseases, genes, contexts)."""
    values = np.asarray(cohort.differences[judges], dtype=np.float64)
    labels, known = cohort.labels[judges], cohort.known[judges]
    means = [
        np.tensordot(one / np.maximum(one.sum(axis=0), 1), values, axes=(0, 0))
        for one in (labels & known, ~labels & known)
    ]
    return np.asarray(means[0] - means[1])


def _scored(
    estimates: Mapping[str, Estimates], diseases: Sequence[str], contexts: Sequence[str]
) -> pd.DataFrame:
    rows = [
        (name, disease, context, one.value[d, k], one.low[d, k], one.high[d, k])
        for name, one in estimates.items()
        for d, disease in enumerate(diseases)
        for k, context in enumerate(contexts)
    ]
    columns = ["estimator", "disease", "context", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _long(
    values: NDArray[np.float64], diseases: Sequence[str], genes: Sequence[str]
) -> pd.DataFrame:
    """Rows of disease, gene and value."""
    return pd.DataFrame(
        {
            "disease": np.repeat(diseases, len(genes)),
            "gene": np.tile(genes, len(diseases)),
            "value": values.ravel(),
        }
    )
