"""Enformer: expression along 196,608 bp of DNA (Avsec et al., Nature Methods 18:1196, 2021).

Written from the published architecture. Names of parameters are those of the public PyTorch port
(lucidrains/enformer-pytorch), so that weights released for it can be loaded.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from causeway.genomes.phenformer.enformer_size import EnformerSize
from causeway.genomes.phenformer.relative_positions import RelativeAttention
from causeway.genomes.sequence import one_hot


class LogisticGELU(nn.Module):
    """x sigmoid(1.702 x)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape."""
        return torch.sigmoid(1.702 * x) * x


class Residual(nn.Module):
    """Adds the input to what a layer makes of it."""

    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape."""
        return x + self.fn(x)


class SoftmaxPool(nn.Module):
    """Halves the length: each pair becomes a mean, weighted by a softmax of mixed channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.to_attn_logits = nn.Conv2d(channels, channels, 1, bias=False)
        nn.init.dirac_(self.to_attn_logits.weight)
        with torch.no_grad():
            self.to_attn_logits.weight.mul_(2)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, L / 2) of (B, C, L)."""
        pairs = x.unflatten(-1, (-1, 2))
        return (pairs * self.to_attn_logits(pairs).softmax(dim=-1)).sum(dim=-1)


class Enformer(nn.Module):
    """Convolutions that shorten the sequence 128-fold, a transformer, and a head per species.

    Parameters
    ----------
    size
        Widths and depths.
    """

    def __init__(self, size: EnformerSize | None = None) -> None:
        super().__init__()
        self.size = size = size or EnformerSize()
        tower = size.tower
        self.stem = nn.Sequential(
            nn.Conv1d(4, tower[0], 15, padding=7),
            Residual(_convolution(tower[0], tower[0], 1)),
            SoftmaxPool(tower[0]),
        )
        self.conv_tower = nn.Sequential(
            *(
                nn.Sequential(
                    _convolution(before, after, 5),
                    Residual(_convolution(after, after, 1)),
                    SoftmaxPool(after),
                )
                for before, after in pairwise(tower)
            )
        )
        self.transformer = nn.Sequential(*(_block(size) for _ in range(size.layers)))
        self.final_pointwise = nn.Sequential(
            nn.Identity(),
            _convolution(size.channels, 2 * size.channels, 1),
            nn.Identity(),
            nn.Dropout(size.dropout / 8),
            LogisticGELU(),
        )
        self._heads = nn.ModuleDict(
            {
                species: nn.Sequential(nn.Linear(2 * size.channels, tracks), nn.Softplus())
                for species, tracks in size.tracks.items()
            }
        )

    def tokens(self, codes: Tensor) -> Tensor:
        """Return what the transformer makes of windows (B, W), uint8: (B, n, channels)."""
        if codes.shape[-1] != self.size.window:
            raise ValueError(
                f"windows of {codes.shape[-1]} bp, but Enformer reads {self.size.window} bp"
            )
        x = one_hot(codes, next(self.parameters()).dtype)
        return self.transformer(self.conv_tower(self.stem(x)).transpose(1, 2))

    def bins(self, codes: Tensor, first: int, last: int) -> Tensor:
        """Return vectors (B, last - first, 2 channels) of some tokens of windows (B, W)."""
        middle = self.tokens(codes)[:, first:last]
        return self.final_pointwise(middle.transpose(1, 2)).transpose(1, 2)

    def trunk(self, codes: Tensor) -> Tensor:
        """Return vectors (B, target, 2 channels) of the middle tokens of windows (B, W)."""
        first = (self.size.tokens - self.size.target) // 2
        return self.bins(codes, first, first + self.size.target)

    def head(self, vectors: Tensor, species: str) -> Tensor:
        """Return tracks (..., T) of vectors (..., 2 channels)."""
        return self._heads[species](vectors)

    def forward(self, codes: Tensor, species: str = "human") -> Tensor:
        """Return tracks (B, target, T) of windows (B, W), uint8 codes."""
        return self.head(self.trunk(codes), species)


def _convolution(before: int, after: int, span: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm1d(before), LogisticGELU(), nn.Conv1d(before, after, span, padding="same")
    )


def _block(size: EnformerSize) -> nn.Sequential:
    """Make a transformer block, attention first."""
    channels = size.channels
    attention = RelativeAttention(
        channels,
        size.heads,
        size.key,
        size.features,
        size.attention_dropout,
        size.position_dropout,
    )
    return nn.Sequential(
        Residual(nn.Sequential(nn.LayerNorm(channels), attention, nn.Dropout(size.dropout))),
        Residual(
            nn.Sequential(
                nn.LayerNorm(channels),
                nn.Linear(channels, 2 * channels),
                nn.Dropout(size.dropout),
                nn.ReLU(),
                nn.Linear(2 * channels, channels),
                nn.Dropout(size.dropout),
            )
        ),
    )
