"""Stage 1: fit the noise model to counts and draw latent states."""

import logging
from pathlib import Path

import torch

from causeway.cells.lcd.batches import StepData
from causeway.cells.lcd.config import Noise, Variant
from causeway.cells.lcd.noise_module import NoiseTraining
from causeway.cells.lcd.states import Measurement, States, write_states
from causeway.cells.lcd.training_cells import read_split
from causeway.errors import InputError
from causeway.hardware import Hardware
from causeway.training import fit

log = logging.getLogger(__name__)


def denoise(
    *,
    panel: Path,
    splits: Path,
    states: Path,
    checkpoint: Path,
    history: Path,
    noise: Noise,
    ablation: Variant,
    hardware: Hardware,
    split: str,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Fit a generator of latent states to the counts of each training perturbation of a split.

    Parameters
    ----------
    panel
        Screen in canonical form, reduced to the genes of the panel.
    splits
        Table of splits.
    states
        Latent states to write, see :func:`causeway.cells.lcd.states.write_states`.
    checkpoint
        Weights to write.
    history
        Losses to write.
    noise, ablation, hardware
        Sections of the configuration.
    split, seed
        The run.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If the panel has no counts.
    """
    torch.manual_seed(seed)
    found = read_split(panel, splits, split)
    if not found.counted:
        raise InputError(panel, "has no layer of counts", "Skip stage 1: X holds the states")
    counts = [torch.as_tensor(one) for one in found.counts()]
    data = StepData(noise.steps)
    module = NoiseTraining(counts, 0, noise, ablation, seed, data.length)
    fit(
        module,
        data,
        epochs=data.epochs,
        hardware=hardware,
        seed=seed,
        threads=threads,
        resume=resume,
        history=history,
        checkpoint=checkpoint,
        gradient_clip=noise.gradient_clip,
    )
    module.eval()
    log.info("drawing %d states of %d environments", noise.states, len(counts))
    write_states(
        States(
            found.screen.var_names.tolist(),
            found.environments,
            [one.numpy() for one in module.states(noise.states, seed)],
            Measurement(module.scale.cpu().numpy(), module.logit.detach().cpu().numpy()),
        ),
        states,
    )
