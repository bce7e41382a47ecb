"""Tables of one's own: two variables and a column of environments."""

from pathlib import Path

import numpy as np
import pandas as pd

from causeway.causal.codelength.comparison import split
from causeway.errors import InputError


def read_samples(path: Path, first: str, second: str, environment: str) -> list[np.ndarray]:
    """Read the samples of each environment, centred, in the order of their labels.

    Parameters
    ----------
    path
        Parquet file, or CSV with commas (``.csv``) or tabs (``.tsv``).
    first, second, environment
        Names of columns.

    Returns
    -------
    list of ndarray
        Shape (n, 2) each.

    Raises
    ------
    InputError
        If the file cannot be read, a column is absent, or a value is missing or no number.
    """
    try:
        table = _read(path)
    except (OSError, ValueError) as error:
        raise InputError(
            path, f"cannot be read ({error})", "Give a .csv, .tsv or .parquet file"
        ) from error
    absent = [name for name in (first, second, environment) if name not in table]
    if absent:
        raise InputError(
            path,
            f"no column {', '.join(absent)}",
            f"Name some of {', '.join(map(str, table.columns))}",
        )
    labels = table[environment]
    if labels.isna().any():
        raise InputError(path, f"column {environment} misses a label", "Remove these rows")
    samples = split(table[first], table[second], labels.astype(str))
    return [sample - sample.mean(axis=0) for sample in samples]


def _read(path: Path) -> pd.DataFrame:
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if suffixes & {".parquet", ".pq"}:
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t" if ".tsv" in suffixes else ",")
