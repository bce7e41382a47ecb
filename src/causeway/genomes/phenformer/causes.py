"""What is known of the causes of diseases: what was planted, or what the literature says."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.phenformer.literature import read_truth


class Causes(NamedTuple):
    """Causes of diseases: masks ``contexts`` (diseases, contexts), ``genes`` (diseases, genes).

    Each is None where nothing is known.
    """

    contexts: NDArray[np.bool_] | None
    genes: NDArray[np.bool_] | None


def read_causes(
    folder: Path, diseases: Sequence[str], contexts: Sequence[str], genes: Sequence[str]
) -> Causes:
    """Read what is known of diseases: of drawn ones all, of measured ones contexts at most.

    Parameters
    ----------
    folder
        Of one world of ``people``, see :mod:`causeway.genomes.worlds.liability` and
        :mod:`causeway.genomes.phenformer.measured`.
    diseases, contexts, genes
        Names, in the order of the masks.

    Raises
    ------
    InputError
        If contexts are told, but no disease has one, or one of another name.
    """
    curated, drawn = folder / "contexts.tsv", folder / "causal.json"
    true = read_truth(curated, diseases, contexts).mask if curated.exists() else None
    if not drawn.exists():
        return Causes(true, None)
    told = json.loads(drawn.read_text())
    return Causes(true, np.array([np.isin(genes, list(told[name]["genes"])) for name in diseases]))
