"""Cells of held-out interventions, by the model and by predictors that need none."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from causeway.cells import baselines
from causeway.cells.labels import CONTROL
from causeway.cells.stadion.config import Simulation
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.environments import Environments
from causeway.cells.stadion.interventions import Intervention
from causeway.cells.stadion.sampling import sample
from causeway.cells.stadion.standard import Units


class Prediction(NamedTuple):
    """Predicted cells, shape (n, d), of a held-out intervention."""

    predictor: str
    cells: np.ndarray


def model_cells(
    interventions: dict[str, Intervention],
    diffusion: StationaryDiffusion,
    units: Units,
    settings: Simulation,
    seed: int,
) -> dict[str, np.ndarray]:
    """Sample the learned diffusion under interventions, all in one batch.

    Returns
    -------
    dict
        Cells by label, shape (samples, d), in the units of the screen; not finite where the
        dynamics run away.
    """
    if not interventions:
        return {}
    with torch.no_grad():
        log_noise = diffusion.log_noise
        log_scales = torch.from_numpy(np.stack([one.log_scale for one in interventions.values()]))
        found = sample(
            diffusion.drift,
            torch.from_numpy(np.stack([one.shift for one in interventions.values()])),
            torch.exp(2 * (log_noise + log_scales)),
            settings,
            torch.Generator().manual_seed(seed),
        )
    return {
        label: units.original(cells)
        for label, cells in zip(interventions, found.numpy(), strict=True)
    }


def other_predictions(
    label: str, kind: str, environments: Environments, known: baselines.Training
) -> Iterator[Prediction]:
    """Predict without a model: no effect, the average effect, added effects, the told one.

    Effects are added for combinations, which for a linear diffusion gives the true mean, and the
    told effect on the target alone is used where the model is told it, too.
    """
    yield Prediction("control", baselines.control(known, label))
    yield Prediction("mean", baselines.mean(known, label))
    if kind == "combination":
        yield Prediction("additive", baselines.additive(known, label))
    else:
        places = environments.places(label)
        told = environments.of(CONTROL).copy()
        told[:, places] += (environments.of(label).mean(0) - told.mean(0))[places]
        yield Prediction("told", told)
