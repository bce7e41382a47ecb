"""Stage 1: learn expression from the windows of training genes."""

from pathlib import Path

from causeway.genomes.dataset import Augmentation, WindowData, WindowSet
from causeway.genomes.phenformer.expression_module import build
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
    encoder: EncoderSize,
    learning: Learning,
    ablation: Variant,
    hardware: Hardware,
    seed: int,
    threads: int,
    resume: Path,
) -> None:
    """Train the window encoder and the expression head.

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
    encoder, learning, ablation, hardware
        Sections of the configuration.
    seed
        Of initial weights, shuffles and augmentation.
    threads
        Processor cores to use.
    resume
        Folder for the state of unfinished training.
    """
    if not ablation.deviation:
        objective = learning.objective.model_copy(update={"deviation": 0.0})
        learning = learning.model_copy(update={"objective": objective})
    found, store = read_split_genes(genes, expression, splits), open_store(genome)
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
        threads=threads,
        resume=resume,
        history=history,
        checkpoint=checkpoint,
        gradient_clip=learning.gradient_clip,
    )
