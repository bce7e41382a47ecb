"""Random numbers that depend on a seed and on a position alone."""

from functools import reduce

import torch

PRIME = 1_000_003
"""Keeps seeds of neighbouring positions and of neighbouring runs apart."""


def mixed(seed: int, *position: int) -> int:
    """Make one seed of a seed and a position, e.g. of a step and a rank."""
    return reduce(lambda mix, place: mix * PRIME + place, position, seed) % 2**63


def seeded(seed: int, position: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Make the generator of one position, e.g. of a training step."""
    return torch.Generator(device).manual_seed(mixed(seed, position))


def seed_generators(device: torch.device, seed: int) -> None:
    """Seed the generators that layers draw from by themselves, of the CPU and of a device.

    ``torch.manual_seed`` does so on all devices, and takes longer than a step of a small network.
    """
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(seed)
