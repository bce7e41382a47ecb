"""Six classes of genetic interactions, by limits on the scores of a double.

Classes and scores are those of the code released with arXiv:2601.15341 (``utils/gi.py``), which
follows Norman et al. (Science 365:786, 2019) as grouped by GEARS. A double may be of several
classes, or of none. Limits come from doubles whose class is known.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from causeway.cells.interactions import Interaction
from causeway.cells.labels import canonical, targets
from causeway.errors import InputError

TAILS = (0.05, 0.95)
"""Quantiles of the scores of known doubles at which limits lie."""


class Rule(NamedTuple):
    """Which score tells a class, and at which ends it is limited."""

    score: str
    below: bool
    above: bool


CLASSES = {
    "synergy": Rule("magnitude", below=True, above=False),
    "additive": Rule("magnitude", below=True, above=True),
    "suppression": Rule("magnitude", below=False, above=True),
    "neomorphism": Rule("linear_fit", below=False, above=True),
    "epistasis": Rule("balance", below=False, above=True),
    "redundancy": Rule("fit", below=True, above=False),
}
"""Rules by class."""


class Limits(NamedTuple):
    """Scores of a class lie between these, ends included."""

    low: float
    high: float


NEVER = Limits(np.inf, -np.inf)
"""Limits of a class of which no double is known."""


def calibrated(
    scores: Mapping[str, Interaction], known: Mapping[str, Collection[str]]
) -> dict[str, Limits]:
    """Set limits such that nine of ten known doubles lie within those of their class.

    Parameters
    ----------
    scores
        Of measured doubles, by label.
    known
        Labels of each class; those without scores are passed over.
    """
    found = {}
    for name, rule in CLASSES.items():
        values = [
            getattr(scores[label], rule.score) for label in known.get(name, ()) if label in scores
        ]
        values = [value for value in values if np.isfinite(value)]
        if not values:
            found[name] = NEVER
            continue
        low, high = np.quantile(values, TAILS)
        found[name] = Limits(
            float(low) if rule.below else -np.inf, float(high) if rule.above else np.inf
        )
    return found


def classes(scores: Interaction, limits: Mapping[str, Limits]) -> dict[str, bool]:
    """Whether a double is of each class; of none where its score is not defined."""
    return {
        name: bool(limits[name].low <= getattr(scores, rule.score) <= limits[name].high)
        for name, rule in CLASSES.items()
    }


def read_classes(path: Path) -> dict[str, list[str]]:
    """Read a table of doubles whose class is known.

    Parameters
    ----------
    path
        Columns ``perturbation`` and ``class``, separated by tabs.

    Returns
    -------
    dict
        Canonical labels by class.

    Raises
    ------
    InputError
        If there is no such table, or with its first wrong line.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        columns = table["perturbation"], table["class"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            path,
            f"is not a table of interactions ({error})",
            "Write the columns perturbation and class, with a tab between",
        ) from error
    found: dict[str, list[str]] = {name: [] for name in CLASSES}
    for line, (label, name) in enumerate(zip(*columns, strict=True), 2):
        if name not in found:
            raise InputError(
                f"{path}, line {line}, class",
                f"{name!r} is none",
                f"Write one of {', '.join(CLASSES)}",
            )
        if len(targets(label)) != 2 or canonical(targets(label)) != label:
            raise InputError(
                f"{path}, line {line}, perturbation",
                f"{label!r} is no canonical label of two targets",
                "Write two names in the order of the alphabet, with + between",
            )
        found[name].append(label)
    return found
