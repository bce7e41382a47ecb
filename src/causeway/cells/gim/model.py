"""The generative intervention model of one screen."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from causeway.cells.gim import graphs, likelihood, objective
from causeway.cells.gim.config import Network, Priors, Variant
from causeway.cells.gim.intervention_map import InterventionMap
from causeway.cells.gim.likelihood import Interventions, Sums
from causeway.cells.gim.mechanisms import Cells, LinearMechanisms, NetworkMechanisms


class Batch(NamedTuple):
    """Contexts: ``cells``, the controls first, and standardised ``features`` (K - 1, p)."""

    cells: Cells
    features: Tensor


class Schedule(NamedTuple):
    """What changes while training goes on.

    ``sharpness`` of drawn edges, ``target``, the cost of a target in nats, and ``cycles``, the
    weight of cyclicity.
    """

    sharpness: float
    target: float
    cycles: float


class InterventionModel(nn.Module):
    """A causal model and a map from features to interventions on it (arXiv:2411.14003).

    Everything is in standardised states.

    Parameters
    ----------
    features, genes
        Numbers p and d.
    variant, network, priors
        Sections of the configuration.
    graph
        Shape (d, d), if it is known: 1 for an edge from i to j at ``[i, j]``.
    """

    edges: Tensor

    def __init__(
        self,
        features: int,
        genes: int,
        variant: Variant,
        network: Network,
        priors: Priors,
        graph: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.variant = variant
        self.priors = priors
        self.mechanisms: LinearMechanisms | NetworkMechanisms = (
            LinearMechanisms(genes)
            if variant.mechanisms == "linear"
            else NetworkMechanisms(genes, network.mechanism)
        )
        self.log_noise = nn.Parameter(torch.zeros(genes))
        self.map = InterventionMap(features, genes, network.hidden, network.layers, priors.start)
        self.learned = variant.graph == "learned"
        if self.learned:
            start = torch.logit(torch.tensor(priors.edge_start)).item()
            self.edges = nn.Parameter(torch.full((genes, genes), start))
        else:
            self.register_buffer("edges", torch.zeros(genes, genes) if graph is None else graph)

    def graph(self) -> Tensor:
        """Probability of each edge, (d, d); of a graph that is not learned, the graph."""
        if not self.learned:
            return self.edges
        eye = torch.eye(len(self.edges), device=self.edges.device)
        return torch.sigmoid(self.edges) * (1 - eye)

    def conditionals(
        self, cells: Cells, told: Interventions, drawn: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Log densities of controls (draws, d), and of contexts without and with each target.

        Parameters
        ----------
        cells
            Controls first.
        told
            Interventions of the other K - 1 contexts.
        drawn
            Graphs, (draws, d, d).
        """
        residuals = self.mechanisms.sums(cells, drawn)
        own = residuals if self.variant.intervention == "shift" else cells.own()
        control = likelihood.gaussian(_rows(residuals, slice(0, 1)), 0.0, self.log_noise)
        rest = slice(1, None)
        untouched, touched = likelihood.both(
            _rows(residuals, rest), _rows(own, rest), told, self.log_noise
        )
        return control[..., 0, :], untouched, touched

    def forward(
        self, cells: Cells, features: Tensor, noise: Tensor, schedule: Schedule
    ) -> objective.Terms:
        """Parts of the objective, for all training contexts at once.

        Parameters
        ----------
        cells, features
            As in :class:`Batch`.
        noise
            Uniform numbers (draws, d, d) for graphs.
        schedule
            State of the training.
        """
        number = cells.number.sum()
        told = self.map(features)
        drawn = (
            graphs.relaxed(self.edges, schedule.sharpness, noise)
            if self.learned
            else self.edges[None]
        )
        control, untouched, touched = self.conditionals(cells, told, drawn)
        mixed = likelihood.mixture(untouched, touched - schedule.target, told.logits)
        fit = control.sum(-1) + mixed.sum((-1, -2))
        zero = fit.new_zeros(())
        if self.learned:
            fit = fit + number * self.mechanisms.volume(cells.states, drawn)
        weights = self.mechanisms.penalty() / (2 * self.priors.weight**2)
        mapping = objective.standard_normal(
            [weight for weight in self.map.parameters() if weight.ndim > 1],
            self.priors.map_weight,
        )
        return objective.Terms(
            -fit.mean() / number,
            (objective.parameter_cost(told, self.priors) + weights + mapping) / number,
            objective.edge_cost(self.edges, self.priors) / number if self.learned else zero,
            schedule.cycles * graphs.cyclicity(self.graph()) if self.learned else zero,
        )

    @torch.no_grad()
    def responsibilities(self, cells: Cells, features: Tensor) -> Tensor:
        """Probabilities of targets given features and cells, under the likeliest graph (K - 1, d).

        Parameters
        ----------
        cells, features
            As in :class:`Batch`.
        """
        told = self.map(features)
        graph = graphs.acyclic(self.graph().cpu().numpy())
        drawn = torch.as_tensor(graph, dtype=cells.states.dtype)[None]
        _, untouched, touched = self.conditionals(cells, told, drawn)
        return likelihood.posterior(untouched, touched - self.priors.target, told.logits)[0]


def _rows(sums: Sums, rows: slice) -> Sums:
    return Sums(sums.number[rows], sums.first[..., rows, :], sums.second[..., rows, :])
