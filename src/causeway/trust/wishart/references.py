"""Tables of reference numbers, and how far computed ones are from them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causeway.errors import InputError


def read(path: Path, columns: Sequence[str]) -> list[Any]:
    """Read the rows of a table of reference numbers, as named tuples.

    Parameters
    ----------
    path
        Tab-separated values with a header; lines from ``#`` on are remarks.
    columns
        Columns needed besides ``printed``, which keeps the numbers as text.

    Raises
    ------
    InputError
        If the file lacks a column or has no rows.
    """
    table = pd.read_csv(path, sep="\t", comment="#", dtype={"printed": str})
    missing = [name for name in (*columns, "printed") if name not in table]
    if missing or table.empty:
        raise InputError(
            path,
            f"no column {', '.join(missing)}" if missing else "no rows",
            "Restore the file from the project",
        )
    return list(table.itertuples(index=False))


def unit(printed: str) -> float:
    """Unit of the last digit of a printed number, e.g. 0.01 of ``1.37`` and 1 of ``513``.

    Numbers with an exponent count by their mantissa: ``1.6e-4`` has the unit 1e-5.
    """
    mantissa, _, power = printed.lower().partition("e")
    return float(10.0 ** (int(power or 0) - len(mantissa.partition(".")[2])))


def deviation(computed: Sequence[float], printed: Sequence[str]) -> float:
    """Largest difference of computed from printed numbers, in units of their last digits."""
    differences = np.abs(np.asarray(computed) - np.array([float(text) for text in printed]))
    return float(np.max(differences / [unit(text) for text in printed]))
