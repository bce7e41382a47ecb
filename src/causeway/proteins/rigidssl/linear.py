"""Linear layers with the initialisations of the released trunk."""

import math
from typing import Literal

from torch import nn

_TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of a unit normal cut at two standard deviations."""


class Linear(nn.Linear):
    """A linear layer with zero bias and a chosen weight initialisation.

    Parameters
    ----------
    inputs, outputs
        Channels.
    init
        ``lecun`` and ``he``: normal, cut at two standard deviations, of variance 1 and 2 over
        ``inputs``; ``zero``: zero weights, so that a residual branch starts as the identity.
    """

    def __init__(
        self, inputs: int, outputs: int, init: Literal["lecun", "he", "zero"] = "lecun"
    ) -> None:
        super().__init__(inputs, outputs)
        nn.init.zeros_(self.bias)
        if init == "zero":
            nn.init.zeros_(self.weight)
        else:
            scale = {"lecun": 1.0, "he": 2.0}[init]
            std = math.sqrt(scale / inputs) / _TRUNCATED_STD
            nn.init.trunc_normal_(self.weight, std=std, a=-2 * std, b=2 * std)
