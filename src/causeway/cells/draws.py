"""Random numbers that depend on a seed and on a position alone."""

import torch

PRIME = 1_000_003
"""Keeps seeds of neighbouring positions and of neighbouring runs apart."""


def seeded(seed: int, position: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Make the generator of one position, e.g. of a training step."""
    return torch.Generator(device).manual_seed(seed * PRIME + position)
