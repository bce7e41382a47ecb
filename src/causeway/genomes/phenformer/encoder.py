"""The window encoder: from the sequence around a gene to one vector."""

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import pairwise

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from causeway.genomes.phenformer.blocks import Block
from causeway.genomes.phenformer.centre_pool import CentrePool
from causeway.genomes.phenformer.convolutions import (
    Convolution,
    ConvolutionBlock,
    Halving,
    kept_statistics,
)
from causeway.genomes.phenformer.sizes import EncoderSize
from causeway.genomes.sequence import one_hot
from causeway.rotary import rotary_table

STEM_SPAN = 15
"""Base pairs that the stem sees at once, as in Enformer."""


class WindowEncoder(nn.Module):
    """Convolutions that shorten the sequence, a transformer over what is left, and pooling.

    Shaped after Enformer, at a fraction of its cost. Ours are: rotary positions, so that fused
    attention applies; layers whose channels lie last in memory; and pooling around the
    transcription start. In evaluation a window's vector depends on no other window.

    Parameters
    ----------
    size
        Widths and depths.
    """

    def __init__(self, size: EncoderSize) -> None:
        super().__init__()
        self.size = size
        self.width = size.width
        channels = size.channels
        self.stem = nn.Sequential(Convolution(4, channels[0], STEM_SPAN), Halving(channels[0]))
        self.convolutions = nn.ModuleList(ConvolutionBlock(*pair) for pair in pairwise(channels))
        self.transformer = nn.ModuleList(
            Block(size.width, size.heads, size.dropout) for _ in range(size.layers)
        )
        self.norm = nn.LayerNorm(size.width)
        self.pool = CentrePool(size.width, size.heads, size.tokens, size.anchor)
        table = rotary_table(size.tokens, size.width // size.heads)
        self.register_buffer("table", table, persistent=False)

    def convolve(self, codes: Tensor) -> Tensor:
        """Return what the convolutions make of windows (B, W), uint8 codes: (B, n, d)."""
        if codes.shape[-1] != self.size.window:
            raise ValueError(
                f"windows of {codes.shape[-1]} bp, but the encoder reads {self.size.window} bp"
            )
        x = one_hot(codes, self.norm.weight.dtype).transpose(1, 2)
        for layer in (self.stem, *self.convolutions):
            x = self._run(layer, x)
        return x

    def tokens(self, codes: Tensor) -> Tensor:
        """Return normalised tokens (B, n, d) of windows (B, W), uint8 codes."""
        x = self.convolve(codes)
        for block in self.transformer:
            x = self._run(block, x, self.table)
        return self.norm(x)

    def forward(self, codes: Tensor) -> Tensor:
        """Return vectors (B, d) of windows (B, W), uint8 codes read from the gene's strand."""
        return self.pool(self.tokens(codes))

    def _run(self, layer: nn.Module, *inputs: Tensor | nn.Module) -> Tensor:
        if self.size.checkpointing and self.training:
            contexts = partial(_contexts, layer)
            return checkpoint(layer, *inputs, use_reentrant=False, context_fn=contexts)
        return layer(*inputs)


def _contexts(
    layer: nn.Module,
) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Contexts of the first and of the second forward pass."""
    return nullcontext(), kept_statistics(layer)
