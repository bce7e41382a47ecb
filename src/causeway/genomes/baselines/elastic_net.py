"""Elastic net of genotypes per gene, as in PrediXcan, for expression of individuals.

Gamazon et al., Nature Genetics 47:1091, 2015: each gene's expression in one tissue is regressed on
the dosages of nearby variants with equal parts of both penalties and 5-fold cross-validation.
"""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNetCV

MIXING = 0.5
"""Share of the absolute penalty."""
FOLDS = 5
PATH = 50
"""Penalties tried."""


class Weights(NamedTuple):
    """A fitted gene: which variants count, and how much.

    Parameters
    ----------
    sites
        Columns of the dosages with a weight that is not zero.
    effects
        Their weights per copy.
    intercept
        Expression without any copy.
    """

    sites: NDArray[np.intp]
    effects: NDArray[np.float64]
    intercept: float

    def predict(self, dosages: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return expression (n,) of people with these dosages (n, sites)."""
        return self.intercept + dosages[:, self.sites].astype(np.float64) @ self.effects


def fit_gene(dosages: NDArray[np.generic], expression: NDArray[np.floating], seed: int) -> Weights:
    """Fit one gene.

    Parameters
    ----------
    dosages
        Copies of the alternative allele, 0 to 2, of the variants near the gene, shape (n, sites).
    expression
        Of the gene in n people.
    seed
        Of the folds.

    Returns
    -------
    Weights
        Only a mean where no variant varies, or there are fewer people than folds.
    """
    x, y = np.asarray(dosages, dtype=np.float64), np.asarray(expression, dtype=np.float64)
    varying = np.flatnonzero(np.ptp(x, axis=0)) if x.size else np.empty(0, dtype=np.intp)
    if not len(varying) or len(y) < FOLDS or not np.ptp(y):
        return Weights(np.empty(0, dtype=np.intp), np.empty(0), float(y.mean()))
    folds = _folds(len(y), seed)
    model = ElasticNetCV(l1_ratio=MIXING, alphas=PATH, cv=folds, max_iter=5_000)
    with warnings.catch_warnings():
        # The path starts where nothing counts; its far end need not converge to be rejected.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x[:, varying], y)
    kept = np.flatnonzero(model.coef_)
    return Weights(varying[kept], model.coef_[kept], float(model.intercept_))


def _folds(people: int, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    order = np.random.default_rng(seed).permutation(people)
    parts = np.array_split(order, FOLDS)
    return [(np.setdiff1d(order, part), np.sort(part)) for part in parts]
