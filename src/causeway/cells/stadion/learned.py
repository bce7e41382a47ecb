"""Diffusions before and after training, without Lightning, which is slow to load."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from pydantic import TypeAdapter

from causeway.cells.stadion.config import Training, Variant
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.drifts import build_drift


class Learned(NamedTuple):
    """What a checkpoint holds: settings, and a diffusion for the seed of each replicate."""

    training: Training
    diffusions: dict[int, StationaryDiffusion]


def build(variant: Variant, training: Training, masks: np.ndarray) -> StationaryDiffusion:
    """Make an untrained diffusion for environments with target masks of shape (K, d)."""
    targets = torch.as_tensor(masks)
    scale = training.initial_scale
    return StationaryDiffusion(
        build_drift(variant.drift, targets.shape[1], scale),
        targets,
        scale=scale,
        log_noise=training.initial_log_noise,
    )


def load(checkpoint: Path) -> Learned:
    """Read the diffusions of a checkpoint."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    settings = saved["hyper_parameters"]
    variant = TypeAdapter(Variant).validate_python(settings["variant"])
    training = Training(**settings["training"])
    diffusions = {}
    for seed in settings["seeds"]:
        start = f"diffusions.{seed}."
        state = {
            name.removeprefix(start): value
            for name, value in saved["state_dict"].items()
            if name.startswith(start)
        }
        diffusions[seed] = build(variant, training, state["targets"].numpy())
        diffusions[seed].load_state_dict(state)
    return Learned(training, diffusions)
