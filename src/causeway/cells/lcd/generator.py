"""The generative prior of stage 1: one network per perturbation that makes latent states."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from causeway.cells.lcd.config import Noise
from causeway.cells.lcd.dense import dense


class Residual(nn.Module):
    """s + Dense(silu(Dense(s))).

    Parameters
    ----------
    channels, hidden
        Of s, and between the two maps.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.inner = dense(channels, hidden)
        self.outer = dense(hidden, channels)

    def forward(self, states: Tensor) -> Tensor:
        """Add to ``states`` (..., channels)."""
        return states + self.outer(F.silu(self.inner(states)))


class Generator(nn.Module):
    """Latent states of one perturbation from standard normal noise.

    Parameters
    ----------
    genes
        Number of genes d.
    settings
        Widths and numbers of blocks.
    """

    def __init__(self, genes: int, settings: Noise) -> None:
        super().__init__()
        self.latent = settings.latent
        self.layers = nn.Sequential(
            dense(settings.latent, settings.hidden),
            *(Residual(settings.hidden, settings.hidden) for _ in range(settings.blocks)),
            dense(settings.hidden, genes),
            *(Residual(genes, settings.wide_hidden) for _ in range(settings.wide_blocks)),
        )

    def forward(self, noise: Tensor) -> Tensor:
        """Map noise (M, latent) to states (M, d)."""
        return self.layers(noise)

    def draw(self, states: int, generator: torch.Generator) -> Tensor:
        """Draw states, shape (states, d)."""
        device = next(self.parameters()).device
        noise = torch.randn(states, self.latent, generator=generator, device=device)
        return self(noise)
