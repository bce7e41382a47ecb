"""What a run leaves behind."""

from pathlib import Path

from pydantic import ValidationError

from causeway.errors import InputError
from causeway.language.gidd.settings import Plan
from causeway.section import Section

CHECKPOINT = "model.ckpt"
HISTORY = "history.parquet"
OUTCOME = "outcome.json"


class Outcome(Section):
    """How a run, or an annealed branch of it, ended."""

    plan: Plan
    """What was asked for; of a branch, that of its run."""
    vocabulary: int
    """Number N of tokens."""
    diverged: str | None = None
    """At which step and rate the loss was not finite; there is no checkpoint then."""


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
