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
        Words to put behind a message. Of a section, which many layers make up, the last one that
        has a part in it is named: the user's own come last.
    """
    if not layers:
        return ""
    last = _last(location, value, list(layers.values()))
    return f", in {list(layers)[last]}" if last < len(layers) else ", on the command line"


def _last(location: Sequence[int | str], value: Any, layers: Sequence[Any]) -> int:
    """Index of the last layer that holds a value or part of it; their number if none does."""
    if isinstance(value, Mapping) and value:
        return max(_last([*location, name], part, layers) for name, part in value.items())
    holders = [index for index, layer in enumerate(layers) if _found(location, layer) == value]
    return holders[-1] if holders else len(layers)


def _found(location: Sequence[int | str], layer: Any) -> Any:
    last = NOTHING
    for part in location:
        try:
            layer = last = layer[part]
        except (KeyError, IndexError, TypeError):
            last = NOTHING
    return last
