"""Estimates of the drift of a linear system by inputs that no model had to learn.

They bound what a trained model can give: CLIPR on the true drift would find direction, on a
perfect score it does not (:mod:`causeway.cells.lcd.causal_matrix`).
"""

import numpy as np
from numpy.typing import NDArray

from causeway.cells.lcd.causal_matrix import effects
from causeway.cells.lcd.inverse import known_target_inverse, shift_matrix, signed_shift_matrix
from causeway.cells.worlds.linear import LinearSystem, draw_states


def ideal_estimates(
    system: LinearSystem,
    targets: NDArray[np.int_],
    cells: int,
    penalty: float,
    small_penalty: float,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Estimate the drift matrix of a linear system in several ways.

    Parameters
    ----------
    system
        Truth; its perturbations are the control and K of one gene each.
    targets
        Gene of each perturbation but the control, shape (K,).
    cells
        Cells behind each sample mean.
    penalty, small_penalty
        Tikhonov penalties of CLIPR.
    rng
        Source of the cells.

    Returns
    -------
    dict
        Matrices of shape (d, d), by name:

        - ``exact``, ``exact-small-penalty``: CLIPR on true fixed points and drifts at the origin;
        - ``sample-means``: CLIPR on sample means and true drifts at the origin;
        - ``ideal-score``: CLIPR on the true score, what perfect score matching leads to;
        - ``known-target-inverse``: inverse of the shifts of sample means, scaled by the true
          self-term;
        - ``shifts``, ``signed-shifts``: shifts of sample means, raw and with the sign of each
          target's own.
    """
    means, constants = system.means[1:], (system.bias + system.perturbations.shifts)[1:]
    sampled = draw_states(system, cells, rng).mean(axis=1, dtype=np.float64)
    shifts = sampled[1:] - sampled[0]
    scores = np.linalg.solve(system.covariance, means.T).T
    decay = float(np.abs(system.drift.diagonal()).mean())
    return {
        "exact": effects(means, constants, penalty),
        "exact-small-penalty": effects(means, constants, small_penalty),
        "sample-means": effects(sampled[1:], constants, penalty),
        "ideal-score": effects(means, scores, penalty),
        "known-target-inverse": known_target_inverse(shifts, targets, self_term=decay),
        "shifts": shift_matrix(shifts, targets),
        "signed-shifts": signed_shift_matrix(shifts, targets),
    }
