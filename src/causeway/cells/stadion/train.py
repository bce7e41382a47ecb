"""Learn a stationary diffusion from interventions, for each seed."""

from pathlib import Path

import torch

from causeway.cells.stadion import environments as archive
from causeway.cells.stadion.batches import StadionData, Steps
from causeway.cells.stadion.config import Training, Variant
from causeway.cells.stadion.learned import build
from causeway.cells.stadion.module import Stadion
from causeway.cells.stadion.standard import units as units_of
from causeway.hardware import Hardware
from causeway.training import fit


def train(
    *,
    environments: Path,
    checkpoint: Path,
    history: Path,
    settings: Variant,
    training: Training,
    hardware: Hardware,
    seeds: list[int],
    threads: int,
    resume: Path,
) -> None:
    """Minimise the kernel deviation from stationarity over all training environments.

    Parameters
    ----------
    environments
        Folder with an archive of cells per seed.
    checkpoint
        Weights and settings to write.
    history
        Loss per epoch to write.
    settings, training, hardware
        Sections of the configuration.
    seeds
        Seeds of the replicates: of their initial values and batches.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If a known target is not measured, or a gene does not vary.
    """
    states, diffusions = {}, {}
    for seed in seeds:
        cells = archive.read(environments / f"seed{seed}.npz")
        units = units_of(cells, training.standardise)
        states[seed] = [units.standard(cells.of(label)) for label in cells.train]
        torch.manual_seed(seed)
        masks = cells.masks(cells.train, settings.targets == "known")
        diffusions[seed] = build(settings, training, masks)
        if training.warm_start:
            means = [torch.from_numpy(one).mean(0) for one in states[seed]]
            diffusions[seed].warm_start(torch.stack(means))
    module = Stadion(diffusions, training)
    module.save_hyperparameters(
        {
            "variant": settings.model_dump(),
            "training": training.model_dump(),
            "seeds": list(seeds),
        }
    )
    fit(
        module,
        StadionData(Steps(states, training.batch), training.steps_per_epoch),
        epochs=training.steps // training.steps_per_epoch,
        hardware=hardware,
        seed=seeds[0],
        threads=threads,
        resume=resume,
        history=history,
        checkpoint=checkpoint,
    )
