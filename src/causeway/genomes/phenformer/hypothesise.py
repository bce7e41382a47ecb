"""Rank contexts as causes of diseases, and compare with what was planted."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.phenformer import hypotheses as engine
from causeway.genomes.phenformer.context_refits import ContextRefits
from causeway.genomes.phenformer.estimates import (
    Estimates,
    area_by_context,
    mean_over_cases,
    without_people,
)
from causeway.genomes.phenformer.inputs import cohort_of, read_people
from causeway.genomes.phenformer.literature import (
    COLUMNS,
    MEAN,
    literature_match,
    random_scores,
)
from causeway.genomes.phenformer.numbers import write_numbers
from causeway.genomes.phenformer.occlusion import occlusions
from causeway.genomes.phenformer.planted import read_planted
from causeway.genomes.phenformer.risk_data import Cohort
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.sensitivity import Sensitivity, sensitivity
from causeway.genomes.phenformer.settings import Hypotheses, RiskLearning, Variant
from causeway.genomes.phenformer.sizes import EncoderSize, GenomeSize
from causeway.genomes.phenformer.specificity import specificity_scores
from causeway.hardware import Hardware
from causeway.statistics import Interval

LEADING = "context-only"
"""Estimator by whose ranks hypotheses are told."""
NOTE = "Diseases are drawn: they rest on planted differences of expression."


def hypothesise(
    *,
    embedded: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    truth: Path,
    expression: Path,
    checkpoint: Path,
    shuffled: Path,
    hypotheses: Path,
    sentences: Path,
    matches: Path,
    scores: Path,
    metrics: Path,
    settings: Hypotheses,
    size: GenomeSize,
    encoder: EncoderSize,
    learning: RiskLearning,
    ablation: Variant,
    hardware: Hardware,
    dataset: str,
    variant: str,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Score contexts by refits of one context alone, by occlusion, by attention, by specificity.

    All estimators are judged on test people, whom no model has met: validation people chose the
    best epoch of each. ``specificity`` needs no people: it ranks contexts by where genes known
    for a disease are specifically expressed. It is told which genes were planted, what no study
    knows so well: an oracle beside the others, not a rival. ``random`` knows nothing.

    Parameters
    ----------
    embedded
        Folder of ``embed``.
    cohort, diseases, splits
        Files of ``people``.
    truth
        Folder of ``index``, which tells the organs of contexts.
    expression
        ``.h5ad`` file of ``index``: expression of the reference genome.
    checkpoint, shuffled
        Models of ``risk`` on expression, and on expression with shuffled contexts.
    hypotheses
        Hypotheses to write (JSON), see :mod:`causeway.genomes.phenformer.hypotheses`.
    sentences
        The first one of each disease in English to write (Markdown).
    matches
        Table to write (TSV): agreement with the planted contexts, by estimator; and with the
        planted genes, of ``gene-gradient``, the size of gradients in units of spread, summed over
        contexts, and of ``gene-difference``, that of differences between cases and controls.
    scores
        Table to write: ``estimator, disease, context, value, low, high, true``.
    metrics
        Metrics to write: ``hypotheses/<estimator>/<metric>`` with intervals over diseases, what
        it is ``-above-chance``, and its permutation ``-p``.
    settings, size, encoder, learning, ablation, hardware
        Sections of the configuration.
    dataset, variant, seed
        The run.
    threads
        Processor cores to use.
    resume
        Folder for finished refits.
    """
    size = size.model_copy(update={"tokens": ablation.tokens})
    people = read_people(cohort, diseases, splits, "planted")
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
    true = read_planted(
        diseases / "planted", people.diseases, found.contexts, measured.obs_names.tolist()
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
        "specificity": without_people(specificity_scores(np.asarray(measured.X), true.genes)),
    }
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
        note=NOTE,
        number=settings.top_genes,
    )
    engine.write_hypotheses(answer, hypotheses)
    first = [one.sentence for one in answer.hypotheses if one.rank == 1]
    sentences.write_text("\n".join([f"{NOTE}\n", *(f"- {one}" for one in first), ""]))
    organs = pd.read_csv(truth / "weights.tsv", sep="\t").set_index("context")["organ"]
    matched = _matched(
        {name: one.value for name, one in estimates.items()},
        true.contexts,
        people.diseases,
        organs.loc[found.contexts].to_numpy(),
        settings,
        seed,
    )
    by_gene = {
        "gene-gradient": np.abs(sensed.gradient * spread).sum(axis=2),
        "gene-difference": np.abs(difference).sum(axis=2),
    }
    places = measured.obs_names.get_indexer(pd.Index(genes))
    of_genes = _matched(by_gene, true.genes[:, places], people.diseases, None, settings, seed)
    matched = pd.concat([matched, of_genes], ignore_index=True)
    matched.to_csv(matches, sep="\t", index=False)
    _scored(estimates, true.contexts, people.diseases, found.contexts).to_parquet(
        scores, index=False
    )
    write_numbers(dict(_told(matched)), metrics, dataset=dataset, variant=variant, seed=seed)


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
    labels = cohort.labels[judges].astype(np.float64)
    means = [
        np.tensordot(one / np.maximum(one.sum(axis=0), 1), values, axes=(0, 0))
        for one in (labels, 1 - labels)
    ]
    return np.asarray(means[0] - means[1])


def _matched(
    values: Mapping[str, NDArray[np.float64]],
    true: NDArray[np.bool_],
    diseases: Sequence[str],
    groups: NDArray[np.object_] | None,
    settings: Hypotheses,
    seed: int,
) -> pd.DataFrame:
    tables = [
        literature_match(
            np.nan_to_num(one, nan=-np.inf),
            true,
            diseases,
            rng=np.random.default_rng(seed),
            groups=groups,
            permutations=settings.permutations,
        ).assign(estimator=name)
        for name, one in values.items()
    ]
    return pd.concat(tables, ignore_index=True)[["estimator", *COLUMNS]]


def _scored(
    estimates: Mapping[str, Estimates],
    true: NDArray[np.bool_],
    diseases: Sequence[str],
    contexts: Sequence[str],
) -> pd.DataFrame:
    rows = [
        (name, disease, context, one.value[d, k], one.low[d, k], one.high[d, k], true[d, k])
        for name, one in estimates.items()
        for d, disease in enumerate(diseases)
        for k, context in enumerate(contexts)
    ]
    columns = ["estimator", "disease", "context", "value", "low", "high", "true"]
    return pd.DataFrame(rows, columns=columns)


def _told(matched: pd.DataFrame) -> Iterator[tuple[str, Interval]]:
    for row in matched[matched["disease"] == MEAN].to_dict("records"):
        name = f"hypotheses/{row['estimator']}/{row['metric']}"
        found = Interval(row["value"], row["low"], row["high"], row["n"])
        yield name, found
        value, low, high = (one - row["chance"] for one in found[:3])
        yield f"{name}-above-chance", Interval(value, low, high, found.n)
        yield f"{name}-p", Interval(row["p"], np.nan, np.nan, found.n)
