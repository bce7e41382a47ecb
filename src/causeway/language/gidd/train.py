"""Train a share of the runs of a sweep."""

import logging
from pathlib import Path
from time import process_time

from causeway.language.gidd.runs import train_all
from causeway.language.gidd.settings import Plan, Recipe

log = logging.getLogger(__name__)


def train(
    *,
    tokens: Path,
    runs: Path,
    plans: list[Plan],
    recipe: Recipe,
    threads: int,
    resume: Path,
) -> None:
    """Train the runs of one job, one after another.

    Parameters
    ----------
    tokens
        Folder of the step ``tokenise``.
    runs
        Folder to write, one folder per run, see :func:`causeway.language.gidd.runs.train_all`.
    plans
        The runs.
    recipe
        Section of the configuration.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If there are too few tokens.
    """
    started = process_time()
    runs.mkdir(parents=True)
    train_all(
        plans,
        recipe,
        train=tokens / "train.bin",
        valid=tokens / "valid.bin",
        folder=runs,
        threads=threads,
        resume=resume,
    )
    whole = process_time()
    log.info(
        "starting took %.1f of %.0f processor seconds (%.1f %%)",
        started,
        whole,
        100 * started / whole,
    )
