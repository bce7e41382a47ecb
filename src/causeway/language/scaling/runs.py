"""The table of training runs that every fit reads, and which of its runs are fit to be used.

One row is one reading: the loss of a run after some tokens. A run may have one row (its end),
one per budget, or a whole curve. Fits never treat readings of one run as independent.
"""

from typing import Literal

import numpy as np
import pandas as pd

from causeway.errors import InputError

Counting = Literal["flops", "flops_6p", "flops_with_head"]
"""How floating-point operations are counted; see :mod:`causeway.language.scaling.flops`."""

COLUMNS = {
    "run": "name of the training run; its readings share it",
    "noise": "noise type or family of models, e.g. masked",
    "parameters": "parameters without embedding and head",
    "tokens": "tokens trained on so far",
    "budget": "FLOPs of the IsoFLOP group in the counting of the fit; NaN if in none",
    "flops": "training FLOPs so far, attention counted, embedding and head not",
    "flops_6p": "training FLOPs so far as 6 x parameters x tokens",
    "flops_with_head": "training FLOPs so far, attention and head counted",
    "loss": "nats per token; NaN or infinite if the run diverged",
    "batch": "tokens per step",
    "learning_rate": "base learning rate, before any scaling by width",
    "seed": "whole number",
}
"""Columns with their units."""

NEEDED = ("run", "noise", "parameters", "tokens", "loss")
"""Columns that a table must have; :func:`validate` fills in the others."""

DIVERGED = "diverged"
"""Further column that a table may have: how a run diverged, e.g. at which step and rate."""

SETTINGS = ["noise", "parameters", "batch", "learning_rate", "seed"]
"""What is the same in all rows of a run."""

_POSITIVE = (
    "parameters",
    "tokens",
    "flops",
    "flops_6p",
    "flops_with_head",
    "batch",
    "learning_rate",
)
_CLOSE = 1e-3
"""Relative error that ``flops_6p`` may have from rounding of parameters."""


def validate(runs: pd.DataFrame, where: object = "runs") -> pd.DataFrame:
    """Check a table of runs and give it back whole, with the types of its columns settled.

    Parameters
    ----------
    runs
        Columns at least those of ``NEEDED``. Of the others in ``COLUMNS``, where they are not
        there, seeds are 0, ``flops_6p`` is computed, and the rest is NaN, in which nothing can be
        fitted. Further columns are left alone.
    where
        Where the table comes from, for messages.

    Raises
    ------
    InputError
        If a needed column is missing, a value is no number or not positive, ``flops_6p`` does not
        fit its definition, a reading occurs twice, or a run changes its settings.
    """
    missing = [name for name in NEEDED if name not in runs]
    if missing:
        raise InputError(where, f"has no column {missing[0]!r}", f"Add it: {COLUMNS[missing[0]]}")
    absent = [name for name in COLUMNS if name not in runs]
    checked = runs.reset_index(drop=True).assign(**dict.fromkeys(absent, np.nan))
    if "seed" in absent:
        checked["seed"] = 0
    for name in ("run", "noise"):
        _refuse(checked, name, checked[name].isna() | (checked[name].astype(str) == ""), where)
        checked[name] = checked[name].astype(str)
    for name in (*_POSITIVE, "budget", "loss", "seed"):
        numbers = pd.to_numeric(checked[name], errors="coerce")
        _refuse(checked, name, numbers.isna() & checked[name].notna(), where)
        checked[name] = numbers.astype(float)
    for name in (name for name in _POSITIVE if name not in absent):
        _refuse(checked, name, ~(np.isfinite(checked[name]) & (checked[name] > 0)), where)
    _refuse(checked, "budget", (checked["budget"] <= 0) | np.isinf(checked["budget"]), where)
    _refuse(checked, "loss", checked["loss"] <= 0, where)
    _refuse(checked, "seed", checked["seed"] % 1 != 0, where)
    checked["seed"] = checked["seed"].astype(int)
    expected = 6 * checked["parameters"] * checked["tokens"]
    if "flops_6p" in absent:
        checked["flops_6p"] = expected
    _refuse(checked, "flops_6p", (checked["flops_6p"] / expected - 1).abs() > _CLOSE, where)
    _refuse(checked, "flops_with_head", checked["flops_with_head"] < checked["flops"], where)
    _refuse(checked, "tokens", checked.duplicated(["run", "tokens", "budget"]), where)
    for name in (name for name in SETTINGS if name not in absent):
        first = checked.groupby("run")[name].transform("first")
        _refuse(checked, name, checked[name] != first, where)
    return checked


