"""Gather the curves of all runs of a sweep."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.language.gidd.curves import MEASURED, curve
from causeway.language.gidd.outcomes import HISTORY, OUTCOME, read_outcome
from causeway.language.gidd.settings import Noise, Plan, Recipe, Sweep
from causeway.language.gidd.sweep import ANNEALED, TWIN
from causeway.language.scaling.runs import validate


def gather(*, runs: list[Path], curves: Path, sweep: Sweep, recipe: Recipe) -> None:
    """Make the one table that scaling laws are fitted to.

    Parameters
    ----------
    runs
        Folders of the step ``train``.
    curves
        Parquet file to write, see :data:`causeway.language.scaling.runs.COLUMNS`. The last
        reading of a run that diverged is no number. Annealed branches end with ``.annealed`` in
        the name of their noise and have their last reading alone, as rates differ before.
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
    told = {"length": recipe.training.length, "vocabulary": outcome.vocabulary}
    history = pd.read_parquet(folder / HISTORY)
    if outcome.diverged is not None:
        history = _with_the_end(history, plan)
    yield curve(history, plan, kind=kind, **told)
    for branch in sorted(folder.glob("annealed-*")):
        if (branch / HISTORY).exists():
            name = f"{plan.name}.{branch.name}"
            twig = plan.model_copy(update={"name": name})
            history = pd.read_parquet(branch / HISTORY)
            yield curve(history, twig, kind=f"{kind}{ANNEALED}", **told).tail(1)


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
