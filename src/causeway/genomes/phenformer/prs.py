"""Polygenic scores: weights of alleles from training people, chosen on validation people.

Two families compete: marginal effects, clumped and cut at a p-value, and ridge regression on all
sites. No person of the test set, and no summary statistics of others, are used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causeway.genomes.phenformer.association import marginal_effects
from causeway.genomes.phenformer.dosages import Frequencies, weighted_sum
from causeway.rankings import auroc

DISTANCE = 250_000
"""Base pairs within which only the strongest site keeps its effect, as PLINK's default."""
THRESHOLDS = (5e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.3, 0.5, 1.0)
"""p-values below which sites enter."""
HERITABILITIES = (0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Shares of variance that the penalty of the ridge stands for."""


@dataclass(frozen=True)
class PolygenicScore:
    """A weighted sum of alternative alleles.

    Parameters
    ----------
    weights
        Shape (sites,).
    family
        How it was made.
    setting
        The p-value, or the heritability, that validation chose.
    sites
        Sites with a weight.
    validation
        Area under the curve among the validation people who chose it, hence optimistic.
    """

    weights: NDArray[np.float64]
    family: Literal["clumping", "ridge"]
    setting: float
    sites: int
    validation: float

    def score(self, dosages: ArrayLike) -> NDArray[np.float64]:
        """Score people, shape (people,)."""
        return weighted_sum(dosages, self.weights)


@dataclass(frozen=True)
class Genotyped:
    """People who give or choose weights.

    Parameters
    ----------
    dosages
        Alternative alleles, shape (people, sites).
    cases
        Who has which disease, mask of shape (people, diseases).
    covariates
        Shape (people, covariates); they adjust the marginal effects.
    known
        Of whom a disease is known, the shape of ``cases``; all if absent.
    """

    dosages: NDArray
    cases: NDArray[np.bool_]
    covariates: NDArray[np.floating] | None = None
    known: NDArray[np.bool_] | None = None

    def knowns(self) -> NDArray[np.bool_]:
        """Of whom a disease is known, shape (people, diseases)."""
        return np.ones_like(self.cases) if self.known is None else self.known

    def of(self, rows: NDArray[np.bool_], diseases: NDArray[np.intp]) -> "Genotyped":
        """Some people, by a mask, of whom some diseases are known."""
        dosages, covariates = self.dosages, self.covariates
        if not rows.all():
            dosages = dosages[rows]
            covariates = None if covariates is None else covariates[rows]
        return Genotyped(dosages, self.cases[np.ix_(rows, diseases)], covariates)


def clump(p: ArrayLike, contigs: ArrayLike, positions: ArrayLike, distance: int) -> NDArray:
    """Mask of the sites that are the strongest within a distance, greedily from the strongest.

    Parameters
    ----------
    p
        p-value of each site, shape (sites,); of equal ones the first wins.
    contigs, positions
        Where sites are, shape (sites,).
    distance
        Base pairs; a site this near to a stronger one that is kept is dropped.
    """
    p, contigs, positions = np.asarray(p), np.asarray(contigs), np.asarray(positions)
    kept = np.zeros(len(p), dtype=bool)
    for contig in np.unique(contigs):
        here = np.flatnonzero(contigs == contig)
        here = here[np.argsort(positions[here], kind="stable")]
        places = positions[here]
        first = np.searchsorted(places, places - distance, side="left")
        last = np.searchsorted(places, places + distance, side="right")
        free = np.ones(len(here), dtype=bool)
        for site in np.argsort(p[here], kind="stable"):
            if free[site]:
                kept[here[site]] = True
                free[first[site] : last[site]] = False
    return kept


def clumped_scores(
    train: Genotyped,
    valid: Genotyped,
    contigs: ArrayLike,
    positions: ArrayLike,
    distance: int = DISTANCE,
    thresholds: Sequence[float] = THRESHOLDS,
) -> list[list[PolygenicScore]]:
    """Scores of clumped marginal effects by disease and p-value, if any site has an effect."""
    found = []
    for cases, judges in zip(train.cases.T, valid.cases.T, strict=True):
        effects = marginal_effects(train.dosages, cases, train.covariates)
        kept = clump(effects.p, contigs, positions, distance)
        weights = {
            threshold: np.where(kept & (effects.p <= threshold), effects.slope, 0.0)
            for threshold in thresholds
        }
        used = {threshold: one for threshold, one in weights.items() if one.any()}
        found.append(_judged(used, "clumping", valid.dosages, judges))
    return found


def ridge_scores(
    train: Genotyped, valid: Genotyped, heritabilities: Sequence[float] = HERITABILITIES
) -> list[list[PolygenicScore]]:
    """Scores of ridge regression on standardised dosages, one per disease and penalty.

    The penalty m (1 - h²) / h² of m sites makes the ridge the best linear predictor where all
    sites share a heritability h² (Goddard, Genetica 136:245, 2009). One eigendecomposition of the
    people's relations serves all penalties and diseases.
    """
    frequencies = Frequencies.of(train.dosages)
    people, diseases = train.cases.shape
    relations = np.zeros((people, people))
    for _, block in frequencies.standardised(train.dosages):
        relations += block @ block.T
    values, vectors = np.linalg.eigh(relations)
    cases = vectors.T @ (train.cases - train.cases.mean(axis=0))
    sites = max(int(np.count_nonzero(frequencies.spread)), 1)
    chosen = np.asarray(heritabilities, dtype=float)
    penalties = sites * (1 - chosen) / chosen
    shrunken = cases[:, :, None] / (np.maximum(values, 0)[:, None, None] + penalties)
    dual = vectors @ shrunken.reshape(people, -1)
    weights = np.zeros((len(frequencies.spread), dual.shape[1]))
    for where, block in frequencies.standardised(train.dosages):
        spread = frequencies.spread[where, None]
        effect = block.T @ dual
        weights[where] = np.divide(effect, spread, out=np.zeros_like(effect), where=spread > 0)
    of_disease = weights.T.reshape(diseases, len(chosen), -1)
    return [
        _judged(dict(zip(chosen.tolist(), one, strict=True)), "ridge", valid.dosages, judges)
        for one, judges in zip(of_disease, valid.cases.T, strict=True)
    ]


def polygenic_scores(
    train: Genotyped,
    valid: Genotyped,
    contigs: ArrayLike,
    positions: ArrayLike,
    distance: int = DISTANCE,
    thresholds: Sequence[float] = THRESHOLDS,
    heritabilities: Sequence[float] = HERITABILITIES,
) -> list[PolygenicScore]:
    """Best score of each disease among both families by the area of the validation people.

    People of whom a disease is not known have no part in its score.

    Parameters
    ----------
    train
        People who give the weights.
    valid
        People who choose.
    contigs, positions
        Where sites are, shape (sites,).
    distance
        Base pairs of clumping.
    thresholds, heritabilities
        Settings of the two families.

    Raises
    ------
    ValueError
        If train or validation people lack cases or controls of a disease.
    """
    both = np.concatenate([train.knowns(), valid.knowns()])
    patterns, pattern = np.unique(both, axis=1, return_inverse=True)
    found: dict[int, PolygenicScore] = {}
    # Diseases that are known of the same people share what is costly.
    for number, known in enumerate(patterns.T):
        diseases = np.flatnonzero(pattern.reshape(-1) == number)
        some_train = train.of(known[: len(train.cases)], diseases)
        some_valid = valid.of(known[len(train.cases) :], diseases)
        for name, people in (("training", some_train), ("validation", some_valid)):
            if (people.cases.all(axis=0) | ~people.cases.any(axis=0)).any():
                raise ValueError(f"{name} people are all cases, or all controls")
        families = zip(
            diseases.tolist(),
            clumped_scores(some_train, some_valid, contigs, positions, distance, thresholds),
            ridge_scores(some_train, some_valid, heritabilities),
            strict=True,
        )
        for disease, clumped, ridge in families:
            found[disease] = max(clumped + ridge, key=lambda one: one.validation)
    return [found[disease] for disease in range(both.shape[1])]


def _judged(
    weights: Mapping[float, NDArray[np.float64]],
    family: Literal["clumping", "ridge"],
    dosages: NDArray,
    cases: NDArray[np.bool_],
) -> list[PolygenicScore]:
    """Judge weights of one disease by setting."""
    if not weights:
        return []
    scores = weighted_sum(dosages, np.column_stack(list(weights.values())))
    return [
        PolygenicScore(
            one, family, setting, int(np.count_nonzero(one)), float(auroc(score, cases))
        )
        for (setting, one), score in zip(weights.items(), scores.T, strict=True)
    ]
