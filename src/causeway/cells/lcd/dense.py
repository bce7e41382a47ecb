"""Linear maps that start as those of the released code do (flax)."""

import math

import torch
from torch import nn

TRUNCATED = 0.87962566103423978
"""Standard deviation of a standard normal variable that is cut off at two."""


def dense(inputs: int, outputs: int) -> nn.Linear:
    """Make a linear map with a truncated normal kernel of variance 1 / inputs, and no bias yet."""
    layer = nn.Linear(inputs, outputs)
    deviation = 1 / (math.sqrt(inputs) * TRUNCATED)
    with torch.no_grad():
        nn.init.trunc_normal_(layer.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
        layer.bias.zero_()
    return layer
