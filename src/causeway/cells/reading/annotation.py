"""What the table of cells says of a published screen, in canonical form."""

from difflib import get_close_matches

import numpy as np
import pandas as pd
from anndata.utils import make_index_unique
from numpy.typing import NDArray

from causeway.cells.dialects import parse
from causeway.cells.labels import CONTROL, targets
from causeway.cells.reading.raw import Raw
from causeway.cells.screens import check_names
from causeway.cells.sources import Registered, ScreenFile
from causeway.errors import InputError

UNLABELLED = ""
"""Stands for a perturbation that nothing is known of."""
NAMED = 5
"""Labels that an error lists, the most frequent ones."""
OURS = ("perturbation", "nperts", "ncounts", "dose", "chosen", "library")
"""Columns that take the place of published ones of these names."""


def annotate(raw: Raw, source: ScreenFile | Registered) -> pd.DataFrame:
    """Canonical columns of ``obs`` beside those that were published.

    Parameters
    ----------
    raw
        Screen as it was published.
    source
        How its columns are to be understood.

    Returns
    -------
    DataFrame
        All cells. ``perturbation`` is :data:`UNLABELLED` where the label is missing, ``chosen``
        tells whether ``source.only`` takes the cell, ``library`` is NaN where no column gives it.

    Raises
    ------
    InputError
        If barcodes repeat, a column is missing or wrong, or no cell has the control's label.
    """
    check_names(raw.cells.index, "cell", "obs_names", raw.where)
    chosen = np.ones(len(raw.cells), dtype=bool)
    for name, values in source.only.items():
        column = _column(raw, name, "only").astype(str)
        chosen &= column.isin(values).to_numpy()
    if not chosen.any():
        raise InputError(f"{raw.where}, obs", "'only' takes no cell", "Correct its values")
    labels = _labels(raw, source)
    if not (labels[chosen] == CONTROL).any():
        raise _no_control(raw, source, chosen)
    kept = raw.cells.drop(columns=[name for name in OURS if name in raw.cells])
    table = kept.assign(
        perturbation=labels,
        nperts=labels.map({label: len(targets(label)) for label in labels.unique() if label}),
        chosen=chosen,
        library=np.nan,
    )
    if source.library is not None:
        table["library"] = _numbers(raw, source.library, "library")
    if source.dose is not None:
        table["dose"] = _numbers(raw, source.dose, "dose")
    return table


def gene_names(raw: Raw, source: ScreenFile | Registered) -> pd.Index:
    """Names of the genes, each once.

    Raises
    ------
    InputError
        If names repeat and the source does not say what becomes of them.
    """
    names = raw.genes.index.astype(str)
    if source.genes is not None:
        if source.genes not in raw.genes:
            raise InputError(
                f"{raw.where}, var",
                f"has no column {source.genes!r}",
                f"Set genes to null or one of {', '.join(map(str, raw.genes.columns))}",
            )
        names = pd.Index(raw.genes[source.genes].astype(str))
    if names.is_unique:
        return names
    if source.repeated_genes == "refuse":
        twice = names[names.duplicated()].unique()
        raise InputError(
            f"{raw.where}, var_names",
            f"{len(twice)} gene names occur more than once, e.g. {twice[0]!r}",
            "Name another column by 'genes', or set repeated_genes to 'number'",
        )
    return make_index_unique(names)


def _labels(raw: Raw, source: ScreenFile | Registered) -> pd.Series:
    column = _column(raw, source.label, "label")
    known: dict[str, str] = {}
    wrong: list[InputError] = []
    for label in column.dropna().astype(str).unique():
        missing = label.strip() == "" and source.control != ""
        try:
            known[label] = UNLABELLED if missing else parse(label, source.dialect, source.control)
        except InputError as error:
            wrong.append(error)
    # Under a wrong word for controls, no label of a control can be read.
    if CONTROL not in known.values():
        raise _no_control(raw, source, np.ones(len(column), dtype=bool))
    if wrong:
        raise InputError(
            f"{raw.where}, obs[{source.label!r}], {wrong[0].where}",
            wrong[0].problem,
            wrong[0].remedy,
        ) from wrong[0]
    mapped = column.astype(object).map(known, na_action="ignore")
    return mapped.fillna(UNLABELLED).astype(str)


def _no_control(
    raw: Raw, source: ScreenFile | Registered, chosen: NDArray[np.bool_]
) -> InputError:
    written = _column(raw, source.label, "label")[chosen].dropna().astype(str)
    labels = written.value_counts().index.tolist()
    words = {part for label in labels for part in (label, *label.split("+"))}
    usual = ("control", "ctrl", "non-targeting", "NT", "unperturbed", "vehicle", "DMSO", "NegCtrl")
    found = [word for word in words if word.lower() in {name.lower() for name in usual}]
    close = found or get_close_matches(source.control, words, 1)
    told = ", ".join(map(repr, labels[:NAMED])) + (", ..." if len(labels) > NAMED else "")
    return InputError(
        f"{raw.where}, obs[{source.label!r}]",
        f"no cell is a control: none of {len(labels)} labels is {source.control!r}, but {told}",
        "Set control (lcd.sources.<name>.control) to the label of unperturbed cells, "
        + (f"perhaps {close[0]!r}" if close else "or add such cells"),
    )


def _column(raw: Raw, name: str, field: str) -> pd.Series:
    if name not in raw.cells:
        close = get_close_matches(name, map(str, raw.cells.columns), 1)
        raise InputError(
            f"{raw.where}, obs",
            f"has no column {name!r}, which '{field}' names",
            f"Did you mean {close[0]!r}?"
            if close
            else f"It has {', '.join(map(str, raw.cells.columns)) or 'none'}",
        )
    return raw.cells[name]


def _numbers(raw: Raw, name: str, field: str) -> pd.Series:
    column = pd.to_numeric(_column(raw, name, field).astype(object), errors="coerce")
    if field == "library" and (column.isna() | (column <= 0)).any():
        cell = column.index[(column.isna() | (column <= 0)).to_numpy()][0]
        raise InputError(
            f"{raw.where}, obs[{name!r}], cell {cell}",
            "is no positive number",
            "Correct it, or set library to null",
        )
    return column.astype(np.float64)
