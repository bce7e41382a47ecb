"""Draw what reading genomes in two scales saves."""

from collections.abc import Iterator
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from causeway.figures import remark, save, style
from causeway.genomes.phenformer.cost import (
    block_flops,
    dense_flops,
    genome_flops,
    haplotype_flops,
    inference_memory,
)
from causeway.genomes.phenformer.cost_plots import cost as plot
from causeway.genomes.phenformer.settings import Screening, Variant
from causeway.genomes.phenformer.sizes import EncoderSize, GenomeSize, Size

OPERATIONS, MEMORY = "operations", "peak memory without gradients, bytes"
"""What is drawn."""
COPIES = 12
"""Arrays of the size of all tokens that a transformer block holds at its peak."""
NUMBER = 4
"""Bytes of a number."""


def draw_cost(
    *,
    expression: Path,
    encoder: EncoderSize,
    size: GenomeSize,
    screening: Screening,
    ablation: Variant,
    dataset: str,
    cost: Path,
) -> None:
    """Draw operations and memory of one haplotype, in two scales and with dense attention.

    Dense attention is that of the encoder's transformer over the tokens of all windows at once.

    Parameters
    ----------
    expression
        Table of ``index``, which tells the number of contexts.
    encoder, size, screening, ablation
        Sections of the configuration.
    dataset
        Name.
    cost
        Figure to write.
    """
    contexts = anndata.read_h5ad(expression, backed="r").n_vars
    size = size.model_copy(update={"tokens": ablation.tokens})
    most = max(1000, 10 * screening.genes)
    numbers = np.unique(np.geomspace(1, most, 40).round().astype(int)).tolist()
    numbers = sorted({*numbers, screening.genes})
    rows = [
        row
        for number in numbers
        for row in costs(Size(encoder=encoder, genome=size, windows=number, contexts=contexts))
    ]
    table = pd.DataFrame(rows, columns=["kind", "quantity", "windows", "value"])
    with style():
        figure = plot(table, screening.genes)
        remark(figure, f"dataset {dataset}: windows of {encoder.window:,} bp, {contexts} contexts")
        save(figure, cost)


def costs(size: Size) -> Iterator[tuple[str, str, int, float]]:
    """Yield what each way to read a haplotype costs: kind, quantity, windows and value."""
    encoder, windows = size.encoder, size.windows
    local = windows * encoder.layers * block_flops(encoder.tokens, encoder.width)
    read = haplotype_flops(size)
    yield (
        "two-scale",
        OPERATIONS,
        windows,
        read + genome_flops(size.genome, windows, size.contexts),
    )
    yield "dense", OPERATIONS, windows, read - local + dense_flops(size)
    window = inference_memory(encoder)
    contexts = size.contexts if size.genome.tokens == "gene_x_context" else 1
    over_genes = NUMBER * COPIES * windows * contexts * size.genome.width
    over_bases = NUMBER * COPIES * windows * encoder.tokens * encoder.width
    yield "two-scale", MEMORY, windows, max(window, float(over_genes))
    yield "dense", MEMORY, windows, max(window, float(over_bases))
