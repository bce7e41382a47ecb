"""Convolutional layers on tensors (B, L, C), channels last.

On CPUs this layout makes the convolutions about twice as fast as (B, C, L), and normalisation and
products need no transposition.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Convolution(nn.Module):
    """A convolution along a sequence that keeps its length.

    Parameters
    ----------
    channels_in, channels_out
        Channels.
    span
        Odd number of positions.
    """

    def __init__(self, channels_in: int, channels_out: int, span: int) -> None:
        super().__init__()
        self.layer = nn.Conv2d(channels_in, channels_out, (1, span), padding=(0, span // 2))
        weight = self.layer.weight.data
        self.layer.weight.data = weight.contiguous(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, L, C') of (B, L, C)."""
        return _last(self.layer(_first(x)))


class ChannelNorm(nn.BatchNorm2d):
    """Batch normalisation of channels; in evaluation it uses what was met in training alone.

    Normalisation by position instead would take away how well a motif matches.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, L, C) of (B, L, C)."""
        return _last(super().forward(_first(x)))


@contextmanager
def kept_statistics(module: nn.Module) -> Iterator[None]:
    """Leave running means as they are, for a forward pass that is made a second time."""
    norms = [one for one in module.modules() if isinstance(one, ChannelNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


class Halving(nn.Module):
    """Attention pooling of neighbouring positions, channel by channel.

    Each pair becomes its mean, weighted by softmax(w x) over the two: the maximum for a large w,
    the plain mean for w = 0. Enformer mixes channels in the logits with a full matrix, initialised
    to twice the identity; we keep its diagonal. The softmax of two is written as the logistic
    function of their difference, which is an order of magnitude faster on CPUs.

    Parameters
    ----------
    channels
        Channels.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.sharpness = nn.Parameter(torch.full((channels,), 2.0))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, L / 2, C) of (B, L, C)."""
        left, right = x.unflatten(1, (-1, 2)).unbind(2)
        difference = left - right
        return right + torch.sigmoid(self.sharpness * difference) * difference


class ConvolutionBlock(nn.Module):
    """A convolution over five positions, a pointwise residual and a halving, as in Enformer.

    Parameters
    ----------
    channels_in, channels_out
        Channels.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.wide = nn.Sequential(
            ChannelNorm(channels_in), nn.GELU(), Convolution(channels_in, channels_out, 5)
        )
        self.point = nn.Sequential(
            ChannelNorm(channels_out), nn.GELU(), nn.Linear(channels_out, channels_out)
        )
        self.halving = Halving(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, L / 2, C') of (B, L, C)."""
        x = self.wide(x)
        return self.halving(x + self.point(x))


def _first(x: Tensor) -> Tensor:
    """View (B, L, C) as images (B, C, 1, L) whose channels lie last in memory."""
    return x.transpose(1, 2).unsqueeze(2)


def _last(x: Tensor) -> Tensor:
    """View such images as (B, L, C)."""
    return x.squeeze(2).transpose(1, 2)
