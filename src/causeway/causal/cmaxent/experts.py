"""What experts with different features know together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from causeway.causal.cmaxent.moments import Moments
from causeway.errors import InputError


@dataclass(frozen=True, eq=False)
class Expert:
    """Moments of one expert's own sample.

    Parameters
    ----------
    features
        Which of all features the expert saw, counted from 0.
    moments
        Its moments, in the order of ``features``.
    rows
        Size of its sample: its weight where several experts know the same.
    """

    features: Sequence[int]
    moments: Moments
    rows: int

    @classmethod
    def of_sample(cls, features: Sequence[int], x: ArrayLike, y: ArrayLike) -> "Expert":
        """Take the moments of a sample ``x`` (n, len(features)) and ``y`` (n,)."""
        return cls(tuple(features), Moments.of_sample(x, y), len(np.asarray(y)))


def pool(experts: Sequence[Expert]) -> Moments:
    """Put together what experts know: averages by rows; what no expert saw stays unknown.

    Parameters
    ----------
    experts
        All experts; together they must have seen features 0 to d - 1.

    Raises
    ------
    InputError
        If there is no expert, an expert's numbers do not fit its features, or a feature was
        seen by none.
    """
    for number, expert in enumerate(experts):
        own = list(expert.features)
        if len(own) != len(expert.moments.mean) or len(set(own)) < len(own) or expert.rows < 1:
            raise InputError(
                f"expert {number}",
                f"features {own}, moments of {len(expert.moments.mean)}, {expert.rows} rows",
                "Name each feature once, and give at least one row",
            )
    seen = {j for expert in experts for j in expert.features}
    if not seen or seen != set(range(len(seen))):
        raise InputError(
            "experts", f"they saw features {sorted(seen)}", "Count features from 0 without gaps"
        )
    d = len(seen)
    single, pair = np.zeros((3, d)), np.zeros((2, d, d))
    for expert in experts:
        own, known = list(expert.features), expert.moments
        single[:, own] += expert.rows * np.array([np.ones(len(own)), known.mean, known.cross])
        found = np.isfinite(known.covariance)
        pair[0][np.ix_(own, own)] += expert.rows * found
        pair[1][np.ix_(own, own)] += expert.rows * np.where(found, known.covariance, 0.0)
    with np.errstate(invalid="ignore"):
        covariance = pair[1] / pair[0]
    rows = np.array([expert.rows for expert in experts])
    return Moments(
        pi=float(rows @ [expert.moments.pi for expert in experts] / rows.sum()),
        mean=single[1] / single[0],
        covariance=covariance,
        cross=single[2] / single[0],
    )
