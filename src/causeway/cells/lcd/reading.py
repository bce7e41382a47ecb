"""Fixed points and constants of a trained drift, in the coordinates of latent states."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from causeway.cells.labels import CONTROL
from causeway.cells.lcd.causal_matrix import latent_origin, to_latent
from causeway.cells.lcd.config import Sampling
from causeway.cells.lcd.drift import CausalDrift
from causeway.cells.lcd.sampling import drift_at, fixed_points
from causeway.cells.lcd.standardise import Standard


class Reading(NamedTuple):
    """What CLIPR needs of a drift.

    ``environments``: labels of K single perturbations. ``control``: fixed point of the control,
    shape (d,). ``points``: fixed points, shape (K, d). ``constants``: drifts at the origin of
    latent space, shape (K, d).
    """

    environments: list[str]
    control: NDArray[np.float64]
    points: NDArray[np.float64]
    constants: NDArray[np.float64]


def read_drift(
    drift: CausalDrift, standard: Standard, settings: Sampling, level: int | None
) -> Reading:
    """Follow a drift to its fixed points, and read it at the origin of latent space.

    Parameters
    ----------
    drift
        Trained drift, in evaluation mode. Environments are its trained targets, also those that
        were only seen within combinations.
    standard
        How states were standardised.
    settings
        Steps of the noise-free dynamics.
    level
        Noise level at which the drift is read, 0 being the largest; None for the smallest.
    """
    environments = [token for token, row in drift.tokens.items() if drift.trained[row]]
    points = fixed_points(drift, [CONTROL, *environments], settings).cpu().double().numpy()
    center, scale = (part.cpu().double().numpy() for part in standard)
    origin = torch.as_tensor(latent_origin(center, scale), dtype=torch.float32)
    origins = origin.to(drift.embeddings.device).expand(len(environments), -1)
    constants = drift_at(drift, origins, environments, level).cpu().double().numpy()
    latent, constants = to_latent(points[1:], constants, center, scale)
    return Reading(environments, center + scale * points[0], latent, constants)
