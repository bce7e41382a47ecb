"""Where a setting comes from, for messages about it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NOTHING = object()


def origin(location: Sequence[int | str], value: Any, layers: Mapping[Path, Any]) -> str:
    """Tell which layer holds a value.

    Parameters
    ----------
    location
        Path of the value; words that lead nowhere, such as the kind of a section, are passed over.
    value
        What stands there.
    layers
        Content of each file; where several hold the value, the last is named.

    Returns
    -------
    str
        Words to put behind a message; none for a section, which many layers make up.
    """
    if isinstance(value, Mapping) or not layers:
        return ""
    holders = [path for path, layer in layers.items() if _found(location, layer) == value]
    return f", in {holders[-1]}" if holders else ", on the command line"


def _found(location: Sequence[int | str], layer: Any) -> Any:
    last = NOTHING
    for part in location:
        try:
            layer = last = layer[part]
        except (KeyError, IndexError, TypeError):
            last = NOTHING
    return last
