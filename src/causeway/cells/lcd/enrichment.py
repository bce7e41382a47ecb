"""Gene sets that are enriched in modules of genes."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from causeway.cells.expression import benjamini_hochberg
from causeway.errors import InputError

COLUMNS = ["module", "set", "shared", "size", "module_size", "fold", "p", "q", "genes"]


def read_gmt(path: Path) -> dict[str, frozenset[str]]:
    """Read gene sets of a GMT file: name, description and genes, separated by tabs.

    Raises
    ------
    InputError
        If the file cannot be read, a line has no gene, or a name comes twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            path, f"gene sets cannot be read ({error})", "Give the path of a GMT text file"
        ) from error
    sets: dict[str, frozenset[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, *rest = line.split("\t")
        genes = frozenset(gene.strip() for gene in rest[1:]) - {""}
        if not genes:
            raise InputError(
                f"{path}: line {number}",
                f"{name!r} has no genes",
                "A line of a GMT file is name, description and genes, separated by tabs",
            )
        if name in sets:
            raise InputError(
                f"{path}: line {number}", f"{name!r} comes twice", "Give each set its own name"
            )
        sets[name] = genes
    if not sets:
        raise InputError(path, "no gene sets in the file", "Give a GMT file with gene sets")
    return sets


def enrichment(
    numbers: NDArray[np.int_],
    genes: list[str],
    sets: dict[str, frozenset[str]],
    rate: float,
    most: int = 5,
) -> pd.DataFrame:
    """Test modules for gene sets that they share more genes with than by chance.

    One-sided hypergeometric test among the genes of the panel, as only these could be in a
    module; Benjamini-Hochberg within each module over all sets that have a gene in the panel.

    Parameters
    ----------
    numbers
        Module of each gene, shape (d,); negative for none.
    genes
        Names of the d genes.
    sets
        Genes of each set.
    rate
        False discovery rate.
    most
        Sets that are kept per module, those of least p.

    Returns
    -------
    DataFrame
        Columns ``module, set, shared, size`` (of the set within the panel), ``module_size, fold``
        (shared over expected), ``p, q, genes`` (the shared ones, joined by commas).
    """
    column = {gene: place for place, gene in enumerate(genes)}
    present = {
        name: [column[gene] for gene in sorted(members & column.keys())]
        for name, members in sets.items()
    }
    names = sorted(name for name, members in present.items() if members)
    belongs = np.zeros((len(names), len(genes)), dtype=bool)
    for row, name in enumerate(names):
        belongs[row, present[name]] = True
    sizes = belongs.sum(axis=1)
    tables = []
    for module in range(numbers.max(initial=-1) + 1):
        inside = numbers == module
        shared = (belongs & inside).sum(axis=1)
        p = stats.hypergeom.sf(shared - 1, len(genes), sizes, inside.sum())
        table = pd.DataFrame(
            {
                "module": module,
                "set": names,
                "shared": shared,
                "size": sizes,
                "module_size": int(inside.sum()),
                "fold": shared * len(genes) / (sizes * inside.sum()),
                "p": p,
                "q": benjamini_hochberg(p),
                "genes": [
                    ",".join(genes[gene] for gene in np.flatnonzero(row & inside))
                    for row in belongs
                ],
            }
        )
        found = table[(table["q"] <= rate) & (table["shared"] > 0)]
        tables.append(found.sort_values(["p", "set"]).head(most))
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(tables, ignore_index=True)[COLUMNS]
