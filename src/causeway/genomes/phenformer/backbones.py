"""What stage 2 needs of a frozen backbone, and Enformer as one."""

from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from causeway.genomes.phenformer.enformer import Enformer
from causeway.genomes.phenformer.enformer_size import EnformerSize
from causeway.genomes.phenformer.enformer_weights import load_weights
from causeway.genomes.phenformer.sizes import EncoderSize

_CENTRAL = 3
"""Bins around the transcription start that are read."""


class Reading(NamedTuple):
    """What a backbone makes of windows.

    Parameters
    ----------
    vectors
        Shape (B, d).
    expression
        In log(1 + TPM), or of counts in the tracks of Enformer; shape (B, K).
    """

    vectors: Tensor
    expression: Tensor


class Backbone(Protocol):
    """A frozen network from windows (B, W), uint8 codes, to vectors and expression."""

    window: int
    """Base pairs of a window."""
    size: EncoderSize
    """Window, and where in it the transcription start lies."""
    width: int
    """Channels d of a vector."""
    contexts: list[str]
    """Names of the K contexts."""
    peak: float
    """Bytes that one window takes at most, in single precision without gradients."""

    def read(self, codes: Tensor) -> Reading:
        """Return vectors and expression of windows."""


class EnformerBackbone(nn.Module):
    """Enformer, read in the three bins of 128 bp around the transcription start.

    The vector is the mean of the trunk's; expression is log(1 + counts), summed over the bins.
    That the published backbone is frozen and derives from Enformer is published; which of its
    layers and bins are read is not, so that this is our choice.

    Parameters
    ----------
    enformer
        With its weights.
    tracks
        Name and place of each track of the human head that stands for a context.
    """

    places: Tensor

    def __init__(self, enformer: Enformer, tracks: dict[str, int]) -> None:
        super().__init__()
        self.enformer = enformer.eval().requires_grad_(False)
        self.window = enformer.size.window
        self.size = EncoderSize(window=self.window, halvings=enformer.size.halvings)
        self.width = 2 * enformer.size.channels
        self.contexts = list(tracks)
        # The stem's channels at full length, and three copies of them.
        self.peak = 16.0 * self.window * enformer.size.tower[0]
        known = enformer.size.tracks["human"]
        for name, place in tracks.items():
            if not 0 <= place < known:
                raise ValueError(f"track {name} is number {place} of {known}")
        self.register_buffer("places", torch.tensor(list(tracks.values())), persistent=False)
        self._middle = enformer.size.tokens // 2

    def read(self, codes: Tensor) -> Reading:
        """Return vectors (B, d) and expression (B, K) of windows (B, W), uint8 codes."""
        first = self._middle - _CENTRAL // 2
        bins = self.enformer.bins(codes, first, first + _CENTRAL)
        counts = self.enformer.head(bins, "human")[..., self.places].sum(dim=1)
        return Reading(bins.mean(dim=1), torch.log1p(counts))


def load_enformer(
    weights: Path, tracks: dict[str, int], size: EnformerSize | None = None
) -> EnformerBackbone:
    """Make the backbone of a file of weights, see :func:`.enformer_weights.load_weights`."""
    enformer = Enformer(size)
    load_weights(enformer, weights)
    return EnformerBackbone(enformer, tracks)
