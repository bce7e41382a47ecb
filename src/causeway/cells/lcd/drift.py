"""The drift that all perturbations share (released code of arXiv:2601.15341).

At noise sigma_t, with u = x / sqrt(1 + sigma^2):

    f = u - sigma NN(u, t, e),   drift(x) = (f - x) / sigma^2 .

NN has two hidden layers of tanh. The code e of a perturbation, the sum of the embeddings of its
targets and zero for the control, enters both through linear maps.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from causeway.cells.labels import targets
from causeway.cells.lcd.config import Levels, Network, Variant
from causeway.cells.lcd.dense import dense

EMBEDDING_SPREAD = 0.01
"""Standard deviation of embeddings before training."""


class Injection(NamedTuple):
    """What a perturbation adds to, or multiplies with, the two hidden layers; (..., H) each."""

    first: Tensor
    second: Tensor


class CausalDrift(nn.Module):
    """Drift of standardised states under any combination of known targets.

    Parameters
    ----------
    genes
        Number of genes d.
    tokens
        Single targets; each has an embedding.
    network
        Widths and noise levels.
    variant
        Ablations.
    """

    sigma: Tensor
    shrink: Tensor
    pull: Tensor
    positions: Tensor
    trained: Tensor

    def __init__(
        self, genes: int, tokens: Sequence[str], network: Network, variant: Variant
    ) -> None:
        super().__init__()
        hidden = network.hidden
        self.tokens = {token: row for row, token in enumerate(tokens)}
        self.additive = variant.injection == "additive"
        self.conditioned = variant.drift == "conditioned"
        self.embeddings = nn.Parameter(
            EMBEDDING_SPREAD * torch.randn(len(self.tokens), network.embedding)
        )
        self.time = nn.Sequential(dense(hidden, hidden), nn.Tanh(), dense(hidden, hidden))
        self.first, self.second = dense(genes, hidden), dense(hidden, hidden)
        self.last = dense(hidden, genes)
        self.inject_first = dense(network.embedding, hidden)
        self.inject_second = dense(network.embedding, hidden)
        sigma = noise_levels(network.levels)
        self.register_buffer("sigma", sigma.float(), persistent=False)
        self.register_buffer("shrink", (1 + sigma**2).rsqrt().float(), persistent=False)
        # In double precision, as the difference almost vanishes for small sigma.
        pull = ((1 + sigma**2).rsqrt() - 1) / sigma**2
        self.register_buffer("pull", pull.float(), persistent=False)
        positions = sinusoids(network.levels.count, hidden)
        self.register_buffer("positions", positions, persistent=False)
        self.register_buffer("trained", torch.zeros(len(self.tokens), dtype=torch.bool))

    def forward(self, states: Tensor, level: Tensor, injection: Injection) -> Tensor:
        """Drift of states (n, d) at levels (n,), under the injection of one perturbation."""
        sigma = self.sigma[level, None]
        # The time embedding knows as many inputs as there are levels.
        time = self.time_table()[level]
        if not self.conditioned:
            return self.network(states, time, injection)
        hidden = self.network(states * self.shrink[level, None], time, injection)
        return self.pull[level, None] * states - hidden / sigma

    def network(self, inputs: Tensor, time: Tensor, injection: Injection) -> Tensor:
        """NN(u, t, e) of inputs (n, d) and embedded times (n, H)."""
        first = self.first(inputs) + time
        hidden = torch.tanh(self._inject(first, injection.first))
        hidden = torch.tanh(self._inject(self.second(hidden), injection.second))
        return self.last(hidden)

    def time_table(self) -> Tensor:
        """Embeddings of all levels, shape (levels, H)."""
        return self.time(self.positions)

    def injection(self, code: Tensor) -> Injection:
        """What codes (..., E) add to or multiply with the hidden layers."""
        return Injection(self.inject_first(code), self.inject_second(code))

    def codes(self, perturbations: Sequence[str]) -> Tensor:
        """Codes of perturbations, shape (K, E): sums of embeddings, zero for the control.

        A target that was never trained has the mean of those that were. In training every
        embedding stands for itself.
        """
        table: Tensor = self.embeddings
        if not self.training and self.trained.any():
            mean = table[self.trained].mean(0)
            table = torch.where(self.trained[:, None], table, mean)
        return self.hits(perturbations) @ table

    def hits(self, perturbations: Sequence[str]) -> Tensor:
        """Which tokens each perturbation targets, shape (K, tokens), as 0 and 1."""
        hits = torch.zeros(len(perturbations), len(self.tokens), device=self.embeddings.device)
        for row, label in enumerate(perturbations):
            for target in targets(label):
                hits[row, self.tokens[target]] = 1.0
        return hits

    def mark_trained(self, perturbations: Sequence[str]) -> None:
        """Remember which targets these perturbations show."""
        self.trained = self.hits(perturbations).any(0)

    def _inject(self, hidden: Tensor, injected: Tensor) -> Tensor:
        return hidden + injected if self.additive else hidden * injected


def noise_levels(levels: Levels) -> Tensor:
    """Geometric sequence of noise, the largest first; shape (levels,), double precision."""
    ends = math.log(levels.largest), math.log(levels.smallest)
    return torch.linspace(*ends, levels.count, dtype=torch.float64).exp()


def sinusoids(count: int, channels: int) -> Tensor:
    """Sinusoidal embedding of the positions 0 to count - 1, shape (count, channels).

    Frequencies fall geometrically from 1 to 1 / count.
    """
    half = channels // 2
    slope = math.log(count) / max(1, half - 1)
    angles = torch.arange(count)[:, None] * torch.exp(-slope * torch.arange(half))
    table = torch.cat((angles.sin(), angles.cos()), 1)
    return torch.nn.functional.pad(table, (0, channels % 2))
