"""What each base does to predicted expression: every substitution, one at a time, in silico."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from causeway.genomes.sequence import UNKNOWN, Codes

Predict = Callable[[Codes], NDArray[np.floating]]
"""From windows (n, W) to expression (n, K)."""


def substitutions(
    predict: Predict, window: Codes, span: slice, batch: int = 64
) -> NDArray[np.float64]:
    """Change of mean expression over contexts by each substitution.

    Parameters
    ----------
    predict
        A model of windows.
    window
        Codes, shape (W,).
    span
        The L places that are changed.
    batch
        Windows that are predicted at once.

    Returns
    -------
    Array of shape (L, 4)
        In the unit of ``predict``; 0 for the base that is there, NaN where it is not known.
    """
    places = np.arange(*span.indices(len(window)))
    known = places[window[places] != UNKNOWN]
    place, base = (
        one.ravel()
        for one in np.meshgrid(known, np.arange(UNKNOWN, dtype=np.uint8), indexing="ij")
    )
    other = window[place] != base
    place, base = place[other], base[other]
    found = np.zeros((len(window), UNKNOWN))
    found[window == UNKNOWN] = np.nan
    reference = predict(window[None]).mean(dtype=np.float64)
    for first in range(0, len(place), batch):
        part = slice(first, first + batch)
        changed = np.repeat(window[None], len(place[part]), axis=0)
        changed[np.arange(len(changed)), place[part]] = base[part]
        found[place[part], base[part]] = predict(changed).mean(axis=1, dtype=np.float64)
        found[place[part], base[part]] -= reference
    return found[places]


def importance(changes: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much lower expression is with another base, mean over the three others, shape (L,).

    Parameters
    ----------
    changes
        Of :func:`substitutions`, shape (L, 4).
    """
    return -changes.sum(axis=1) / (UNKNOWN - 1)


def strongest(values: NDArray[np.float64], width: int) -> int:
    """First place of the ``width`` neighbours whose absolute importance sums to most."""
    sums = np.concatenate([[0.0], np.cumsum(np.abs(np.nan_to_num(values)))])
    width = min(width, len(values))
    return int((sums[width:] - sums[: len(sums) - width]).argmax())
