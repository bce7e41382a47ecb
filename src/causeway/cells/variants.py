"""Tables of all variants of a dataset as one, for figures that compare them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd


def read_variants(paths: Sequence[Path]) -> pd.DataFrame:
    """Read tables that lie in folders of their variants' names, with a column ``variant``.

    Parameters
    ----------
    paths
        Parquet files ``<variant>/<name>.parquet`` with the same columns.
    """
    tables = [pd.read_parquet(path).assign(variant=path.parent.name) for path in paths]
    return pd.concat(tables, ignore_index=True)
