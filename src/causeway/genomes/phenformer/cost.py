"""What the networks cost: operations and memory, from their shapes.

A product and a sum count as two operations; normalisations and nonlinearities are left out.
"""

from itertools import pairwise

from causeway.genomes.phenformer.encoder import STEM_SPAN
from causeway.genomes.phenformer.sizes import EncoderSize, GenomeSize, Size

_SPAN = 5
"""Positions that a convolutional block sees at once."""


def window_flops(size: EncoderSize) -> float:
    """Operations of one window through the encoder."""
    channels, length = size.channels, size.window
    flops = 2.0 * length * STEM_SPAN * 4 * channels[0]
    for before, after in pairwise(channels):
        length //= 2
        flops += 2.0 * length * (_SPAN * before + after) * after
    return flops + size.layers * block_flops(size.tokens, size.width)


def block_flops(tokens: int, width: int) -> float:
    """Operations of a transformer block over so many tokens."""
    return 24.0 * tokens * width**2 + 4.0 * tokens**2 * width


def genome_flops(size: GenomeSize, genes: int, contexts: int) -> float:
    """Operations of one person through the transformer of stage 2."""
    if size.tokens == "gene":
        return size.layers * block_flops(genes, size.width)
    over_genes = contexts * block_flops(genes, size.width)
    over_contexts = genes * block_flops(contexts, size.width)
    return (size.layers + 1) // 2 * over_genes + size.layers // 2 * over_contexts


def dense_flops(size: Size) -> float:
    """Operations of the encoder's transformer if all tokens of a haplotype saw each other."""
    return size.encoder.layers * block_flops(
        size.windows * size.encoder.tokens, size.encoder.width
    )


def haplotype_flops(size: Size) -> float:
    """Operations of all windows of one haplotype through the encoder."""
    return size.windows * window_flops(size.encoder)


def training_memory(size: EncoderSize, bytes_per_number: int = 4) -> float:
    """Bytes that one window keeps for the backward pass.

    Of a convolutional block these are the inputs of its normalisations, nonlinearities and
    products, and two halves of the pooling's; of a transformer block the inputs of its parts and
    what attention reads and writes. With checkpointing only the inputs of blocks are kept, and
    the largest block is computed anew.
    """
    channels, length = size.channels, size.window
    inputs, inner = [4 * length], [channels[0] * length]
    for before, after in pairwise(channels):
        length //= 2
        inputs.append(before * length)
        inner.append((2 * before + 4 * after) * length)
    token = size.tokens * size.width
    inputs += [token] * size.layers
    inner += [16 * token] * size.layers
    kept = sum(inputs) + (max(inner) if size.checkpointing else sum(inner)) + 2 * token
    return bytes_per_number * float(kept)


def inference_memory(size: EncoderSize, bytes_per_number: int = 4) -> float:
    """Bytes at the peak of one window without gradients: the widest layer with its copies."""
    channels, length = size.channels, size.window
    peaks = [length * (8 + 3 * channels[0])]
    for before, after in pairwise(channels):
        length //= 2
        peaks.append(length * (2 * before + 3 * after))
    peaks.append(size.tokens * 12 * size.width)
    return bytes_per_number * float(max(peaks)) + size.window
