"""Tables of text with a header."""

import io
from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.reading.streams import open_bytes

TABBED = {".tsv", ".txt", ".tab", ".gct"}


def read_table(
    path: Path, *, skip: int = 0, index: bool = False, text: bool = False
) -> pd.DataFrame:
    """Read a table, plain or compressed.

    Parameters
    ----------
    path
        Values apart by tabs in ``.tsv``, ``.txt`` and ``.gct``, also before ``.gz``; else by
        commas.
    skip
        Lines before the header.
    index
        Whether the first column is that of row names.
    text
        Whether values stay as they are written, so that ``007`` is no number; empty ones are NaN.

    Raises
    ------
    InputError
        If it is damaged, empty, or rows have different numbers of columns, or a column occurs
        twice.
    """
    with open_bytes(path) as stream:
        data = stream.read()
    separator = "\t" if TABBED & set(path.suffixes) else ","
    header = data.split(b"\n", skip + 1)[skip:][:1]
    names = header[0].decode("utf-8", "replace").strip().split(separator) if header else []
    names = [name.strip('"') for name in names]
    if twice := {name for name in names if name and names.count(name) > 1}:
        raise InputError(path, f"column {min(twice)!r} occurs twice", "Rename one of the two")
    try:
        return pd.read_csv(
            io.BytesIO(data),
            sep=separator,
            skiprows=skip,
            index_col=0 if index else None,
            # NA is also the name of a gene.
            keep_default_na=False,
            na_values=[""],
            dtype=str if text else None,
            low_memory=False,
        )
    except (ValueError, IndexError) as error:
        raise InputError(path, f"is no whole table ({error})", "Get it again") from error
