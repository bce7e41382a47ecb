"""Shape of Enformer, as published (Avsec et al., Nature Methods 18:1196, 2021)."""

from typing import Self

from pydantic import Field, PositiveInt, model_validator

from causeway.section import Section

KINDS = 3
"""Kinds of relative positional features, each with and without the sign of the distance."""


class EnformerSize(Section):
    """Widths and depths; the defaults are those of the released weights."""

    window: PositiveInt = 196_608
    """Base pairs of a window; the released module takes twice as many and drops the flanks."""
    channels: PositiveInt = 1_536
    """Channels of a token; the stem has half as many, the last layer of the trunk twice."""
    step: PositiveInt = 128
    """The channels of the tower are rounded to multiples of this."""
    halvings: PositiveInt = 7
    """Poolings that halve the length, one in the stem and one in each block of the tower."""
    layers: PositiveInt = 11
    """Transformer blocks."""
    heads: PositiveInt = 8
    """Attention heads."""
    key: PositiveInt = 64
    """Channels of queries and keys of a head; values have ``channels / heads``."""
    target: PositiveInt = 896
    """Tokens in the middle of a window that are predicted."""
    tracks: dict[str, PositiveInt] = Field(default={"human": 5_313, "mouse": 1_643})
    """Experiments of each head."""
    dropout: float = Field(0.4, ge=0, lt=1)
    """Dropout in the transformer, an eighth of it after the trunk."""
    attention_dropout: float = Field(0.05, ge=0, lt=1)
    """Dropout of attention weights."""
    position_dropout: float = Field(0.01, ge=0, lt=1)
    """Dropout of positional features."""

    @property
    def tokens(self) -> int:
        """Tokens of a window."""
        return self.window >> self.halvings

    @property
    def features(self) -> int:
        """Relative positional features: as many as channels of a value."""
        return self.channels // self.heads

    @property
    def tower(self) -> list[int]:
        """Channels after the stem and each block of the tower: a geometric sequence."""
        blocks, first = self.halvings - 1, self.channels // 2
        ratio = 2 ** (1 / max(1, blocks - 1))
        grown = [round(first * ratio**block / self.step) * self.step for block in range(blocks)]
        return [first, *grown]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.window % (1 << self.halvings):
            raise ValueError(f"window: {self.window} bp cannot be halved {self.halvings} times")
        if not self.target <= self.tokens or (self.tokens - self.target) % 2:
            raise ValueError(
                f"target: {self.target} tokens are not the middle of {self.tokens} tokens"
            )
        if self.channels % self.heads or self.features % (2 * KINDS):
            raise ValueError(
                f"heads: {self.heads} heads give {self.features} positional features each, "
                f"which is no multiple of {2 * KINDS}"
            )
        if self.tower[-1] != self.channels:
            raise ValueError(f"step: {self.step} does not divide {self.channels} channels")
        return self
