"""Printed reference numbers, and how far a computation is from them."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pandas as pd

from causeway.errors import InputError

COLUMNS = ["dataset", "variant", "quantity", "printed"]
DATA_SETS = range(5)
"""Seeds of the data sets that printed numbers are about."""


def read(path: Path, dataset: str, variant: str) -> dict[str, str]:
    """Read the printed numbers of one dataset and variant, by quantity.

    Lines that begin with ``#`` are comments.

    Raises
    ------
    InputError
        If the table cannot be read or lacks a column.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, comment="#")[COLUMNS]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            path, f"no table of references ({error})", f"Give columns {', '.join(COLUMNS)}"
        ) from error
    mine = table[(table["dataset"] == dataset) & (table["variant"] == variant)]
    return dict(zip(mine["quantity"], mine["printed"], strict=True))


def deviation(computed: Mapping[str, float], printed: Mapping[str, str]) -> tuple[float, int]:
    """Largest distance from printed numbers, in units of half their last digit.

    At most 1 means that every number, rounded as printed, is the printed one.

    Parameters
    ----------
    computed
        Numbers by quantity.
    printed
        Numbers as text; only quantities that were computed count.

    Returns
    -------
    tuple of float and int
        The distance, and how many numbers were compared.
    """
    distances = [
        abs(computed[name] - float(text)) / _half_digit(text)
        for name, text in printed.items()
        if name in computed
    ]
    return max(distances, default=0.0), len(distances)


def _half_digit(text: str) -> float:
    exponent = Decimal(text).as_tuple().exponent
    return 0.5 * 10.0 ** int(exponent)
