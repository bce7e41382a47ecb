"""Pretrain RigidSSL on noisy views of chains."""

from pathlib import Path

import torch

from causeway.hardware import Hardware
from causeway.proteins.rigidssl.config import Network, Training, Variant
from causeway.proteins.rigidssl.data import StructureData
from causeway.proteins.rigidssl.module import build
from causeway.training import fit


def pretrain(
    *,
    index: Path,
    shards: list[Path],
    checkpoint: Path,
    history: Path,
    variant: Variant,
    network: Network,
    training: Training,
    hardware: Hardware,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Train the trunk and its velocity heads on the training chains of an index.

    Parameters
    ----------
    index
        Parquet file with one row per chain and its split.
    shards
        Arrow shards by number.
    checkpoint
        Weights and settings to write.
    history
        Losses per epoch to write.
    variant, network, training, hardware
        Sections of the configuration.
    seed
        Seed of initial weights, shuffles and noise.
    threads
        Processor cores to use, for all devices together.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If the index has no training chain.
    """
    torch.manual_seed(seed)
    fit(
        build(network, variant, training),
        StructureData(index, shards, variant, seed, training.workers),
        epochs=training.epochs,
        hardware=hardware,
        seed=seed,
        threads=max(1, threads // hardware.devices),
        resume=resume,
        history=history,
        checkpoint=checkpoint,
        gradient_clip=training.gradient_clip,
    )
