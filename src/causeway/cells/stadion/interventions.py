"""What a held-out intervention is to a learned diffusion."""

from typing import Literal, NamedTuple

import numpy as np
import torch

from causeway.cells.labels import CONTROL, targets
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.environments import Environments
from causeway.cells.stadion.standard import Units

Kind = Literal["combination", "unseen"]


class Intervention(NamedTuple):
    """Shift and log-scale of a held-out intervention, shape (d,) each, in standard units."""

    kind: Kind
    shift: np.ndarray
    log_scale: np.ndarray


@torch.no_grad()
def intervention(
    label: str, diffusion: StationaryDiffusion, environments: Environments, units: Units
) -> Intervention | None:
    """Compose a held-out intervention of learned ones, or fit the one number that it needs.

    A *combination* of genes that were all intervened on alone adds their shifts and log-scales:
    nothing about it is told. Of an *unseen* target, the effect on the target itself is told (a
    knock-down is measured by its target's expression), and the shift is the one that gives it:
    ``c_j = effect_j / R_jj`` with the response ``R = -J^{-1}`` of the stationary mean, J being the
    mean derivative of the drift over control cells. This is exact for a linear drift and the
    first order of any other [ours].

    Returns
    -------
    Intervention or None
        None for a combination with a target that was not trained alone, and for a target that is
        no gene of the screen.
    """
    parts = targets(label)
    if all(part in environments.train for part in parts):
        places = [environments.train.index(part) for part in parts]
        return Intervention(
            "combination",
            diffusion.shifts()[places].sum(0).numpy(),
            diffusion.log_scales()[places].sum(0).numpy(),
        )
    if len(parts) > 1 or parts[0] not in environments.genes:
        return None
    place = environments.genes.index(parts[0])
    effect = environments.of(label).mean(0)[place] - environments.of(CONTROL).mean(0)[place]
    control = torch.from_numpy(units.standard(environments.of(CONTROL)))
    response = -np.linalg.inv(diffusion.drift.jacobian(control).double().numpy())
    shift = np.zeros(len(environments.genes), dtype=np.float32)
    shift[place] = effect / units.scale[place] / response[place, place]
    return Intervention("unseen", shift, np.zeros_like(shift))
