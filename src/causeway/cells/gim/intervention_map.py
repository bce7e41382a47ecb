"""From the features of a perturbation to a distribution over atomic interventions."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from causeway.cells.gim.likelihood import Interventions


class InterventionMap(nn.Module):
    """Network from features to targets and their parameters (reconstructed).

    A linear part beside the hidden layers lets targets of unseen perturbations follow from few
    training ones.

    Parameters
    ----------
    features
        Number p of features.
    genes
        Number d of genes.
    hidden
        Width of the hidden layers.
    layers
        Number of hidden layers.
    prior
        Probability of being a target at the start.
    """

    def __init__(self, features: int, genes: int, hidden: int, layers: int, prior: float) -> None:
        super().__init__()
        widths = [features] + [hidden] * layers
        parts: list[nn.Module] = []
        for before, after in pairwise(widths):
            parts += [nn.Linear(before, after), nn.Tanh()]
        self.hidden = nn.Sequential(*parts)
        self.heads = nn.Linear(hidden, 3 * genes)
        self.direct = nn.Linear(features, 3 * genes, bias=False)
        with torch.no_grad():
            self.heads.weight.mul_(0.1)
            self.direct.weight.zero_()
            self.heads.bias.zero_()
            self.heads.bias[:genes] = torch.logit(torch.tensor(prior))

    def forward(self, features: Tensor) -> Interventions:
        """Interventions of contexts with features (K, p)."""
        told = self.heads(self.hidden(features)) + self.direct(features)
        return Interventions(*told.chunk(3, dim=-1))
