"""Contexts ranked by what a model of each alone can predict."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm


def only_context(differences: ArrayLike, context: int) -> NDArray[np.floating]:
    """Differences of one context, shape (people, genes, 1)."""
    return np.asanyarray(differences)[:, :, context : context + 1]


def context_only_risks(
    fit: Callable[[int, int], ArrayLike], contexts: int, refits: int = 1
) -> NDArray[np.float64]:
    """Risks by models that know one context each, averaged over refits.

    Parameters
    ----------
    fit
        Trains a model of a context, from the initial weights of a refit, on training people, and
        returns its logits for other people, shape (people, diseases).
    contexts
        Number of contexts.
    refits
        Models per context.

    Returns
    -------
    ndarray
        Shape (people, diseases, contexts), which
        :func:`causeway.genomes.phenformer.estimates.area_by_context` judges.
    """
    found = [
        np.mean([np.asarray(fit(context, refit)) for refit in range(refits)], axis=0)
        for context in tqdm(range(contexts), desc="contexts", disable=None)
    ]
    return np.stack(found, axis=-1)
