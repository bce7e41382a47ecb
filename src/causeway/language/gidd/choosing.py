"""The best run of each type of noise."""

from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.language.gidd.module import LanguageModel, load
from causeway.language.gidd.outcomes import CHECKPOINT
from causeway.language.gidd.sweep import ANNEALED
from causeway.language.scaling.runs import converged

REMEDY = "Choose smaller sweep.rates, or a longer recipe.optimisation.warmup"
"""What to do about runs that diverged."""


def best(curves: pd.DataFrame) -> dict[str, str]:
    """Name of the run with the lowest last loss, by noise; branches and lost runs left out.

    Parameters
    ----------
    curves
        Table of the step ``gather``.

    Raises
    ------
    InputError
        If all runs diverged.
    """
    kept, lost = converged(curves)
    kept = kept[~kept["noise"].str.endswith(ANNEALED)]
    ends = kept.sort_values("tokens").groupby("run").tail(1)
    if ends.empty:
        raise InputError(
            "runs", f"all {len(lost)} diverged, the first so: {lost['reason'].iloc[0]}", REMEDY
        )
    first = ends.sort_values("loss").groupby("noise")["run"].first()
    return {str(kind): str(run) for kind, run in first.items()}


def load_run(jobs: list[Path], name: str) -> LanguageModel:
    """Load a trained model.

    Parameters
    ----------
    jobs
        Folders of the step ``train``.
    name
        The run.

    Raises
    ------
    InputError
        If no job has it.
    """
    for folder in jobs:
        if (folder / name / CHECKPOINT).exists():
            return load(folder / name / CHECKPOINT)
    raise InputError(f"run {name}", "has no checkpoint", "Run train again")
