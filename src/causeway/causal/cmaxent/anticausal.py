"""Merging when the target is the cause of the features: linear discriminant analysis."""

import numpy as np

from causeway.causal.cmaxent.completion import complete
from causeway.causal.cmaxent.moments import Moments
from causeway.causal.cmaxent.predictor import Predictor


def merge_anticausal(moments: Moments) -> Predictor:
    """Merge with the target as the cause: P(Y) first, then the largest H(X | Y).

    The features are Gaussian in both classes with one covariance W. Its entropy is the logarithm
    of det Cov(X, Y) up to constants, by Schur's complement, so that unknown entries of Cov X
    and of Cov(X, Y) alike are those of the largest-determinant completion of the joint
    covariance. Derived here; the paper (arXiv:2501.08426) states LDA for full moments.

    Parameters
    ----------
    moments
        What is known.

    Returns
    -------
    Predictor
        Its odds; with all moments of a sample known, exactly those of linear discriminant
        analysis with maximum-likelihood (1/n) covariance.

    Raises
    ------
    InputError
        If no joint distribution has these moments.
    """
    d, pi = len(moments.mean), moments.pi
    q = pi * (1 - pi)
    joint = np.empty((d + 1, d + 1))
    joint[:d, :d] = moments.covariance
    joint[:d, d] = joint[d, :d] = moments.cross
    joint[d, d] = q
    joint = complete(joint)
    difference = joint[:d, d] / q
    within = joint[:d, :d] - q * np.outer(difference, difference)
    weights = np.linalg.solve(within, difference)
    weights[~np.isfinite(moments.cross)] = 0.0
    middle = moments.mean + (0.5 - pi) * difference
    return Predictor(
        direction="anticausal",
        intercept=float(np.log(pi / (1 - pi)) - weights @ middle),
        weights=weights,
        covariance=joint[:d, :d],
        cross=joint[:d, d],
    )
