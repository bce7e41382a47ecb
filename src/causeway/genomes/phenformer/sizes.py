"""Shapes of the networks in three sizes.

Marks in the descriptions: [P] published for Phenformer (abstract of arXiv:2501.07737), [E]
published for Enformer (Avsec et al., Nature Methods 18:1196, 2021), [ours] our choice. The body of
the paper of Phenformer was not available to us: published are the two stages, the frozen backbone
from sequence to expression, tokens with a cell context, a transformer with pooling by multihead
attention, and up to 88 million base pairs per person.
"""

from typing import Literal, Self

from pydantic import Field, PositiveInt, model_validator

from causeway.section import Section


def _check_heads(width: int, heads: int, even: bool) -> None:
    if width % heads or (even and width // heads % 2):
        kind = "an even number of" if even else "whole"
        raise ValueError(
            f"heads: {heads} heads do not split {width} channels into {kind} channels"
        )


class EncoderSize(Section):
    """Window encoder: from the sequence around a gene to one vector [ours, shaped after E]."""

    window: PositiveInt = 196_608
    """Base pairs of a window [E]."""
    anchor: float = Field(0.5, ge=0, le=1)
    """Place of the transcription start in the window, as a share of its length; 0.5 is the middle
    [E]."""
    halvings: PositiveInt = 7
    """Poolings that halve the length; 7 make tokens of 128 bp [E]."""
    stem: PositiveInt = 384
    """Channels of the stem, a convolution over 15 bp; half of Enformer's [ours]."""
    width: PositiveInt = 768
    """Channels of the transformer and of the vector; half of Enformer's [ours]."""
    layers: PositiveInt = 8
    """Transformer blocks; Enformer has 11 [ours]."""
    heads: PositiveInt = 8
    """Attention heads [E]."""
    dropout: float = Field(0.1, ge=0, lt=1)
    """Dropout in the transformer [ours]."""
    checkpointing: bool = False
    """Whether blocks are computed again in the backward pass, for less memory."""

    @property
    def tokens(self) -> int:
        """Tokens of a window."""
        return self.window >> self.halvings

    @property
    def channels(self) -> list[int]:
        """Channels after the stem and each convolutional block.

        The first block keeps them, then they grow geometrically [E], in multiples of 16 [ours].
        """
        blocks = self.halvings - 1
        ratio = (self.width / self.stem) ** (1 / max(1, blocks - 1))
        grown = [round(self.stem * ratio**block / 16) * 16 for block in range(blocks - 1)]
        return [self.stem, *(grown if blocks else []), *([self.width] if blocks else [])]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.window % (1 << self.halvings):
            raise ValueError(
                f"window: {self.window} bp cannot be halved {self.halvings} times; "
                f"take a multiple of {1 << self.halvings}"
            )
        if self.halvings == 1 and self.stem != self.width:
            raise ValueError("stem: with a single halving it has to be the width")
        if self.stem % 16 and self.stem != self.width:
            raise ValueError(f"stem: {self.stem} is not a multiple of 16")
        _check_heads(self.width, self.heads, even=True)
        return self


class GenomeSize(Section):
    """Genome encoder: from the vectors of all genes of a person to one embedding [ours]."""

    tokens: Literal["gene", "gene_x_context"] = "gene"
    """One token per gene, or per gene and cell context; which of both is not published."""
    width: PositiveInt = 768
    """Channels of a token."""
    layers: PositiveInt = 8
    """Transformer blocks without a mask; with tokens of gene and context they attend over genes
    and over contexts in turns."""
    heads: PositiveInt = 8
    """Attention heads of blocks and pooling."""
    seeds: PositiveInt = 16
    """Seed vectors of the pooling by multihead attention [P], so many vectors stand for a person
    [ours]."""
    distance_bias: bool = True
    """Whether attention between genes knows how far apart they lie on a chromosome."""
    dropout: float = Field(0.2, ge=0, lt=1)
    """Dropout in transformer and pooling."""
    checkpointing: bool = False
    """Whether blocks are computed again in the backward pass, for less memory."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check_heads(self.width, self.heads, even=False)
        return self


class Size(Section):
    """Both networks, and the numbers that the data bring along in the published setting."""

    encoder: EncoderSize = EncoderSize()
    genome: GenomeSize = GenomeSize()
    windows: PositiveInt = 448
    """Genes of a person; 448 windows of 196,608 bp are 88,080,384 bp [ours, for the 88 million of
    P]."""
    contexts: PositiveInt = 54
    """Cell contexts: the tissues of GTEx [ours]."""
    diseases: PositiveInt = 32
    """Diseases predicted together [ours]."""

    @property
    def base_pairs(self) -> int:
        """Length of what is read of one haplotype."""
        return self.windows * self.encoder.window


SIZES = {
    "tiny": Size(
        encoder=EncoderSize(window=2_048, halvings=5, stem=32, width=64, layers=1, heads=4),
        genome=GenomeSize(width=64, layers=2, heads=4, seeds=4),
        windows=128,
        contexts=32,
        diseases=4,
    ),
    "base": Size(
        encoder=EncoderSize(window=16_384, stem=128, width=256, layers=4),
        genome=GenomeSize(width=256, layers=4, seeds=8),
        diseases=16,
    ),
    "paper": Size(),
}
"""``tiny`` for tests on a CPU, ``base`` for one GPU or a patient CPU, ``paper`` for the published
length of a genome."""
