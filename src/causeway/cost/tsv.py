"""Rows of the tables under ``config/`` that plans rest on."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from causeway.errors import InputError
from causeway.section import Section

Row = TypeVar("Row", bound=Section)


def rows(path: Path, kind: type[Row]) -> Iterator[tuple[str, Row]]:
    """Read a table row by row.

    Parameters
    ----------
    path
        Table with a header; an empty cell is left to the default of its column.
    kind
        What a row holds.

    Yields
    ------
    tuple
        Where the row stands, for messages, and the row.

    Raises
    ------
    InputError
        If the table cannot be read, with the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line, cells in enumerate(csv.DictReader(file, delimiter="\t"), 2):
                where = f"{path}: line {line}"
                yield where, kind.model_validate({k: v for k, v in cells.items() if v != ""})
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", "Restore it") from None
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"]))
        raise InputError(f"{where}: {field}", problem["msg"], "Correct it") from None
