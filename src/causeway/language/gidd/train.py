"""Train a share of the runs of a sweep."""

from pathlib import Path

from causeway.language.gidd.runs import train_all
from causeway.language.gidd.settings import Recipe, Sweep
from causeway.language.gidd.sweep import plans, shares


def train(
    *,
    tokens: Path,
    runs: Path,
    sweep: Sweep,
    recipe: Recipe,
    shard: int,
    jobs: int,
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
    sweep, recipe
        Sections of the configuration.
    shard, jobs
        Number of this job, from 0, and of all jobs; a job without runs writes an empty folder.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If there are too few tokens.
    """
    runs.mkdir(parents=True)
    shared = shares(plans(sweep, recipe.training), jobs, recipe.training.length)
    train_all(
        shared[shard] if shard < len(shared) else [],
        recipe,
        train=tokens / "train.bin",
        valid=tokens / "valid.bin",
        folder=runs,
        threads=threads,
        resume=resume,
    )
