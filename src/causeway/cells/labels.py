"""Canonical labels of perturbations: sorted targets joined by ``+``, or ``control``."""

from collections.abc import Iterable

from causeway.errors import InputError

CONTROL = "control"
"""Label of unperturbed cells."""
SEPARATOR = "+"
"""Stands between the targets of a label."""


def targets(label: str) -> tuple[str, ...]:
    """Targets of a canonical label in its order; none of the control."""
    return () if label == CONTROL else tuple(label.split(SEPARATOR))


def canonical(names: Iterable[str]) -> str:
    """Label of a set of targets, the control if it is empty.

    A target that two guides hit counts once.

    Raises
    ------
    InputError
        If a name is empty, is that of the control, or has the separator in it.
    """
    unique = sorted(set(names))
    for name in unique:
        if not name or name == CONTROL or SEPARATOR in name:
            raise InputError(
                "label of a perturbation",
                f"{name!r} cannot be the name of a target",
                f"Rename it: names are not empty, not {CONTROL!r} and have no {SEPARATOR!r}",
            )
    return SEPARATOR.join(unique) or CONTROL
