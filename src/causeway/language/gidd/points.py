"""Which readings of a sweep laws are fitted to, and which runs are left out."""

from typing import NamedTuple, get_args

import pandas as pd

from causeway.language.gidd.settings import Grid
from causeway.language.gidd.sweep import ANNEALED
from causeway.language.scaling.curves import at_budgets
from causeway.language.scaling.runs import Counting, converged, tuned

COUNTINGS: tuple[Counting, ...] = get_args(Counting)


class Points(NamedTuple):
    """Readings of runs that converged, after the least steps."""

    curves: pd.DataFrame
    """Whole curves at rates that stay."""
    annealed: pd.DataFrame
    """Ends of annealed branches, under the name of their noise."""
    excluded: pd.DataFrame
    """One row per run that is left out: ``run``, ``noise``, ``reason``."""


def prepared(curves: pd.DataFrame, grid: Grid) -> Points:
    """Set readings apart that no law should see.

    Parameters
    ----------
    curves
        Table of the step ``gather``.
    grid
        Section of the configuration.
    """
    kept, diverged = converged(curves)
    branch = kept["noise"].str.endswith(ANNEALED)
    annealed = kept[branch].reset_index(drop=True)
    annealed["noise"] = annealed["noise"].str.removesuffix(ANNEALED)
    constant = kept[~branch]
    # Tokens are whole steps times the batch, so that half a step tells them apart for sure.
    late = constant["tokens"] / constant["batch"] > grid.least_steps - 0.5
    short = constant[~constant["run"].isin(constant[late]["run"])].drop_duplicates("run")
    reason = f"no reading after {grid.least_steps} steps"
    told = [diverged[["run", "noise", "reason"]], short[["run", "noise"]].assign(reason=reason)]
    return Points(
        constant[late].reset_index(drop=True),
        annealed,
        pd.concat(told, ignore_index=True),
    )


def at_all_budgets(curves: pd.DataFrame, grid: Grid, counting: Counting) -> pd.DataFrame:
    """Readings at the budgets, with the best batch and rate of each size.

    Budgets are in the counting of the sweep. In another they are multiplied by its smallest share
    of that, as runs would end before them else.

    Parameters
    ----------
    curves
        Of :class:`Points`.
    grid
        Section of the configuration.
    counting
        Column of operations.
    """
    share = min(1.0, float((curves[counting] / curves["flops"]).min()))
    return tuned(at_budgets(curves, [budget * share for budget in grid.budgets], counting))
