"""From settings of the noise to its process."""

from causeway.language.gidd.processes import Bump, Interpolation, Process
from causeway.language.gidd.settings import Mixture, Noise


def process(noise: Noise) -> Process:
    """Make the process that settings describe."""
    if isinstance(noise, Mixture):
        return Interpolation(noise.shift, noise.scale, noise.lowest, noise.highest)
    return Bump(noise.uniform, noise.gamma, noise.margin)
