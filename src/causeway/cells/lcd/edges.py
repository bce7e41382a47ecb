"""The strongest effects between genes as a table of edges."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.cells.lcd.implication import Sources


def edge_table(
    matrix: NDArray[np.floating], genes: list[str], sources: Sources, quantile: float
) -> pd.DataFrame:
    """List effects above a quantile of all off-diagonal ones, the strongest first.

    Parameters
    ----------
    matrix
        Effects, shape (d, d), entry ``[i, j]`` being the effect of gene j on gene i.
    genes
        Names.
    sources
        Perturbed genes and what they change.
    quantile
        Of absolute effects; 0 lists all but the weakest.

    Returns
    -------
    DataFrame
        Columns ``source, target, effect, reverse`` (the effect in the other direction), ``rank``
        (1 for the strongest), ``changed`` (whether the target is differentially expressed after
        perturbing the source; missing where the source was not perturbed) and ``held_out``
        (whether the source was absent from training).
    """
    apart = ~np.eye(len(matrix), dtype=bool)
    sizes = np.abs(matrix)
    target, source = np.nonzero(apart & (sizes > np.quantile(sizes[apart], quantile)))
    order = np.argsort(-sizes[target, source], kind="stable")
    target, source = target[order], source[order]
    perturbed = np.full(len(genes), -1)
    perturbed[sources.genes] = np.arange(len(sources.genes))
    row = perturbed[source]
    known = row >= 0
    changed = np.zeros(len(row), dtype=bool)
    held_out = np.zeros(len(row), dtype=bool)
    changed[known] = sources.changed[row[known], target[known]]
    held_out[known] = sources.held_out[row[known]]
    names = np.array(genes, dtype=object)
    return pd.DataFrame(
        {
            "source": names[source],
            "target": names[target],
            "effect": matrix[target, source],
            "reverse": matrix[source, target],
            "rank": np.arange(1, len(row) + 1),
            "changed": pd.Series(changed, dtype="boolean").mask(~known),
            "held_out": held_out,
        }
    )
