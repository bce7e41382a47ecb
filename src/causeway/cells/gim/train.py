"""Train generative intervention models, one per seed."""

from pathlib import Path

import numpy as np
import torch

from causeway.cells.gim import splitting
from causeway.cells.gim.config import Network, Priors, Training, Variant
from causeway.cells.gim.contexts import read
from causeway.cells.gim.data import ContextData, batch_of, stacked
from causeway.cells.gim.module import Shape, build
from causeway.cells.gim.standard import Units
from causeway.cells.splits import read_splits
from causeway.hardware import Hardware
from causeway.training import fit


def train(
    *,
    screens: Path,
    checkpoint: Path,
    history: Path,
    settings: Variant,
    network: Network,
    priors: Priors,
    training: Training,
    hardware: Hardware,
    seeds: list[int],
    threads: int,
    resume: Path,
) -> None:
    """Maximise the posterior of graph, mechanisms and the map from features.

    Parameters
    ----------
    screens
        Folder of the step ``prepare``.
    checkpoint
        Weights and settings of all seeds to write.
    history
        Terms of the objective per epoch to write.
    settings, network, priors, training, hardware
        Sections of the configuration.
    seeds
        Seeds of the replicates.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If a gene does not vary among control cells.
    """
    batches, graphs = [], {}
    for seed in seeds:
        screen = read(screens / f"seed{seed}.h5ad")
        contexts = splitting.training(read_splits(screens / f"seed{seed}.tsv"))
        batches.append(batch_of(screen, contexts, Units.of(screen, contexts)))
        known = settings.graph == "known"
        true = np.asarray(screen.truth["graph"], dtype=np.float32) if known else None
        graphs[seed] = None if true is None else torch.from_numpy(true)
    batch = stacked(batches)
    shape = Shape(batch.features.shape[-1], batch.cells.states.shape[-1])
    fit(
        build(shape, settings, network, priors, training, graphs),
        ContextData(batch, training.steps_per_epoch),
        epochs=training.steps // training.steps_per_epoch,
        hardware=hardware,
        seed=seeds[0],
        threads=threads,
        resume=resume,
        history=history,
        checkpoint=checkpoint,
    )
