"""Hypotheses: which cell contexts matter to a disease, through which genes, and how sure that is.

The file is JSON of a fixed form, version 1, which :class:`Hypotheses` describes and checks.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import NonNegativeInt, PositiveInt, ValidationError
from scipy import stats

from causeway.errors import InputError
from causeway.genomes.phenformer.estimates import Estimates
from causeway.section import Section

WORDS = {
    "context-only": "an AUROC of {value} by itself among test people",
    "occlusion": "a change of the log-odds of cases by {value} when it is left out",
    "occlusion-contrast": "a change of the log-odds by {value} more in cases than in controls",
    "attention": "attention times gradient of {value}",
    "specificity": "a specificity of its genes of {value} standard errors",
}
"""What a score says in a sentence, by estimator."""


class Score(Section):
    """One estimate of how much a context matters; null where it could not be made."""

    estimator: str
    """How it was estimated."""
    value: float | None
    """The larger the more the context matters."""
    low: float | None
    """Lower end of the 95 % interval over people."""
    high: float | None
    """Upper end."""
    n: NonNegativeInt
    """People behind it."""
    rank: float | None
    """Place among the contexts, 1 first, ties sharing their mean."""


class Gene(Section):
    """A gene that carries a context's effect."""

    gene: str
    """Identifier."""
    effect: float
    """Change of the log-odds by one standard deviation more of expression, averaged over cases."""
    direction: Literal["up", "down"]
    """Whether expression is higher or lower at higher risk."""
    difference: float
    """Expression of cases minus controls, in standard deviations."""


class Hypothesis(Section):
    """A context of a disease."""

    disease: str
    context: str
    rank: float | None
    """By the estimator that leads."""
    scores: list[Score]
    genes: list[Gene]
    """Strongest first."""
    sentence: str
    """The same in English."""


class Hypotheses(Section):
    """All pairs, by disease and rank."""

    version: Literal[1] = 1
    """Of this form."""
    estimator: str
    """The one that leads."""
    note: str
    """What readers have to know of the data, e.g. that labels were drawn."""
    contexts: PositiveInt
    """How many were ranked."""
    hypotheses: list[Hypothesis]


def top_genes(
    gradient: ArrayLike,
    spread: ArrayLike,
    difference: ArrayLike,
    genes: Sequence[str],
    number: int,
) -> list[Gene]:
    """Genes whose gradient times standard deviation is largest in one context.

    Parameters
    ----------
    gradient
        Of a disease's logit, averaged over cases, shape (genes,).
    spread
        Standard deviation of what the gradient is taken by, over people, shape (genes,).
    difference
        Mean of cases minus controls, in the same units, shape (genes,).
    genes
        Identifiers.
    number
        How many at most; genes without any effect are left out.
    """
    spread = np.asarray(spread, dtype=float)
    effect = np.asarray(gradient, dtype=float) * spread
    difference = np.asarray(difference, dtype=float) / np.where(spread > 0, spread, 1.0)
    order = np.argsort(-np.abs(effect), kind="stable")[:number]
    return [
        Gene(
            gene=genes[place],
            effect=float(effect[place]),
            direction="up" if effect[place] > 0 else "down",
            difference=float(difference[place]),
        )
        for place in order.tolist()
        if effect[place] != 0
    ]


