"""Screens of all sources as environments."""

from causeway.cells.own_screens import read_own_screen, states
from causeway.cells.stadion.config import Split
from causeway.cells.stadion.environments import Environments, hold_out
from causeway.cells.stadion.sources import ScreenFile, Source
from causeway.cells.worlds.linear import linear_world
from causeway.cells.worlds.saturating import saturating_world
from causeway.cells.worlds.settings import LinearWorld


def screen(source: Source, split: Split, seed: int) -> Environments:
    """Draw or read a screen, and hold out interventions.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    if isinstance(source, ScreenFile):
        data, held_out, where = read_own_screen(source.path), source.held_out, str(source.path)
    else:
        world = linear_world if isinstance(source, LinearWorld) else saturating_world
        data, where = world(source, seed), source.kind  # type: ignore[arg-type]
        held_out = data.uns["held_out"].tolist()
    labels = data.obs["perturbation"].to_numpy().astype(str)
    train, test = hold_out(labels, held_out, split.singles, seed, where)
    # Linear worlds call their effects A, saturating ones W.
    truth = data.uns.get("truth", {})
    effects = truth.get("A", truth.get("W"))
    return Environments(states(data, where), labels, data.var_names.tolist(), train, test, effects)
