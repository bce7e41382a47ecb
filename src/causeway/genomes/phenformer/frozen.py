"""The frozen first stage of a checkpoint, whatever its network."""

from pathlib import Path

import torch

from causeway.genomes.phenformer.backbone_settings import EnformerFile
from causeway.genomes.phenformer.backbones import Backbone, load_enformer
from causeway.genomes.phenformer.expression_model import load as load_own

ENFORMER = "enformer"
"""Key of a checkpoint that names weights of Enformer and holds none."""


def write_enformer(settings: EnformerFile, checkpoint: Path) -> None:
    """Write a checkpoint that names a file of weights, which stays where it is.

    Raises
    ------
    InputError
        If the weights do not fit.
    """
    load_enformer(settings.weights, settings.tracks, settings.size)
    place = settings.model_copy(update={"weights": settings.weights.resolve()})
    torch.save({ENFORMER: place.model_dump(mode="json")}, checkpoint)


def load(checkpoint: Path) -> Backbone:
    """Make the network of a checkpoint of stage 1, frozen and ready for prediction.

    Raises
    ------
    InputError
        If it names weights that are gone or do not fit.
    """
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if ENFORMER not in saved:
        return load_own(checkpoint)
    settings = EnformerFile.model_validate(saved[ENFORMER])
    return load_enformer(settings.weights, settings.tracks, settings.size)
