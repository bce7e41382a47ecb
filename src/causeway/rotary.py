"""Rotary position embedding (Su et al., arXiv:2104.09864)."""

import torch
from torch import Tensor

_LONGEST_WAVE = 10_000.0


def rotary_table(positions: int, channels: int) -> Tensor:
    """Cosines and sines of the angles by which positions turn pairs of channels.

    Parameters
    ----------
    positions
        Number of positions n.
    channels
        Channels of a head c, an even number.

    Returns
    -------
    Tensor
        Shape (2, n, c / 2).
    """
    frequency = _LONGEST_WAVE ** (-torch.arange(0, channels, 2) / channels)
    angle = torch.arange(positions)[:, None] * frequency
    return torch.stack([angle.cos(), angle.sin()])


def rotate(x: Tensor, table: Tensor) -> Tensor:
    """Turn the channels of queries or keys by their positions.

    Products of a turned query and a turned key depend on the difference of their positions alone.

    Parameters
    ----------
    x
        Shape (..., n, c); channel i is paired with channel i + c / 2.
    table
        Shape (2, n, c / 2), see :func:`rotary_table`.

    Returns
    -------
    Tensor
        As ``x``.
    """
    cosine, sine = table.to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)
