"""Genes that independent components of expression tie to a regulator (iModulons of PRECISE).

A component is the signature of a regulator that its authors found by the overlap of its genes
with known regulons (Sastry et al., Nat. Commun. 10:5536, 2019, doi:10.1038/s41467-019-13483-w).
That is knowledge from expression, not from binding: a softer truth than a table of regulons.
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.phenformer.regulons import Network


def read_imodulons(path: Path, genes: Sequence[str], least: int = 5) -> Network:
    """Read which regulators act on some genes, by the components' own thresholds.

    Parameters
    ----------
    path
        JSON of PyModulon, plain or gzipped: weights ``M`` (genes, components), ``thresholds`` of
        their absolute values, and ``imodulon_table`` with ``regulator_readable``. Components
        without a regulator are left out.
    genes
        Identifiers of the genes that are scored, in order.
    least
        Regulators of fewer of these genes are left out.

    Raises
    ------
    InputError
        If the file is none of that kind, or no regulator has enough of the genes.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            saved = json.load(file)
        weights = pd.DataFrame(_table(saved["M"])).astype(float)
        limits = pd.Series(saved["thresholds"]).astype(float)
        regulators = pd.Series(_table(saved["imodulon_table"])["regulator_readable"])
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            path, f"holds no iModulons ({error!r})", "Give a JSON file of PyModulon"
        ) from error
    regulators = regulators[regulators.fillna("").str.strip() != ""]
    members = weights[regulators.index].abs() > limits[regulators.index]
    # Several components may be of one regulator.
    members = members.T.groupby(regulators).any().T.reindex(list(genes), fill_value=False)
    members = members.loc[:, members.sum() >= least]
    if members.empty or not members.shape[1]:
        raise InputError(
            path,
            f"no regulator has {least} of the {len(genes)} genes that are scored",
            f"Use identifiers like '{weights.index[0]}', or ask for fewer",
        )
    return Network(
        members.to_numpy(dtype=bool), list(genes), [str(name) for name in members.columns]
    )


def _table(saved: Any) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(saved) if isinstance(saved, str) else saved
    return table