def hypotheses(
    diseases: Sequence[str],
    contexts: Sequence[str],
    genes: Sequence[str],
    estimates: Mapping[str, Estimates],
    *,
    gradient: ArrayLike,
    spread: ArrayLike,
    difference: ArrayLike,
    leading: str,
    note: str,
    number: int = 10,
) -> Hypotheses:
    """Put together what was estimated.

    Parameters
    ----------
    diseases, contexts, genes
        Names.
    estimates
        By estimator.
    gradient
        Of logits, averaged over cases, shape (diseases, genes, contexts).
    spread
        Standard deviation of differences of expression, shape (genes, contexts).
    difference
        Mean of cases minus controls, shape (diseases, genes, contexts).
    leading
        The estimator whose rank counts.
    note
        What readers have to know of the data.
    number
        Genes that a hypothesis names at most.

    Raises
    ------
    ValueError
        If shapes do not fit, or the leading estimator is not among the estimates.
    """
    if leading not in estimates:
        raise ValueError(f"no estimates by '{leading}'")
    shape = (len(diseases), len(contexts))
    if wrong := [name for name, one in estimates.items() if one.value.shape != shape]:
        raise ValueError(f"estimates by '{wrong[0]}' are not of shape {shape}")
    gradient, spread = np.asarray(gradient), np.asarray(spread)
    difference = np.asarray(difference)
    ranks = {name: _ranks(one.value) for name, one in estimates.items()}
    found = []
    for d, disease in enumerate(diseases):
        for k in np.argsort(ranks[leading][d], kind="stable").tolist():
            scores = [
                Score(
                    estimator=name,
                    value=_number(one.value[d, k]),
                    low=_number(one.low[d, k]),
                    high=_number(one.high[d, k]),
                    n=int(one.n[d]),
                    rank=_number(ranks[name][d, k]),
                )
                for name, one in estimates.items()
            ]
            carriers = top_genes(
                gradient[d, :, k], spread[:, k], difference[d, :, k], genes, number
            )
            lead = next(score for score in scores if score.estimator == leading)
            found.append(
                Hypothesis(
                    disease=disease,
                    context=contexts[k],
                    rank=lead.rank,
                    scores=scores,
                    genes=carriers,
                    sentence=sentence(disease, contexts[k], lead, carriers, len(contexts)),
                )
            )
    return Hypotheses(estimator=leading, note=note, contexts=len(contexts), hypotheses=found)


def sentence(
    disease: str, context: str, score: Score, genes: Sequence[Gene], contexts: int
) -> str:
    """Say a hypothesis in English.

    Parameters
    ----------
    disease, context
        Names.
    score
        Of the leading estimator.
    genes
        Those that carry the effect.
    contexts
        How many were ranked.
    """
    if score.value is None or score.rank is None:
        return f"Nothing can be said of {context} in {disease}: too few cases or controls."
    interval = ""
    if score.low is not None and score.high is not None:
        interval = f" (95 % interval {score.low:.3g} to {score.high:.3g}, {score.n} people)"
    words = WORDS.get(score.estimator, f"a score of {{value}} by {score.estimator}")
    text = (
        f"Expression in {context} ranks {score.rank:g} of {contexts} contexts for {disease}, with "
        f"{words.format(value=f'{score.value:.3g}')}{interval}"
    )
    parts = [
        f"{way} expression of {', '.join(names)}"
        for way, names in (
            ("higher", [gene.gene for gene in genes if gene.direction == "up"]),
            ("lower", [gene.gene for gene in genes if gene.direction == "down"]),
        )
        if names
    ]
    return f"{text}; risk goes with {' and '.join(parts)}." if parts else f"{text}."


def score_matrix(
    found: Hypotheses, estimator: str, diseases: Sequence[str], contexts: Sequence[str]
) -> NDArray[np.float64]:
    """Scores by an estimator, shape (diseases, contexts); NaN where there is none."""
    matrix = np.full((len(diseases), len(contexts)), np.nan)
    rows = {disease: place for place, disease in enumerate(diseases)}
    columns = {context: place for place, context in enumerate(contexts)}
    for one in found.hypotheses:
        for score in one.scores:
            if score.estimator == estimator and score.value is not None:
                matrix[rows[one.disease], columns[one.context]] = score.value
    return matrix


def write_hypotheses(found: Hypotheses, path: Path) -> None:
    """Write the file."""
    path.write_text(found.model_dump_json(indent=1) + "\n")


def read_hypotheses(path: Path) -> Hypotheses:
    """Read the file.

    Raises
    ------
    InputError
        If it is not of this form.
    """
    try:
        return Hypotheses.model_validate_json(path.read_text())
    except (OSError, ValidationError) as error:
        raise InputError(path, f"is no file of hypotheses ({error})", "Make it anew") from error


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank each row, the largest first; NaN keeps out and becomes NaN."""
    return stats.rankdata(-values, axis=1, nan_policy="omit")


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
