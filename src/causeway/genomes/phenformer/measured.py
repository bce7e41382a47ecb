"""Diseases that were given, as the world that stage 2 reads in place of drawn ones."""

import shutil
from pathlib import Path

import anndata
import pandas as pd

from causeway.errors import InputError
from causeway.genomes.phenformer.literature import read_truth
from causeway.genomes.splits import PARTS


def check_parts(cases: pd.DataFrame, parts: pd.DataFrame, where: Path) -> None:
    """Refuse a disease that cannot be learned or judged.

    Parameters
    ----------
    cases
        Table of :func:`causeway.genomes.reading.phenotypes.read_diseases`.
    parts
        Split of the same people, in the same order.
    where
        The file that tells the diseases.

    Raises
    ------
    InputError
        If a disease has no cases or no controls in a part.
    """
    for part in PARTS:
        rows = cases[(parts["part"] == part).to_numpy()]
        for name in cases.columns.drop("person"):
            for value, word in ((1, "cases"), (0, "controls")):
                if not (rows[name] == value).any():
                    raise InputError(
                        f"{where}, column {name}",
                        f"no {word} among {len(rows)} people of the part '{part}'",
                        "Leave the disease out, or hold out other shares of people (holdout)",
                    )


def write_measured(
    cases: pd.DataFrame, literature: Path | None, expression: Path, folder: Path
) -> None:
    """Write ``cases.tsv``, and known contexts as ``contexts.tsv`` if there are any.

    Parameters
    ----------
    cases
        Table of :func:`causeway.genomes.reading.phenotypes.read_diseases`.
    literature
        Curated contexts of diseases, see :mod:`causeway.genomes.phenformer.literature`.
    expression
        ``.h5ad`` file that tells the contexts.
    folder
        To write.

    Raises
    ------
    InputError
        If the curated table does not fit diseases and contexts.
    """
    folder.mkdir(parents=True)
    cases.to_csv(folder / "cases.tsv", sep="\t", index=False)
    if literature is not None:
        contexts = anndata.read_h5ad(expression, backed="r").var_names.tolist()
        read_truth(literature, cases.columns.drop("person").tolist(), contexts)
        shutil.copyfile(literature, folder / "contexts.tsv")
