"""Comparison of what was read off a drift with the true linear system of a synthetic screen."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.cells.structure import structure


class LinearTruth(NamedTuple):
    """True linear system in the coordinates of latent states.

    ``effects``: A, shape (d, d); ``covariance``: shape (d, d); ``means``: stationary mean of each
    perturbation by its label, shape (d,).
    """

    effects: NDArray[np.float64]
    covariance: NDArray[np.float64]
    means: dict[str, NDArray[np.float64]]


def linear_truth(truth: Mapping[str, Any] | None, genes: int) -> LinearTruth | None:
    """Take the linear system of some genes from ``uns["truth"]`` of a screen.

    None where there is none, or it has more genes than the panel: the drift of some genes alone
    is not linear in them.

    Where states were scaled before they were counted, means and covariance are scaled likewise.
    The matrix of effects is the same in all such coordinates, as one factor serves all genes.
    """
    if truth is None or "A" not in truth or len(truth["A"]) != genes:
        return None
    origin, scale, location = (
        truth.get("origin", 0.0),
        truth.get("scale", 1.0),
        truth.get("location", 0.0),
    )
    means = location + scale * (np.asarray(truth["means"]) - origin)
    return LinearTruth(
        np.asarray(truth["A"]),
        np.asarray(truth["covariance"]) * scale**2,
        dict(zip(map(str, truth["perturbations"]), means, strict=True)),
    )


def agreement(
    estimates: Mapping[str, NDArray[np.float64]], truth: LinearTruth, threshold: float
) -> Iterator[tuple[str, float]]:
    """Judge estimates of the matrix of effects.

    Parameters
    ----------
    estimates
        Shape (d, d) each, by name.
    truth
        True system.
    threshold
        Entries below count as no effect.

    Yields
    ------
    name, value
        ``<estimate>/<what>``, with what is judged by
        :func:`causeway.cells.structure.structure`.
    """
    for name, matrix in estimates.items():
        for what, value in structure(matrix, truth.effects, threshold)._asdict().items():
            if what != "prevalence":
                yield f"{name}/{what.replace('_', '-')}", value


def fixed_point_error(points: NDArray[np.floating], means: NDArray[np.floating]) -> float:
    """Frobenius norm of the error of fixed points over that of the true means."""
    return float(np.linalg.norm(points - means) / np.linalg.norm(means))
