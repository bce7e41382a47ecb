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
    """Curves at rates that stay."""
    readings: pd.DataFrame
    """The same with the readings before the least steps, to interpolate from."""
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
    kept_runs = constant["run"].isin(constant[late]["run"])
    return Points(
        constant[late].reset_index(drop=True),
        constant[kept_runs].reset_index(drop=True),
        annealed,
        pd.concat(told, ignore_index=True),
    )


def at_all_budgets(readings: pd.DataFrame, grid: Grid, counting: Counting) -> pd.DataFrame:
    """Readings at the budgets, with the best batch and rate of each size.

    Only settings that all types of noise and sizes have are chosen from, so that none has a longer
    list than another. Budgets are in the counting of the sweep. In another they are multiplied by
    its smallest share of that, as runs would end before them else.

    Parameters
    ----------
    readings
        Of :class:`Points`.
    grid
        Section of the configuration.
    counting
        Column of operations.
    """
    mine = readings[in_common(readings)]
    share = min(1.0, float((mine[counting] / mine["flops"]).min()))
    found = at_budgets(mine, [budget * share for budget in grid.budgets], counting)
    late = found["tokens"] / found["batch"] > grid.least_steps - 0.5
    return tuned(found[late].reset_index(drop=True))


def in_common(readings: pd.DataFrame) -> pd.Series:
    """Whether all types of noise and sizes have the batch and the rate of a reading."""
    group, setting = ["noise", "parameters"], ["batch", "learning_rate"]
    pairs = readings[[*group, *setting]].drop_duplicates()
    shared = pairs.groupby(setting).size() == len(pairs[group].drop_duplicates())
    return pd.Series(
        shared.reindex(pd.MultiIndex.from_frame(readings[setting])).to_numpy(),
        index=readings.index,
    )
