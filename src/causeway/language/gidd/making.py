"""From settings of the noise to its process."""

import torch

from causeway.language.gidd.processes import Bump, Interpolation, Process
from causeway.language.gidd.settings import Mixture, Noise

NONE = 1e-6
"""Largest share of wrong tokens that is none: fewer than one in a training batch [ours]."""


def process(noise: Noise) -> Process:
    """Make the process that settings describe."""
    if isinstance(noise, Mixture):
        return Interpolation(noise.shift, noise.scale, noise.lowest, noise.highest)
    return Bump(noise.uniform, noise.gamma, noise.margin)


def masks_alone(noise: Noise) -> bool:
    """Whether noise changes no token into another.

    A model of such noise bears no loss at tokens that it sees, so that what it predicts there is
    untrained.
    """
    state = process(noise).at(torch.linspace(0, 1, 101, dtype=torch.float64))
    return float((state.noise * state.uniform).max()) < NONE
