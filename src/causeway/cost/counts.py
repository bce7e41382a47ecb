"""What is known of raw data before they are fetched: ``config/counts.tsv``."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from causeway.cost.tsv import rows
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
    found = Counts()
    for where, count in rows(root / TABLE, Count):
        if (key := (count.dataset, count.quantity)) in found:
            raise InputError(where, "occurs twice", "Remove one")
        found[key] = count.value
    return found
