"""Runs of the sweep, trained one after another in one job."""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.language.gidd.data import TokenData, diffusion_data, twin_data
from causeway.language.gidd.module import DivergenceError, build
from causeway.language.gidd.settings import Corruption, Network, Optimisation, Plan, Training
from causeway.language.packing import Sequences
from causeway.section import Section
from causeway.training import fit

log = logging.getLogger(__name__)

CHECKPOINT = "model.ckpt"
HISTORY = "history.parquet"
OUTCOME = "outcome.json"


class Outcome(Section):
    """How a run ended."""

    plan: Plan
    """What was asked for."""
    vocabulary: int
    """Number N of tokens."""
    diverged: str | None = None
    """What happened to a run whose loss was not finite; it has no checkpoint."""


class Recipe(Section):
    """What all runs of a sweep have in common."""

    network: Network = Network()
    training: Training = Training()
    optimisation: Optimisation = Optimisation()
    corruption: Corruption = Corruption()
    hardware: Hardware = Hardware()


def train_all(
    plans: Sequence[Plan],
    recipe: Recipe,
    *,
    train: Path,
    valid: Path,
    folder: Path,
    threads: int,
    resume: Path,
) -> None:
    """Train runs one after another; each continues where it was broken off.

    A run that diverges says so in its outcome, and the others go on. Finished runs wait in
    ``resume`` until all are done, since the outputs of a job that fails are removed.

    Parameters
    ----------
    plans
        The runs; their names differ.
    recipe
        What they share.
    train, valid
        Files of tokens, of one tokeniser.
    folder
        Where to put ``<name>/history.parquet``, ``outcome.json`` and, unless it diverged,
        ``model.ckpt``, for each run.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If the files do not fit each other or hold too little, or names occur twice.
    """
    names = [plan.name for plan in plans]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("plans", f"{', '.join(twice)} occurs twice", "Give runs their own names")
    data = (Sequences(train, recipe.training.length), Sequences(valid, recipe.training.length))
    if data[0].description.tokeniser != data[1].description.tokeniser:
        raise InputError(
            valid, f"is of another tokeniser than {train}", "Run tokenise again for both"
        )
    for number, plan in enumerate(plans, 1):
        place = resume / plan.name
        if (place / OUTCOME).exists():
            log.info("run %s is done already", plan.name)
            continue
        log.info("run %s, %d of %d", plan.name, number, len(plans))
        place.mkdir(parents=True, exist_ok=True)
        _train_one(plan, recipe, data, threads, place)
    for name in names:
        target = folder / name
        target.mkdir(parents=True)
        for kind in (CHECKPOINT, HISTORY, OUTCOME):
            if (resume / name / kind).exists():
                shutil.copyfile(resume / name / kind, target / kind)


def read_outcome(folder: Path) -> Outcome:
    """Read how the run in a folder ended.

    Raises
    ------
    InputError
        If there is no run.
    """
    path = folder / OUTCOME
    try:
        return Outcome.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(path, f"is no outcome ({error})", "Run train again") from error


def _train_one(
    plan: Plan, recipe: Recipe, data: tuple[Sequences, Sequences], threads: int, place: Path
) -> None:
    """Train a run in a folder, where its outcome is written last."""
    vocabulary = data[0].description.vocabulary
    module = build(vocabulary, plan, recipe.network, recipe.training, recipe.optimisation)
    diverged = None
    try:
        fit(
            module,
            _data(plan, recipe, data),
            epochs=recipe.training.steps // recipe.training.steps_per_epoch,
            hardware=recipe.hardware,
            threads=threads,
            resume=place,
            history=place / HISTORY,
            checkpoint=place / CHECKPOINT,
            gradient_clip=recipe.optimisation.gradient_clip,
        )
    except DivergenceError as error:
        log.warning("%s", error)
        diverged = str(error)
        _keep_history(place)
    draft = place / f".{OUTCOME}.part"
    told = Outcome(plan=plan, vocabulary=vocabulary, diverged=diverged)
    draft.write_text(json.dumps(told.model_dump(mode="json"), indent=1) + "\n")
    draft.replace(place / OUTCOME)


def _data(plan: Plan, recipe: Recipe, data: tuple[Sequences, Sequences]) -> TokenData:
    if plan.model == "autoregressive":
        return twin_data(*data, plan, recipe.training)
    return diffusion_data(*data, plan, recipe.training, recipe.corruption)


def _keep_history(place: Path) -> None:
    """Keep what was logged before a run diverged."""
    table = place / "history.csv"
    columns = ["step", "epoch", "metric", "value"]
    rows = pd.read_csv(table) if table.exists() else pd.DataFrame(columns=columns)
    types = {"step": int, "epoch": int, "metric": str, "value": float}
    rows.astype(types).to_parquet(place / HISTORY, index=False)
