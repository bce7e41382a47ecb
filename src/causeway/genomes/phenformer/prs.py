"""Polygenic scores: weights of alleles from training people, chosen on validation people.

Two families compete: marginal effects, clumped and cut at a p-value, and ridge regression on all
sites. No person of the test set, and no summary statistics of others, are used.
"""

from collections.abc import Sequence
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
    """People with one disease known.

    Parameters
    ----------
    dosages
        Alternative alleles, shape (people, sites).
    cases
        Mask, shape (people,).
    covariates
        Shape (people, covariates); they adjust the marginal effects.
    """

    dosages: NDArray
    cases: NDArray[np.bool_]
    covariates: NDArray[np.floating] | None = None


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
) -> list[PolygenicScore]:
    """Scores of clumped marginal effects, one per p-value; those without a site are left out."""
    effects = marginal_effects(train.dosages, train.cases, train.covariates)
    kept = clump(effects.p, contigs, positions, distance)
    found = []
    for threshold in thresholds:
        weights = np.where(kept & (effects.p <= threshold), effects.slope, 0.0)
        if weights.any():
            found.append(_judged(weights, "clumping", threshold, valid))
    return found


def ridge_scores(
    train: Genotyped, valid: Genotyped, heritabilities: Sequence[float] = HERITABILITIES
) -> list[PolygenicScore]:
    """Scores of ridge regression on standardised dosages, one per penalty.

    The penalty m (1 - h²) / h² of m sites makes the ridge the best linear predictor where all
    sites share a heritability h² (Goddard, Genetica 136:245, 2009). One eigendecomposition of the
    people's relations serves all penalties.
    """
    frequencies = Frequencies.of(train.dosages)
    people = len(train.cases)
    relations = np.zeros((people, people))
    for _, block in frequencies.standardised(train.dosages):
        relations += block @ block.T
    values, vectors = np.linalg.eigh(relations)
    cases = vectors.T @ (train.cases - train.cases.mean())
    sites = max(int(np.count_nonzero(frequencies.spread)), 1)
    chosen = np.asarray(heritabilities, dtype=float)
    penalties = sites * (1 - chosen) / chosen
    dual = vectors @ (cases[:, None] / (np.maximum(values, 0)[:, None] + penalties))
    weights = np.zeros((len(frequencies.spread), len(chosen)))
    for where, block in frequencies.standardised(train.dosages):
        spread = frequencies.spread[where, None]
        effect = block.T @ dual
        weights[where] = np.divide(effect, spread, out=np.zeros_like(effect), where=spread > 0)
    return [
        _judged(one, "ridge", heritability, valid)
        for one, heritability in zip(weights.T, chosen.tolist(), strict=True)
    ]


def polygenic_score(
    train: Genotyped,
    valid: Genotyped,
    contigs: ArrayLike,
    positions: ArrayLike,
    distance: int = DISTANCE,
    thresholds: Sequence[float] = THRESHOLDS,
    heritabilities: Sequence[float] = HERITABILITIES,
) -> PolygenicScore:
    """Best score among both families by the area under the curve of the validation people.

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
        If train or validation people lack cases or controls.
    """
    for name, people in (("training", train), ("validation", valid)):
        if people.cases.all() or not people.cases.any():
            raise ValueError(f"{name} people are all cases, or all controls")
    candidates = clumped_scores(train, valid, contigs, positions, distance, thresholds)
    candidates += ridge_scores(train, valid, heritabilities)
    return max(candidates, key=lambda one: one.validation)


def _judged(
    weights: NDArray[np.float64],
    family: Literal["clumping", "ridge"],
    setting: float,
    valid: Genotyped,
) -> PolygenicScore:
    area = float(auroc(weighted_sum(valid.dosages, weights), valid.cases))
    return PolygenicScore(weights, family, setting, int(np.count_nonzero(weights)), area)
