"""Fix what a dataset consists of before its shards are fetched."""

from pathlib import Path

from causeway.proteins.sources import Source
from causeway.proteins.supply import plan as plans
from causeway.proteins.supply import survey as surveys


def survey(*, plan: Path, source: Source, mirror: str | None, root: Path, seed: int) -> None:
    """Write down the files of a dataset, so that all its shards see the same.

    Parameters
    ----------
    plan
        JSON that is written.
    source
        Where the structures come from.
    mirror
        Folder or base URL to use instead of the publishers' addresses.
    root
        Folder of the project, with ``config/data.tsv``.
    seed
        Seed of a synthetic dataset, the same for all shards.

    Raises
    ------
    InputError
        If the source does not exist, cannot be reached or holds nothing.
    """
    plans.save(surveys.plan(source, root=root, mirror=mirror, seed=seed), plan)
