"""How far the optimal loss of one type of noise lies above that of the reference."""

from collections.abc import Sequence

import pandas as pd

from causeway.language.gidd.settings import Fitting
from causeway.language.gidd.unknowns import (
    Numbers,
    Unknown,
    all_unknown,
    attempted,
    exactly,
    known,
)
from causeway.language.scaling.gaps import Gap, gap, shared_budgets
from causeway.statistics import Interval

ENDS = {"gap/first": 0, "gap/last": -1}
"""Metrics, and the place of their budget."""


def gaps(
    points: pd.DataFrame, noise: str, fitting: Fitting, seed: int
) -> tuple[Numbers, pd.DataFrame | None]:
    """Gap at both ends of compute, and how it changes.

    The ends are the smallest and the largest budget at which the optima of all types of noise are
    bracketed, so that gaps of several types compare; ``<end>/budget`` tells which they are.

    Parameters
    ----------
    points
        Readings of all types of noise at budgets.
    noise
        Which one.
    fitting
        Section of the configuration.
    seed
        Of the bootstrap.
    """
    found = attempted(
        gap, points, noise, fitting.reference, resamples=fitting.resamples, seed=seed
    )
    if isinstance(found, Unknown):
        ends = [name for end in ENDS for name in (end, f"{end}/budget")]
        return all_unknown([*ends, "gap/slope", "gap/failed"], found), None
    both = len(found.budgets)
    few = f"a slope takes three budgets that both have bracketed, and there are {both}"
    numbers = _at_ends(found, shared_budgets(points)) | {
        "gap/slope": known(found.slope, few),
        "gap/failed": exactly(found.failed, found.slope.n),
    }
    return numbers, found.budgets


def _at_ends(found: Gap, shared: Sequence[float]) -> Numbers:
    numbers: Numbers = {}
    for name, place in ENDS.items():
        if not shared:
            why = Unknown("there is no budget at which all types of noise are bracketed")
            numbers |= all_unknown([name, f"{name}/budget"], why)
            continue
        row = found.budgets[found.budgets["budget"] == shared[place]]
        value, low, high = (float(row[part].item()) for part in ("gap", "low", "high"))
        numbers[name] = Interval(value, low, high, found.slope.n)
        numbers[f"{name}/budget"] = exactly(shared[place], found.slope.n)
    return numbers
