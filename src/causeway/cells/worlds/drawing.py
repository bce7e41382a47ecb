"""Draw any world of which a screen can be made."""

import anndata

from causeway.cells.worlds.linear import linear_world
from causeway.cells.worlds.saturating import saturating_world
from causeway.cells.worlds.settings import LinearWorld, SaturatingWorld


def draw_world(settings: LinearWorld | SaturatingWorld, seed: int) -> anndata.AnnData:
    """Draw a screen of a world, in canonical form."""
    if isinstance(settings, LinearWorld):
        return linear_world(settings, seed)
    return saturating_world(settings, seed)


def draw_states(settings: LinearWorld | SaturatingWorld, seed: int) -> anndata.AnnData:
    """Draw the cells of :func:`draw_world` before they are counted: ``X`` holds their states."""
    return draw_world(settings.model_copy(update={"counts": None}), seed)
