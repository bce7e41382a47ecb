"""Screens of a linear stochastic differential equation, with exact moments and exact sampling.

The benchmark of the released code of LCD (arXiv:2601.15341): dx = (A x + b + c_k) dt + dW.
"""

from dataclasses import dataclass

import anndata
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_continuous_lyapunov

from causeway.cells.worlds import graphs
from causeway.cells.worlds.observation import observe
from causeway.cells.worlds.perturbations import (
    Perturbations,
    draw_perturbations,
    signed_uniform,
)
from causeway.cells.worlds.settings import LinearWorld


@dataclass(frozen=True)
class LinearSystem:
    """The equation dx = (A x + b + c_k) dt + dW of d genes under P perturbations k.

    Parameters
    ----------
    drift
        A, shape (d, d): entry ``[i, j]`` is the effect of gene j on gene i.
    bias
        b, shape (d,).
    perturbations
        Labels and shifts c, shape (P, d); the control comes first.
    """

    drift: NDArray[np.float64]
    bias: NDArray[np.float64]
    perturbations: Perturbations

    @property
    def means(self) -> NDArray[np.float64]:
        """Stationary means -A^-1 (b + c_k), shape (P, d)."""
        constants = self.bias + self.perturbations.shifts
        return np.asarray(np.linalg.solve(self.drift, -constants.T).T, dtype=np.float64)

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Stationary covariance S of every perturbation: A S + S A^T = -I; shape (d, d)."""
        return stationary_covariance(self.drift)


def stationary_covariance(drift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve Lyapunov's equation A S + S A^T = -I for a stable A.

    Parameters
    ----------
    drift
        A, shape (d, d); all eigenvalues have negative real parts.

    Returns
    -------
    ndarray
        S, shape (d, d), symmetric.
    """
    covariance = solve_continuous_lyapunov(drift, -np.eye(len(drift)))
    return (covariance + covariance.T) / 2


def draw_system(settings: LinearWorld, rng: np.random.Generator) -> LinearSystem:
    """Draw graph, weights, self-terms, bias and shifts.

    Weights have absolute values in ``settings.weight``. The same self-term is subtracted for all
    genes, such that the slowest mode decays at the rate ``settings.margin``.
    """
    if settings.graph == "erdos-renyi":
        graph = graphs.erdos_renyi(settings.genes, settings.degree, rng)
    else:
        graph = graphs.scale_free(settings.genes, settings.degree, rng, settings.flipped)
    weights = np.where(graph, signed_uniform(settings.weight, graph.shape, rng), 0.0).T
    slowest = float(np.linalg.eigvals(weights).real.max())
    drift = weights - (slowest + settings.margin) * np.eye(settings.genes)
    bias = rng.uniform(-settings.bias, settings.bias, settings.genes)
    return LinearSystem(drift, bias, draw_perturbations(settings, rng, settings.off_targets))


def draw_states(system: LinearSystem, cells: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw states of every perturbation from their exact stationary normal laws.

    Parameters
    ----------
    system
        Equation with P perturbations.
    cells
        Number n of cells of each.
    rng
        Source of randomness.

    Returns
    -------
    ndarray
        Shape (P, n, d).
    """
    root = np.linalg.cholesky(system.covariance).astype(np.float32)
    means = system.means.astype(np.float32)
    states = rng.standard_normal((len(means), cells, len(root)), dtype=np.float32) @ root.T
    states += means[:, None]
    return states


def linear_world(settings: LinearWorld, seed: int) -> anndata.AnnData:
    """Draw a linear system and a screen of it.

    Parameters
    ----------
    settings
        Sizes and laws.
    seed
        Makes the screen repeatable.

    Returns
    -------
    AnnData
        Screen in canonical form. ``uns["truth"]`` holds ``A`` (d, d), ``bias`` (d,),
        ``perturbations`` (P labels, the control first), ``shifts`` and ``means`` (P, d) and
        ``covariance`` (d, d), all in units of the states; ``uns["held_out"]`` holds the labels
        that are meant for tests. See :func:`causeway.cells.worlds.observation.observe` for what
        counts add.
    """
    rng = np.random.default_rng(seed)
    system = draw_system(settings, rng)
    truth = {
        "A": system.drift,
        "bias": system.bias,
        "perturbations": np.array(system.perturbations.labels),
        "shifts": system.perturbations.shifts,
        "means": system.means,
        "covariance": system.covariance,
    }
    states = draw_states(system, settings.cells, rng)
    return observe(states, system.perturbations, truth, settings.counts, rng)
