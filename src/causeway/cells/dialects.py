"""Dialects in which published screens label their cells, read into canonical labels."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, get_args

from causeway.cells.labels import CONTROL, SEPARATOR, canonical
from causeway.errors import InputError

Dialect = Literal["plus", "comma", "underscore", "guide", "guide-pair", "single"]

_NUMBER = re.compile(r"_(?:sg|g|guide)?\d+$", re.IGNORECASE)
"""What tells the guides of one target apart."""


def parse(label: str, dialect: Dialect, control: str) -> str:
    """Read one label.

    ===============  =======================================================================
    dialect          labels
    ===============  =======================================================================
    ``plus``         ``A+B``, ``A+ctrl``, ``ctrl+A``, ``ctrl`` (GEARS, PerturBench, ours)
    ``comma``        ``A,B``, ``A``, empty for controls (guide ids of Norman in LCD's release)
    ``underscore``   ``A_B``, ``A_NT``, ``NT_NT`` (scPerturb; Wessels' guide pairs)
    ``guide``        ``A_1``, ``A_2``: one target and the number of its guide (scPerturb)
    ``guide-pair``   ``A_NegCtrl0__A_NegCtrl0``: both guides of the vector, twice (Norman)
    ``single``       the whole label is one target (Replogle)
    ===============  =======================================================================

    Parameters
    ----------
    label
        As it stands in the table of cells.
    dialect
        How labels are written.
    control
        The word for no target, e.g. ``ctrl``, ``NT``, ``non-targeting``, or nothing at all;
        alone or in place of a target. Where labels are of guides, a number may follow
        (``NegCtrl10``).

    Returns
    -------
    str
        Canonical label.

    Raises
    ------
    InputError
        If the label has an empty target or more than its dialect allows.
    """
    text = label.strip()
    if text == control:
        return CONTROL
    found = [name.strip() for name in _SPLIT[dialect](text)]
    names = [name for name in found if not _is_control(name, dialect, control)]
    if not all(names):
        raise InputError(
            f"label {label!r}",
            f"has an empty target as dialect {dialect!r}",
            f"Name the dialect of the labels ({', '.join(get_args(Dialect))}) and the control",
        )
    if wrong := [name for name in names if SEPARATOR in name or name == CONTROL]:
        raise InputError(
            f"label {label!r}",
            f"has the target {wrong[0]!r} as dialect {dialect!r}",
            f"Name the dialect of the labels ({', '.join(get_args(Dialect))}) and the control",
        )
    return canonical(names)


def _is_control(name: str, dialect: Dialect, control: str) -> bool:
    numbered = dialect in ("guide", "guide-pair") and name.startswith(control)
    return bool(control) and (name == control or (numbered and name[len(control) :].isdigit()))


def _guide(text: str) -> list[str]:
    return [_NUMBER.sub("", text)]


def _guide_pair(text: str) -> list[str]:
    # The vector is written twice around two underscores; within it one stands between guides.
    return text.split("__")[0].split("_")


_SPLIT: Mapping[Dialect, Callable[[str], list[str]]] = MappingProxyType(
    {
        "plus": lambda text: text.split("+"),
        "comma": lambda text: text.split(","),
        "underscore": lambda text: text.split("_"),
        "guide": _guide,
        "guide-pair": _guide_pair,
        "single": lambda text: [text],
    }
)
