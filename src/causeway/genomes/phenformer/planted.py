"""What was planted: the contexts and genes that drawn diseases rest on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.phenformer.literature import read_truth


class Planted(NamedTuple):
    """Causes of diseases: masks ``contexts`` (diseases, contexts), ``genes`` (diseases, genes)."""

    contexts: NDArray[np.bool_]
    genes: NDArray[np.bool_]


def read_planted(
    folder: Path, diseases: Sequence[str], contexts: Sequence[str], genes: Sequence[str]
) -> Planted:
    """Read the truth of drawn diseases.

    Parameters
    ----------
    folder
        Of one world of ``people``, see :mod:`causeway.genomes.worlds.liability`.
    diseases, contexts, genes
        Names, in the order of the masks.

    Raises
    ------
    InputError
        If no disease has a context, or one of another name.
    """
    told = json.loads((folder / "causal.json").read_text())
    return Planted(
        read_truth(folder / "contexts.tsv", diseases, contexts).mask,
        np.array([np.isin(genes, list(told[name]["genes"])) for name in diseases]),
    )
