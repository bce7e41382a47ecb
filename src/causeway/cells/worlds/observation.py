"""A screen in canonical form of the states of a world."""

from typing import Any

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from causeway.cells.labels import targets
from causeway.cells.normalisation import log_normalised
from causeway.cells.worlds.decoding import draw_counts
from causeway.cells.worlds.perturbations import Perturbations, gene_names
from causeway.cells.worlds.settings import Counts


def observe(
    states: NDArray[np.float32],
    perturbations: Perturbations,
    truth: dict[str, Any],
    counts: Counts | None,
    rng: np.random.Generator,
) -> anndata.AnnData:
    """Observe states as they are, or count them.

    Parameters
    ----------
    states
        Shape (P, n, d): n cells of each perturbation, the control first.
    perturbations
        Their labels.
    truth
        What made the states; becomes ``uns["truth"]``.
    counts
        How cells are counted; None: ``X`` holds the states and there is no layer of counts.
    rng
        Source of randomness.

    Returns
    -------
    AnnData
        Screen. With counts, ``X`` holds their log1p after normalisation to the median control
        library, ``truth`` gains ``unit_scale``, ``dropout``, ``origin``, ``scale`` and
        ``location``, and the states that were counted are
        ``location + scale * (states - origin)``.
    """
    kinds, cells, genes = states.shape
    labels = np.repeat(perturbations.labels, cells)
    table = pd.DataFrame(
        {
            "perturbation": labels,
            "nperts": np.repeat([len(targets(label)) for label in perturbations.labels], cells),
        },
        index=[f"cell{cell:06d}" for cell in range(kinds * cells)],
    )
    names = pd.DataFrame(index=gene_names(genes))
    uns: dict[str, Any] = {
        "truth": dict(truth),
        "held_out": np.array(perturbations.held_out, dtype=str),
    }
    flat = states.reshape(-1, genes)
    if counts is None:
        return anndata.AnnData(X=flat, obs=table, var=names, uns=uns)
    origin = states[0].mean(axis=0)
    scale = counts.spread / float(np.sqrt(np.square(flat - origin).mean()))
    low, high = np.log(counts.unit_scale)
    unit_scale = np.exp(rng.uniform(low, high, genes))
    low, high = counts.dropout
    dropout = rng.uniform(low, high, (genes,))
    counted = draw_counts(counts.location + scale * (flat - origin), unit_scale, dropout, rng)
    library = counted.sum(axis=1)
    table["ncounts"] = library
    typical = float(np.median(library[:cells]))
    uns["truth"] |= {
        "unit_scale": unit_scale,
        "dropout": dropout,
        "origin": origin,
        "scale": scale,
        "location": counts.location,
    }
    return anndata.AnnData(
        X=sparse.csr_matrix(log_normalised(counted, typical)),
        obs=table,
        var=names,
        uns=uns,
        layers={"counts": sparse.csr_matrix(counted)},
    )
