"""Stage 2: learn diseases from what the genomes of training people change."""

from pathlib import Path

import numpy as np
import torch

from causeway.genomes.phenformer.inputs import Input, cohort_of, people_of
from causeway.genomes.phenformer.prediction import embed, predict
from causeway.genomes.phenformer.risk_data import RiskData
from causeway.genomes.phenformer.risk_model import RiskModel
from causeway.genomes.phenformer.risk_module import build
from causeway.genomes.phenformer.settings import RiskLearning, Variant
from causeway.genomes.phenformer.sizes import EncoderSize, GenomeSize
from causeway.hardware import Hardware
from causeway.training import fit


def risk(
    *,
    embedded: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    checkpoint: Path,
    history: Path,
    risks: Path,
    size: GenomeSize,
    encoder: EncoderSize,
    learning: RiskLearning,
    ablation: Variant,
    hardware: Hardware,
    reads: Input,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Train a transformer over genes with pooling by multihead attention, and predict everybody.

    Parameters
    ----------
    embedded
        Folder of ``embed``.
    cohort, diseases, splits
        Files of ``people``.
    checkpoint
        Weights of the epoch of largest validation area, and settings, to write.
    history
        Losses to write.
    risks
        Arrays to write (``.npz``): ``logits`` (people, diseases) and ``embeddings`` (people,
        channels) of everybody.
    size, encoder, learning, ablation, hardware
        Sections of the configuration.
    reads
        What the network reads.
    seed
        Of initial weights, shuffles, dropout, and of random inputs and labels.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.
    """
    size = size.model_copy(update={"tokens": ablation.tokens})
    people = people_of(reads, cohort, diseases, splits, seed)
    inputs, found = cohort_of(reads, embedded, people, encoder, seed)
    channels = None if inputs.embeddings is None else inputs.embeddings.shape[-1]
    torch.manual_seed(seed)
    model = RiskModel(size, found.places, found.contexts, people.diseases, channels)
    train = people.rows("train")
    fit(
        build(model, inputs, train, learning),
        RiskData(inputs, train, people.rows("valid"), batch=learning.batch, seed=seed),
        epochs=learning.epochs,
        hardware=hardware,
        seed=seed,
        threads=threads,
        resume=resume,
        history=history,
        checkpoint=checkpoint,
        gradient_clip=learning.gradient_clip,
    )
    best = RiskModel.of(checkpoint)
    everybody = np.arange(len(inputs))
    np.savez(
        risks, logits=predict(best, inputs, everybody), embeddings=embed(best, inputs, everybody)
    )
