"""What is known of raw data before they are fetched: ``config/counts.tsv``."""

import csv
from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt, ValidationError

from causeway.errors import InputError
from causeway.section import Section

TABLE = Path("config/counts.tsv")

Counts = dict[tuple[str, str], int]
"""Values by dataset and quantity; those that are not known are missing."""


class Count(Section):
    """A row of the table."""

    dataset: str = Field(pattern=r"^[a-z0-9-]+$")
    """Row of ``config/data.tsv``."""
    quantity: str = Field(pattern=r"^[a-z-]+$")
    """What is counted."""
    value: PositiveInt
    """How many."""
    mark: Literal["seen", "recalled"]
    """Whether a source was seen that says so."""
    source: str = Field(min_length=1)
    """Which."""


def read(root: Path) -> Counts:
    """Read the table.

    Parameters
    ----------
    root
        Folder of the project.

    Raises
    ------
    InputError
        If it cannot be read, with the line.
    """
    path = root / TABLE
    found = Counts()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file, delimiter="\t"), 2):
                count = Count.model_validate(row)
                if (key := (count.dataset, count.quantity)) in found:
                    raise InputError(f"{path}: line {line}", "occurs twice", "Remove one")
                found[key] = count.value
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", "Restore it") from None
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"]))
        raise InputError(f"{path}: line {line}: {field}", problem["msg"], "Correct it") from None
    return found
