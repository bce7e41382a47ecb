"""What attention between genes knows of their distance on a chromosome."""

import math

import torch
from torch import Tensor, nn

_UNIT = 1_000.0
"""Base pairs below which distances hardly matter."""


class DistanceBias(nn.Module):
    """A term in the logits of attention: falls with the logarithm of the distance.

    Between genes of one chromosome it is -a_h log(1 + distance / 1 kb), between others b_h, both
    learned for each head h. The rates a_h start as a geometric sequence from 1/2 down [as the
    slopes of Press et al., arXiv:2108.12409], the b_h as the bias at 100 Mb.

    Parameters
    ----------
    chromosome
        Number of the chromosome of each gene, shape (G,).
    position
        Transcription start of each gene in base pairs, shape (G,).
    heads
        Attention heads.
    """

    distance: Tensor
    elsewhere: Tensor

    def __init__(self, chromosome: Tensor, position: Tensor, heads: int) -> None:
        super().__init__()
        distance = (position[:, None] - position[None, :]).abs().double()
        self.register_buffer("distance", torch.log1p(distance / _UNIT).float(), persistent=False)
        elsewhere = chromosome[:, None] != chromosome[None, :]
        self.register_buffer("elsewhere", elsewhere, persistent=False)
        rate = 2.0 ** -torch.arange(1, heads + 1)
        self.rate = nn.Parameter(rate)
        self.far = nn.Parameter(-rate * math.log1p(1e8 / _UNIT))

    def forward(self) -> Tensor:
        """Return the bias (heads, G, G)."""
        near = -self.rate[:, None, None] * self.distance
        return torch.where(self.elsewhere, self.far[:, None, None], near)
