"""The effect of each site on a trait by itself."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from causeway.genomes.phenformer.dosages import blocks


class Effects(NamedTuple):
    """Change of the trait per alternative allele, its t statistic and p, all (sites,).

    A site that does not vary has no effect, t = 0 and p = 1.
    """

    slope: NDArray[np.float64]
    t: NDArray[np.float64]
    p: NDArray[np.float64]


def marginal_effects(
    dosages: ArrayLike, trait: ArrayLike, covariates: ArrayLike | None = None
) -> Effects:
    """Regress a trait on one site at a time, besides an intercept and covariates.

    Least squares; covariates are projected out of both sides (Frisch and Waugh, Econometrica
    1:387, 1933), which gives the same slope, t and p as the joint regression. For a disease, the
    linear model of 0 and 1.

    Parameters
    ----------
    dosages
        Alternative alleles, shape (people, sites).
    trait
        Shape (people,).
    covariates
        Shape (people, covariates).

    Raises
    ------
    ValueError
        If there are too few people for so many covariates.
    """
    dosages, trait = np.asanyarray(dosages), np.asarray(trait, dtype=np.float64)
    basis = _basis(len(trait), covariates)
    freedom = len(trait) - basis.shape[1] - 1
    if freedom < 1:
        raise ValueError(f"{len(trait)} people are too few for {basis.shape[1]} covariates")
    residual = trait - basis @ (basis.T @ trait)
    slope, t = np.zeros(dosages.shape[1]), np.zeros(dosages.shape[1])
    for where in blocks(dosages.shape[1]):
        block = dosages[:, where].astype(np.float64)
        whole = np.square(block).sum(axis=0)
        variation = whole - np.square(basis.T @ block).sum(axis=0)
        varies = variation > 1e-9 * np.maximum(whole, 1)
        shared = residual @ block
        slope[where] = np.divide(shared, variation, out=np.zeros_like(shared), where=varies)
        left = np.maximum(residual @ residual - slope[where] * shared, 0)
        error = np.sqrt(left / freedom) * np.sqrt(np.maximum(variation, 0))
        t[where] = np.divide(shared, error, out=np.zeros_like(shared), where=varies & (error > 0))
    return Effects(slope, t, 2 * stats.t.sf(np.abs(t), freedom))


def _basis(people: int, covariates: ArrayLike | None) -> NDArray[np.float64]:
    """Orthonormal columns that span the intercept and the covariates."""
    columns = [np.ones((people, 1))]
    if covariates is not None:
        columns.append(np.asarray(covariates, dtype=np.float64).reshape(people, -1))
    u, size, _ = np.linalg.svd(np.hstack(columns), full_matrices=False)
    return u[:, size > size[0] * 1e-10]
