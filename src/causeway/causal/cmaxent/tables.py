"""Rows of real data: the breast cancer table of scikit-learn, or your own file."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

from causeway.causal.cmaxent.config import BreastCancer, Table
from causeway.errors import InputError


class Problem(NamedTuple):
    """Predictors to merge: which columns, who saw what."""

    name: str
    columns: list[int]
    """Columns of the table."""
    experts: list[list[int]]
    """Positions in ``columns`` of each expert's features."""
    unlinked: list[int]
    """Positions in ``columns`` of features with unknown covariance with the target."""


class Rows(NamedTuple):
    """A table of features and a binary target."""

    names: list[str]
    x: np.ndarray
    """Shape (n, d)."""
    y: np.ndarray
    """Shape (n,): 0 or 1."""
    problems: list[Problem]


def read(source: BreastCancer | Table) -> Rows:
    """Read the rows of a source.

    Raises
    ------
    InputError
        If the file or a column is missing, the target not binary, or a value not a finite number.
    """
    if isinstance(source, BreastCancer):
        return _breast_cancer(source.features)
    return _own(source)


def _breast_cancer(features: int) -> Rows:
    found = load_breast_cancer()
    names = [str(name) for name in found.feature_names[:features]]
    problems = [
        Problem(f"{names[i]}, {names[j]}", [i, j], [[0], [1]], [])
        for i, j in combinations(range(features), 2)
    ]
    return Rows(names, found.data[:, :features], 1.0 - found.target, problems)


def _own(source: Table) -> Rows:
    table = _frame(source)
    names = source.features
    missing = [name for name in [source.target, *names] if name not in table.columns]
    if missing:
        raise InputError(
            source.path,
            f"no column {', '.join(missing)}",
            f"It has {', '.join(map(str, table.columns))}",
        )
    columns = []
    for name in names:
        values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
        if bad := int((~np.isfinite(values)).sum()):
            raise InputError(
                f"{source.path}: {name}",
                f"{bad} of {len(values)} values are missing, infinite or no numbers",
                "Drop those rows, or fill them before",
            )
        columns.append(values)
    place = {name: position for position, name in enumerate(names)}
    problem = Problem(
        ", ".join(names),
        list(range(len(names))),
        [[place[name] for name in group] for group in source.experts],
        [place[name] for name in source.unlinked],
    )
    return Rows(names, np.column_stack(columns), _target(table[source.target], source), [problem])


def _frame(source: Table) -> pd.DataFrame:
    try:
        if source.path.suffix == ".parquet":
            return pd.read_parquet(source.path)
        return pd.read_csv(source.path, sep="\t" if source.path.suffix == ".tsv" else ",")
    except (OSError, ValueError) as error:
        raise InputError(source.path, f"cannot be read ({error})", "Give a table") from error


def _target(column: pd.Series, source: Table) -> np.ndarray:
    where = f"{source.path}: {source.target}"
    if column.isna().any():
        raise InputError(where, "it has missing values", "Drop those rows")
    if column.nunique() != 2:
        raise InputError(where, f"{column.nunique()} different values", "A target has two")
    if source.positive is None:
        if set(column.unique()) != {0, 1}:
            raise InputError(where, "it does not hold 0 and 1", "Say which value is `positive`")
        return column.to_numpy(dtype=float)
    ones = (column.astype(str) == source.positive).to_numpy(dtype=float)
    if not ones.any():
        raise InputError(
            where,
            f"no row has the value {source.positive!r}",
            f"Use one of {', '.join(map(str, column.unique()))}",
        )
    return ones
