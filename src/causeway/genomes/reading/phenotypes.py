"""Diseases and covariates of people, by tables with a column ``person``."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError
from causeway.genomes.reading.tables import read_table
from causeway.genomes.store import some

log = logging.getLogger(__name__)

POPULATION = "population"
"""Column of covariates that sorts people and is no number."""


def read_diseases(path: Path, people: pd.Series) -> pd.DataFrame:
    """Who has which disease.

    Parameters
    ----------
    path
        Table of ``person`` and a column per disease with 1, 0, or nothing where it is not known.
    people
        Names, in the order of the result; people of the table who are not among them are left
        out, and their number is logged.

    Returns
    -------
    DataFrame
        ``person``, and per disease 1, 0 or missing (``Int8``).

    Raises
    ------
    InputError
        If one of the people has no row or two, a value is none of these, or there is no disease.
    """
    table = _of_people(path, people)
    if len(table.columns) < 2:
        raise InputError(path, "has no disease", "Give each a column with 1, 0 or nothing")
    found = {"person": table["person"]}
    for name in table.columns.drop("person"):
        numbers = _numbers(table, name)
        wrong = table[name].notna().to_numpy() & ~np.isin(numbers, (0, 1))
        _refuse(table, name, wrong, path, "Write 1, 0, or nothing where it is not known")
        found[name] = pd.Series(numbers, table.index).astype("Int8")
    return pd.DataFrame(found)


def read_covariates(path: Path, people: pd.Series) -> pd.DataFrame:
    """Numbers that tell people apart, and perhaps their populations.

    Parameters
    ----------
    path
        Table of ``person``, numeric columns, and perhaps ``population``.
    people
        As for :func:`read_diseases`.

    Returns
    -------
    DataFrame
        ``person``, ``population`` (empty if the table has none) and float64 columns.

    Raises
    ------
    InputError
        If one of the people has no row or two, or a value is missing or no finite number.
    """
    table = _of_people(path, people)
    found = {"person": table["person"], POPULATION: pd.Series("", table.index)}
    for name in table.columns.drop("person"):
        if name == POPULATION:
            missing = table[name].isna().to_numpy()
            _refuse(table, name, missing, path, "Name everybody's, or leave the column out")
            found[name] = table[name]
            continue
        numbers = _numbers(table, name)
        remedy = "Give everybody a number, or leave the column out"
        _refuse(table, name, ~np.isfinite(numbers), path, remedy)
        found[name] = pd.Series(numbers, table.index)
    return pd.DataFrame(found)


def _of_people(path: Path, people: pd.Series) -> pd.DataFrame:
    """Rows of people in their order, as text."""
    table = read_table(path, text=True)
    if "person" not in table:
        raise InputError(
            path, "no column 'person'", f"Name it; there are {some(list(map(str, table)))}"
        )
    if (twice := table.loc[table["person"].duplicated(), "person"]).size:
        raise InputError(
            f"{path}, person", f"{twice.iloc[0]!r} stands twice", "Keep one row of each person"
        )
    if (absent := people[~people.isin(table["person"])]).size:
        raise InputError(
            f"{path}, person",
            f"{len(absent)} of {len(people)} people with genotypes have no row: {some(absent)}",
            "Add them, with nothing for diseases that are not known, or leave out their genotypes",
        )
    if others := len(table) - len(people):
        log.info("%s: %d people have no genotypes and are left out", path, others)
    return table.set_index("person").loc[people].reset_index()


def _numbers(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64)


def _refuse(
    table: pd.DataFrame, name: str, wrong: NDArray[np.bool_], path: Path, remedy: str
) -> None:
    if not wrong.any():
        return
    person, value = table.loc[wrong, ["person", name]].iloc[0]
    told = "nothing" if pd.isna(value) else repr(value)
    raise InputError(f"{path}, column {name}", f"{told} of person {person!r}", remedy)
