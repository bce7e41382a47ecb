"""Drifts of a stationary diffusion: linear, or one small network per gene (arXiv:2310.17405).

The stationary distribution does not tell how fast time runs, so each gene decays at rate one: what
the released code calls a fixed speed. All else of a drift is learned.
"""

import math

import torch
from torch import Tensor, nn

from causeway.cells.stadion.config import Drift


class LinearDrift(nn.Module):
    """``f(x) = W x + b`` with ``diag(W) = -1``.

    Parameters
    ----------
    genes
        Number d of genes.
    scale
        Standard deviation of the initial values.
    """

    off_diagonal: Tensor

    def __init__(self, genes: int, scale: float) -> None:
        super().__init__()
        self.effects = nn.Parameter(scale * torch.randn(genes, genes))
        self.bias = nn.Parameter(scale * torch.randn(genes))
        self.register_buffer("off_diagonal", 1 - torch.eye(genes), persistent=False)

    @property
    def weight(self) -> Tensor:
        """W, shape (d, d); entry (i, j) is the effect of gene j on gene i."""
        return self.effects * self.off_diagonal + (self.off_diagonal - 1)

    def forward(self, states: Tensor) -> Tensor:
        """Return the drift at states of shape (..., d)."""
        return nn.functional.linear(states, self.weight, self.bias)

    def jacobian(self, states: Tensor) -> Tensor:
        """Return the derivative of the drift, averaged over states (n, d): W itself, (d, d)."""
        return self.weight.detach()

    def groups(self) -> Tensor:
        """Return the weights by which gene j enters the drift of gene i, shape (d, d, 1)."""
        return (self.effects * self.off_diagonal)[..., None]

    def incoming(self, norms: Tensor) -> Tensor:
        """Join the penalties of all genes: the released linear model takes their mean."""
        return norms.sum(1).mean()


class NetworkDrift(nn.Module):
    """``f_j(x) = net_j(x without x_j) - x_j``, with one hidden layer of sigmoid units per gene.

    Parameters
    ----------
    genes
        Number d of genes.
    hidden
        Units of each network.
    scale
        Variance of the initial values times the number of inputs.
    """

    off_diagonal: Tensor

    def __init__(self, genes: int, hidden: int, scale: float) -> None:
        super().__init__()

        def uniform(*shape: int) -> nn.Parameter:
            limit = math.sqrt(3 * scale / (shape[1] if len(shape) > 1 else hidden))
            return nn.Parameter(torch.empty(shape).uniform_(-limit, limit))

        self.first = uniform(genes, genes, hidden)
        self.first_bias = uniform(genes, hidden)
        self.second = uniform(genes, hidden)
        self.second_bias = uniform(genes)
        mask = (1 - torch.eye(genes))[..., None]
        self.register_buffer("off_diagonal", mask, persistent=False)

    def _hidden(self, states: Tensor) -> Tensor:
        genes, _, hidden = self.first.shape
        weights = (self.first * self.off_diagonal).transpose(0, 1).reshape(genes, genes * hidden)
        products = states @ weights
        return torch.sigmoid(products.unflatten(-1, (genes, hidden)) + self.first_bias)

    def forward(self, states: Tensor) -> Tensor:
        """Return the drift at states of shape (..., d)."""
        return (self._hidden(states) * self.second).sum(-1) + self.second_bias - states

    @torch.no_grad()
    def jacobian(self, states: Tensor) -> Tensor:
        """Return the derivative of the drift, averaged over states (n, d), shape (d, d)."""
        hidden = self._hidden(states)
        slopes = (hidden * (1 - hidden)).mean(0) * self.second
        effects = ((self.first * self.off_diagonal) * slopes[:, None]).sum(-1)
        return effects - torch.eye(len(effects), device=effects.device)

    def groups(self) -> Tensor:
        """Return the weights by which gene j enters the drift of gene i, shape (d, d, hidden)."""
        return self.first * self.off_diagonal

    def incoming(self, norms: Tensor) -> Tensor:
        """Join the penalties of all genes: the released network takes their sum."""
        return norms.sum()


AnyDrift = LinearDrift | NetworkDrift


def group_lasso(drift: AnyDrift) -> Tensor:
    """Penalty on effects between genes, by target and by source; self-effects go free.

    Weights of one effect form a group for the gene they act on, and all weights out of a gene a
    group for the gene they come from; norms of groups are added, the latter divided by d (the
    released code's default ``both``).
    """
    groups = drift.groups()
    incoming = torch.linalg.vector_norm(groups, dim=2)
    outgoing = torch.linalg.vector_norm(groups, dim=(0, 2))
    return drift.incoming(incoming) + outgoing.mean()


def build_drift(settings: Drift, genes: int, scale: float) -> AnyDrift:
    """Make an untrained drift."""
    if settings.kind == "linear":
        return LinearDrift(genes, scale)
    return NetworkDrift(genes, settings.hidden, scale)
