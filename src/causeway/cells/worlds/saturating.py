"""Screens of a saturating stochastic differential equation, in which means are not additive.

dx = (W tanh(x) - x + b + c_k) dt + sigma dW. Not of a paper: made so that combinations of
perturbations differ from the sum of their effects, in mean and in law (cells can have several
attractors).
"""

import anndata
import numpy as np
from numpy.typing import NDArray

from causeway.cells.worlds.graphs import random_parents
from causeway.cells.worlds.observation import observe
from causeway.cells.worlds.perturbations import draw_perturbations, signed_uniform
from causeway.cells.worlds.settings import SaturatingWorld


def simulate(
    weights: NDArray[np.floating],
    constants: NDArray[np.floating],
    cells: int,
    noise: float,
    step: float,
    time: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Follow independent cells by the Euler-Maruyama method, from standard normal states.

    Parameters
    ----------
    weights
        W, shape (d, d): entry ``[i, j]`` is the effect of gene j on gene i.
    constants
        b + c_k, shape (P, d).
    cells
        Number n of cells of each perturbation.
    noise
        Diffusion coefficient sigma.
    step, time
        Length of a step, and of all.
    rng
        Source of randomness.

    Returns
    -------
    ndarray
        Final states, shape (P, n, d).
    """
    kinds, genes = constants.shape
    states = rng.standard_normal((kinds * cells, genes), dtype=np.float32)
    effects = (step * weights.T).astype(np.float32)
    pushes = np.repeat((step * constants).astype(np.float32), cells, axis=0)
    kick = np.float32(noise * np.sqrt(step))
    decay = np.float32(1 - step)
    noises, bounded = np.empty_like(states), np.empty_like(states)
    moved = np.empty_like(states)
    for _ in range(round(time / step)):
        rng.standard_normal(out=noises, dtype=np.float32)
        np.tanh(states, out=bounded)
        np.matmul(bounded, effects, out=moved)
        states *= decay
        states += moved
        states += pushes
        noises *= kick
        states += noises
    return states.reshape(kinds, cells, genes)


def saturating_world(settings: SaturatingWorld, seed: int) -> anndata.AnnData:
    """Draw a saturating system and a screen of it.

    Parameters
    ----------
    settings
        Sizes and laws.
    seed
        Makes the screen repeatable.

    Returns
    -------
    AnnData
        Screen in canonical form. ``uns["truth"]`` holds ``W`` (d, d; entry ``[i, j]`` is the
        effect of gene j on gene i), ``bias`` (d,), ``perturbations`` (P labels, the control
        first) and ``shifts`` (P, d); ``uns["held_out"]`` holds the labels that are meant for
        tests. See :func:`causeway.cells.worlds.observation.observe` for what counts add.
    """
    rng = np.random.default_rng(seed)
    graph = random_parents(settings.genes, settings.parents, rng)
    weights = np.where(graph, signed_uniform(settings.weight, graph.shape, rng), 0.0).T
    bias = rng.uniform(-settings.bias, settings.bias, settings.genes)
    perturbations = draw_perturbations(settings, rng)
    states = simulate(
        weights,
        bias + perturbations.shifts,
        settings.cells,
        settings.noise,
        settings.step,
        settings.time,
        rng,
    )
    truth = {
        "W": weights,
        "bias": bias,
        "perturbations": np.array(perturbations.labels),
        "shifts": perturbations.shifts,
    }
    return observe(states, perturbations, truth, settings.counts, rng)
