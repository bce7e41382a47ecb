"""Morgan fingerprints of drugs."""

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator

from causeway.cells.gim.sources import SciPlex
from causeway.errors import InputError


def fingerprints(*, smiles: Path, drugs: Path, source: SciPlex) -> None:
    """Compute Morgan fingerprints of drugs from their SMILES.

    Parameters
    ----------
    smiles
        Rows of name, SMILES and pathway, without a header.
    drugs
        Table to write: ``drug`` and one column of 0 and 1 per bit.
    source
        Radius and length of the fingerprints.

    Raises
    ------
    InputError
        If a row has no name and SMILES, or a SMILES cannot be read.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=source.radius, fpSize=source.bits)
    found: dict[str, np.ndarray] = {}
    with smiles.open(encoding="utf-8", newline="") as file, rdBase.BlockLogs():
        for line, row in enumerate(csv.reader(file), start=1):
            if len(row) < 2 or not row[0]:
                raise InputError(
                    f"{smiles}, line {line}", "has no name and SMILES", "Get the file again"
                )
            molecule = Chem.MolFromSmiles(re.sub(r"^\*\.", "", row[1]))
            if molecule is None:
                raise InputError(
                    f"{smiles}, line {line}", f"{row[1]!r} is no SMILES", "Correct it"
                )
            found[row[0]] = generator.GetFingerprintAsNumPy(molecule)
    table = pd.DataFrame.from_dict(found, orient="index")
    table.columns = [f"bit{bit:04d}" for bit in table.columns]
    table.rename_axis("drug").reset_index().to_parquet(drugs, index=False)
