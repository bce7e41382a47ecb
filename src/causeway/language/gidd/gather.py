"""Gather the curves of all runs of a sweep."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.language.gidd.curves import MEASURED, curve
from causeway.language.gidd.outcomes import HISTORY, OUTCOME, Outcome, read_outcome
from causeway.language.gidd.settings import Noise, Plan, Recipe, Sweep
from causeway.language.gidd.sweep import ANNEALED, TWIN
from causeway.language.scaling.runs import DIVERGED, validate


def gather(*, runs: list[Path], curves: Path, sweep: Sweep, recipe: Recipe) -> None:
    """Make the one table that scaling laws are fitted to.

    Parameters
    ----------
    runs
        Folders of the step ``train``.
    curves
        Parquet file to write, see :data:`causeway.language.scaling.runs.COLUMNS`. The last
        reading of a run that diverged is no number, and ``diverged`` says at which step and rate.
        Annealed branches end with ``.annealed`` in the name of their noise and have their last
        reading alone, as rates differ before.
    sweep, recipe
        Sections of the configuration.

    Raises
    ------
    InputError
        If there is no run, or a run is not of the sweep.
    """
    folders = sorted(place.parent for job in runs for place in job.glob(f"*/{OUTCOME}"))
    if not folders:
        raise InputError(", ".join(map(str, runs)), "holds no run", "Run train again")
    tables = [table for folder in folders for table in _tables(folder, sweep, recipe)]
    validate(pd.concat(tables, ignore_index=True), curves).to_parquet(curves, index=False)


def _tables(folder: Path, sweep: Sweep, recipe: Recipe) -> Iterator[pd.DataFrame]:
    """Curve of a run, and the ends of its branches."""
    outcome = read_outcome(folder)
    plan = outcome.plan
    kind = TWIN if plan.model == TWIN else named(plan.noise, sweep)
    yield _table(folder, outcome, kind, plan.name, recipe)
    for branch in sorted(folder.glob("annealed-*")):
        name = f"{plan.name}.{branch.name}"
        outcome = read_outcome(branch)
        yield _table(branch, outcome, f"{kind}{ANNEALED}", name, recipe).tail(1)


def _table(folder: Path, outcome: Outcome, kind: str, name: str, recipe: Recipe) -> pd.DataFrame:
    """Curve in a folder, which ends with no number if training diverged."""
    plan = outcome.plan.model_copy(update={"name": name})
    history = pd.read_parquet(folder / HISTORY)
    if outcome.diverged is not None:
        history = _with_the_end(history, plan)
    length, vocabulary = recipe.training.length, outcome.vocabulary
    found = curve(history, plan, kind=kind, length=length, vocabulary=vocabulary)
    return found.assign(**{DIVERGED: outcome.diverged or ""})


def named(noise: Noise, sweep: Sweep) -> str:
    """Name of a type of noise in a sweep.

    Raises
    ------
    InputError
        If the sweep has no such noise.
    """
    for name, other in sweep.noises.items():
        if other == noise:
            return name
    raise InputError("sweep.noises", f"has no {noise}", "Train with the noises of the sweep")


def _with_the_end(history: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Add a reading that is no number, one measurement after the last."""
    step = int(history["step"].max()) if len(history) else 0
    end = {"step": step + plan.steps_per_epoch, "epoch": 0, "metric": MEASURED}
    return pd.concat([history, pd.DataFrame([end | {"value": float("nan")}])], ignore_index=True)