def converged(runs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set runs apart that diverged: those with any reading that is not finite.

    A run that diverged late is left out whole, as the readings before it may be unsound too.
    Reasons say more where the table has a column ``diverged``, which rows that are kept lose.

    Parameters
    ----------
    runs
        A validated table.

    Returns
    -------
    kept
        Rows of the other runs.
    excluded
        One row per diverged run: ``run``, its settings, ``tokens`` of its first reading that is
        not finite, ``reason``.
    """
    bad = ~np.isfinite(runs["loss"])
    names = runs.loc[bad, "run"].unique()
    first = runs[bad].sort_values("tokens").groupby("run", as_index=False).first()
    excluded = first[["run", *SETTINGS, "tokens"]].assign(reason="diverged: loss is not finite")
    if DIVERGED in first:
        more = "diverged: " + first[DIVERGED].astype(str)
        excluded["reason"] = excluded["reason"].where(first[DIVERGED] == "", more)
    kept = runs[~runs["run"].isin(names)].drop(columns=DIVERGED, errors="ignore")
    return kept.reset_index(drop=True), excluded


def tuned(runs: pd.DataFrame) -> pd.DataFrame:
    """Keep the best batch size and learning rate of each noise type, size and budget.

    Best is the lowest loss averaged over seeds, and all seeds of it are kept: the best single
    run would be the luckiest one.

    Parameters
    ----------
    runs
        Converged runs with budgets.
    """
    group = ["noise", "parameters", "budget"]
    pair = [*group, "batch", "learning_rate"]
    # A table may know neither batches nor rates.
    means = runs.groupby(pair, as_index=False, dropna=False)["loss"].mean()
    best = means.loc[means.groupby(group)["loss"].idxmin(), pair]
    return runs.merge(best, on=pair)


def usable(runs: pd.DataFrame, *, several: bool = False) -> pd.DataFrame:
    """Refuse a table that a fit would silently make nonsense of, or give it back.

    Parameters
    ----------
    runs
        Rows that are about to be fitted.
    several
        Whether they may be of several noise types.

    Raises
    ------
    InputError
        If there is no row, a loss that is not finite, or an unwanted second noise type.
    """
    if runs.empty:
        raise InputError(
            "runs",
            "there is none to fit",
            "Give runs with budgets and settings, in a counting of FLOPs that the table has",
        )
    if "loss" in runs and not np.isfinite(runs["loss"]).all():
        run = runs.loc[~np.isfinite(runs["loss"]), "run"].iloc[0]
        raise InputError("runs", f"run {run!r} diverged", "Set such runs apart with converged()")
    noises = sorted(runs["noise"].unique())
    if len(noises) > 1 and not several:
        raise InputError(
            "runs", f"there are {len(noises)} noise types: {', '.join(noises)}", "Fit each alone"
        )
    return runs


def with_budget(runs: pd.DataFrame) -> pd.DataFrame:
    """Rows that belong to an IsoFLOP group, numbered anew."""
    return runs[runs["budget"].notna()].reset_index(drop=True)


def _refuse(runs: pd.DataFrame, column: str, bad: pd.Series, where: object) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        value = runs.at[row, column]
        shown = value.item() if isinstance(value, np.generic) else value
        raise InputError(
            f"{where}: row {row}, column {column!r}",
            f"{shown!r} of run {runs.at[row, 'run']!r} cannot be used",
            f"It has to be {COLUMNS[column]}, fitting the other columns and rows of the run",
        )
