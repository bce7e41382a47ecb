"""Runs of the sweep, trained one after another in one job."""

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.language.gidd.data import TokenData, diffusion_data, twin_data
from causeway.language.gidd.module import DivergenceError, build
from causeway.language.gidd.optimiser import Course
from causeway.language.gidd.outcomes import CHECKPOINT, HISTORY, OUTCOME, Outcome
from causeway.language.gidd.settings import Plan, Recipe, Training
from causeway.language.packing import Sequences
from causeway.training import fit

log = logging.getLogger(__name__)

STATE = "last.ckpt"


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
        ``model.ckpt``, for each run, and in ``<name>/annealed-<steps>`` the same for each of its
        branches.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If the files do not fit each other or hold too little, names occur twice, or a branch
        cannot leave its run.
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
    for plan in plans:
        departures(plan, recipe.training)
    for number, plan in enumerate(plans, 1):
        place = resume / plan.name
        if (place / OUTCOME).exists():
            log.info("run %s is done already", plan.name)
            continue
        log.info("run %s, %d of %d", plan.name, number, len(plans))
        place.mkdir(parents=True, exist_ok=True)
        _train_one(plan, recipe, data, threads, place)
    for name in names:
        place = resume / name
        for branch in (place, *place.glob("annealed-*")):
            target = folder / branch.relative_to(resume)
            target.mkdir(parents=True)
            for kind in (CHECKPOINT, HISTORY, OUTCOME):
                if (branch / kind).exists():
                    shutil.copyfile(branch / kind, target / kind)


def departures(plan: Plan, training: Training) -> dict[int, int]:
    """Steps at which annealed branches leave a run, by their steps in total, in rising order.

    Raises
    ------
    InputError
        If a branch would not leave at the end of an epoch of the run.
    """
    found = {}
    for steps in sorted(plan.annealed):
        start = round((1 - training.cooldown) * steps)
        if start % plan.steps_per_epoch or not 0 < start <= plan.steps:
            raise InputError(
                f"run {plan.name}",
                f"a branch of {steps} steps would leave at step {start} of {plan.steps}",
                f"Choose steps of which {1 - training.cooldown:g} are a multiple of "
                f"{plan.steps_per_epoch}, within the run",
            )
        found[steps] = start
    return found


def _train_one(
    plan: Plan, recipe: Recipe, data: tuple[Sequences, Sequences], threads: int, place: Path
) -> None:
    """Train a run and its branches in a folder; a branch that diverges is lost alone."""
    constant = Course(plan.rate, plan.steps)
    vocabulary = data[0].description.vocabulary
    with _told(plan, vocabulary, place):
        for steps, start in departures(plan, recipe.training).items():
            branch = place / f"annealed-{steps}"
            if (branch / OUTCOME).exists():
                continue
            if not branch.exists():
                _fit(plan, recipe, constant, start, data, threads, place)
                _leave(place, branch)
            course = Course(plan.rate, steps, recipe.training.cooldown)
            with _told(plan, vocabulary, branch):
                _fit(plan, recipe, course, steps, data, threads, branch)
        _fit(plan, recipe, constant, plan.steps, data, threads, place)


@contextmanager
def _told(plan: Plan, vocabulary: int, place: Path) -> Iterator[None]:
    """Write the outcome of a training in a folder once it has ended, be it by divergence."""
    diverged = None
    try:
        yield
    except DivergenceError as error:
        log.warning("in %s: %s", place.name, error)
        diverged = str(error)
        (place / CHECKPOINT).unlink(missing_ok=True)
        _keep_history(place)
    draft = place / f".{OUTCOME}.part"
    told = Outcome(plan=plan, vocabulary=vocabulary, diverged=diverged)
    draft.write_text(json.dumps(told.model_dump(mode="json"), indent=1) + "\n")
    draft.replace(place / OUTCOME)


def _fit(
    plan: Plan,
    recipe: Recipe,
    course: Course,
    end: int,
    data: tuple[Sequences, Sequences],
    threads: int,
    place: Path,
) -> None:
    """Train in a folder up to a step."""
    fit(
        build(data[0].description.vocabulary, plan, recipe, course),
        _data(plan, recipe, data),
        epochs=end // plan.steps_per_epoch,
        hardware=recipe.hardware,
        seed=plan.seed,
        threads=threads,
        resume=place,
        history=place / HISTORY,
        checkpoint=place / CHECKPOINT,
        gradient_clip=recipe.optimisation.gradient_clip,
    )


def _leave(place: Path, branch: Path) -> None:
    """Begin a branch with the state that a run has reached."""
    draft = branch.with_name(f".{branch.name}.part")
    draft.mkdir(exist_ok=True)
    shutil.copyfile(place / STATE, draft / STATE)
    draft.replace(branch)


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
