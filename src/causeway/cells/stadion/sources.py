"""Where screens can come from, as configuration."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from causeway.cells.worlds.settings import LinearWorld, SaturatingWorld
from causeway.section import Section


class ScreenFile(Section):
    """A screen of your own in canonical form (:mod:`causeway.cells.screens`)."""

    kind: Literal["screen"] = "screen"
    path: Path
    """An ``.h5ad`` file: states in ``X``, labels in ``obs["perturbation"]``."""
    held_out: list[str] = Field(default=[])
    """Perturbations that are predicted and never trained on, in canonical form."""


Source = Annotated[LinearWorld | SaturatingWorld | ScreenFile, Field(discriminator="kind")]
