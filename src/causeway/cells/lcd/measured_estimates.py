"""Estimates of effects between genes from mean shifts of states, without any drift."""

import numpy as np
from numpy.typing import NDArray

from causeway.cells.labels import targets
from causeway.cells.lcd.inverse import known_target_inverse, shift_matrix, signed_shift_matrix
from causeway.cells.lcd.states import States


def measured_estimates(states: States, self_term: float = 1.0) -> dict[str, NDArray[np.float64]]:
    """Estimate effects by single perturbations of genes of the panel.

    Parameters
    ----------
    states
        States of the control and of perturbations; only those of one measured target are used.
    self_term
        Rate at which genes decay, if it is known; scales the inverse.

    Returns
    -------
    dict
        ``known-target-inverse``, ``signed-shifts`` and ``shifts``, shape (d, d) each; see
        :mod:`causeway.cells.lcd.inverse`.
    """
    place = {gene: column for column, gene in enumerate(states.genes)}
    origin = states.control().mean(axis=0, dtype=np.float64)
    means = {
        place[label]: cells.mean(axis=0, dtype=np.float64)
        for label, cells in zip(states.environments, states.states, strict=True)
        if len(targets(label)) == 1 and label in place
    }
    hit = np.array(list(means), dtype=int)
    shifts = np.array(list(means.values())).reshape(len(hit), len(place)) - origin
    return {
        "known-target-inverse": known_target_inverse(shifts, hit, self_term=self_term),
        "signed-shifts": signed_shift_matrix(shifts, hit),
        "shifts": shift_matrix(shifts, hit),
    }
