"""Screens of all sources as environments."""

import anndata
import numpy as np
from scipy import sparse

from causeway.cells.stadion.config import Split
from causeway.cells.stadion.environments import Environments, hold_out
from causeway.cells.stadion.sources import ScreenFile, Source
from causeway.cells.worlds.linear import linear_world
from causeway.cells.worlds.saturating import saturating_world
from causeway.cells.worlds.settings import LinearWorld
from causeway.errors import InputError

LABELS = "perturbation"


def screen(source: Source, split: Split, seed: int) -> Environments:
    """Draw or read a screen, and hold out interventions.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    if isinstance(source, ScreenFile):
        data, held_out, where = _read(source), source.held_out, str(source.path)
    else:
        world = linear_world if isinstance(source, LinearWorld) else saturating_world
        data, where = world(source, seed), source.kind  # type: ignore[arg-type]
        held_out = data.uns["held_out"].tolist()
    labels = data.obs[LABELS].to_numpy().astype(str)
    train, test = hold_out(labels, held_out, split.singles, seed, where)
    cells = data.X.toarray() if sparse.issparse(data.X) else np.asarray(data.X)
    if not np.isfinite(cells).all():
        raise InputError(f"{where}: X", "NaN or infinite values", "Remove these cells or genes")
    # Linear worlds call their effects A, saturating ones W.
    truth = data.uns.get("truth", {})
    effects = truth.get("A", truth.get("W"))
    return Environments(
        cells.astype(np.float32), labels, data.var_names.tolist(), train, test, effects
    )


def _read(source: ScreenFile) -> anndata.AnnData:
    try:
        data = anndata.read_h5ad(source.path)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            source.path, f"cannot be read as AnnData ({error})", "Give a whole .h5ad file"
        ) from error
    if LABELS not in data.obs:
        raise InputError(
            f"{source.path}: obs",
            f"no column {LABELS!r}, only {', '.join(data.obs.columns)}",
            "Bring the screen into canonical form first",
        )
    for what, names in (("var_names", data.var_names), ("obs_names", data.obs_names)):
        if not names.is_unique:
            name = names[names.duplicated()][0]
            raise InputError(
                f"{source.path}: {what}", f"{name} stands there twice", "Make them unique"
            )
    return data
