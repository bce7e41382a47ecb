"""Stage 1: learn expression from the windows of training genes, or take Enformer as it is."""

from pathlib import Path

import pandas as pd

from causeway.errors import InputError
from causeway.genomes.dataset import Augmentation, WindowData, WindowSet
from causeway.genomes.phenformer.backbone_settings import BackboneSettings, EnformerFile
from causeway.genomes.phenformer.expression_module import build
from causeway.genomes.phenformer.frozen import write_enformer
from causeway.genomes.phenformer.gene_windows import gene_windows
from causeway.genomes.phenformer.genes_with_parts import read_split_genes
from causeway.genomes.phenformer.settings import Learning, Variant
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.store import open_store
from causeway.hardware import Hardware
from causeway.training import fit


def learn(
    *,
    genome: Path,
    genes: Path,
    expression: Path,
    splits: Path,
    checkpoint: Path,
    history: Path,
    backbone: BackboneSettings,
    encoder: EncoderSize,
    learning: Learning,
    ablation: Variant,
    hardware: Hardware,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Train the window encoder and the expression head; weights of Enformer are only checked.

    Parameters
    ----------
    genome, genes, expression
        Files of ``index``.
    splits
        Table of ``split``.
    checkpoint
        Weights of the epoch of least validation loss, and settings, to write.
    history
        Losses to write.
    backbone, encoder, learning, ablation, hardware
        Sections of the configuration.
    seed
        Of initial weights, shuffles and augmentation.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.

    Raises
    ------
    InputError
        If weights of Enformer do not fit, or its tracks are not the contexts of the expression.
    """
    if not ablation.deviation:
        objective = learning.objective.model_copy(update={"deviation": 0.0})
        learning = learning.model_copy(update={"objective": objective})
    found, store = read_split_genes(genes, expression, splits), open_store(genome)
    if isinstance(backbone, EnformerFile):
        if list(backbone.tracks) != found.contexts:
            raise InputError(
                "backbone.tracks",
                f"names {', '.join(backbone.tracks)}, but expression has "
                f"{', '.join(found.contexts)}",
                "Name a track for each context, in their order",
            )
        write_enformer(backbone, checkpoint)
        pd.DataFrame(columns=["step", "epoch", "metric", "value"]).to_parquet(history)
        return
    around = gene_windows(found.table, encoder)
    train, valid = found.rows("train"), found.rows("valid")
    augmentation = Augmentation(opposite=learning.reverse_complement, shift=learning.shift)
    data = WindowData(
        WindowSet(
            store,
            around.iloc[train],
            found.expression[train],
            augmentation=augmentation,
            seed=seed,
        ),
        WindowSet(store, around.iloc[valid], found.expression[valid]),
        batch=learning.batch,
        seed=seed,
    )
    level = found.expression[train].mean(axis=0)
    fit(
        build(found.contexts, encoder, learning, level, seed),
        data,
        epochs=learning.epochs,
        hardware=hardware,
        seed=seed,
        threads=threads,
        resume=resume,
        history=history,
        checkpoint=checkpoint,
        gradient_clip=learning.gradient_clip,
    )
