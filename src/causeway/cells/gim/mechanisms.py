"""How the mean of each gene depends on its parents, and sums of residuals of all contexts."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from causeway.cells.gim.likelihood import Sums

LINEARISED = 64
"""Cells at which networks are linearised to measure volumes."""


class Cells(NamedTuple):
    """Cells of K contexts, in the order of contexts.

    ``states`` (N, d) and ``context`` (N,) of each cell, ``number`` (K,) of cells of each context,
    and moments of the states: ``first`` (K, d), sums, and ``second`` (K, d, d), sums of products.
    """

    states: Tensor
    context: Tensor
    number: Tensor
    first: Tensor
    second: Tensor

    def own(self) -> Sums:
        """Sums of the states themselves, as if mechanisms were zero."""
        squares = self.second.diagonal(dim1=-2, dim2=-1)
        return Sums(self.number[:, None].to(squares), self.first, squares)


def gather(states: Tensor, number: Tensor) -> Cells:
    """Add the moments of each context to cells in the order of contexts."""
    parts = states.double().split(number.tolist())
    return Cells(
        states,
        torch.arange(len(number)).repeat_interleave(number),
        number,
        torch.stack([part.sum(0) for part in parts]).to(states),
        torch.stack([part.T @ part for part in parts]).to(states),
    )


class LinearMechanisms(nn.Module):
    """f_j(x) = sum_i G_ij W_ij x_i + b_j.

    Sums of residuals follow from the moments of the states, so that training costs the same
    however many cells there are.
    """

    def __init__(self, genes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.01 * torch.randn(genes, genes))
        self.bias = nn.Parameter(torch.zeros(genes))

    def forward(self, states: Tensor, graph: Tensor) -> Tensor:
        """Means of all genes.

        Parameters
        ----------
        states
            Shape (..., d).
        graph
            Shape (d, d).
        """
        return states @ (graph * self.weight) + self.bias

    def sums(self, cells: Cells, graphs: Tensor) -> Sums:
        """Sums of residuals x - f(x) for each draw of the graph, (draws, K, d)."""
        eye = torch.eye(graphs.shape[-1], dtype=graphs.dtype, device=graphs.device)
        combine = eye - graphs * self.weight
        number = cells.number[:, None].to(combine)
        first = cells.first @ combine
        second = torch.einsum("mij,kil,mlj->mkj", combine, cells.second, combine)
        second = second - 2 * self.bias * first + number * self.bias**2
        return Sums(number, first - number * self.bias, second)

    def volume(self, states: Tensor, graphs: Tensor) -> Tensor:
        """Log of the volume by which noise is smaller than states, log |det(I - G W)|.

        By the change of variables it belongs into the density of a cell where the graph has
        cycles (Ng et al., arXiv:2006.10201); it is zero where there are none.

        Returns
        -------
        Tensor
            Shape (draws,).
        """
        del states
        eye = torch.eye(graphs.shape[-1], dtype=graphs.dtype, device=graphs.device)
        return torch.linalg.slogdet(eye - graphs * self.weight)[1]

    def penalty(self) -> Tensor:
        """Sum of squared weights: minus twice the log of their standard normal prior."""
        return self.weight.square().sum()


class NetworkMechanisms(nn.Module):
    """f_j(x) = v_j · tanh(U_j (G_j ∘ x) + a_j) + b_j, one network per gene."""

    def __init__(self, genes: int, hidden: int) -> None:
        super().__init__()
        self.inner = nn.Parameter(torch.randn(genes, hidden, genes) / math.sqrt(genes))
        self.offset = nn.Parameter(torch.zeros(genes, hidden))
        self.outer = nn.Parameter(torch.randn(genes, hidden) / math.sqrt(hidden))
        self.bias = nn.Parameter(torch.zeros(genes))

    def forward(self, states: Tensor, graph: Tensor) -> Tensor:
        """Means of all genes; shapes as in :class:`LinearMechanisms`."""
        genes, hidden, _ = self.inner.shape
        inner = (self.inner * graph.T[:, None, :]).reshape(genes * hidden, genes)
        units = torch.tanh(states @ inner.T + self.offset.flatten())
        units = units.unflatten(-1, (genes, hidden))
        return (units * self.outer).sum(-1) + self.bias

    def sums(self, cells: Cells, graphs: Tensor) -> Sums:
        """Sums of residuals; shapes as in :class:`LinearMechanisms`."""
        residuals = torch.stack([cells.states - self(cells.states, graph) for graph in graphs])
        both = torch.cat([residuals, residuals.square()], dim=-1)
        zero = both.new_zeros(len(graphs), len(cells.number), both.shape[-1])
        first, second = zero.index_add(1, cells.context, both).chunk(2, -1)
        return Sums(cells.number[:, None].to(first), first, second)

    def volume(self, states: Tensor, graphs: Tensor) -> Tensor:
        """Log of the volume, averaged over some cells, at which mechanisms are linearised."""
        states = states[:: max(1, len(states) // LINEARISED)]
        eye = torch.eye(graphs.shape[-1], dtype=graphs.dtype, device=graphs.device)
        volumes = []
        for graph in graphs:
            inner = self.inner * graph.T[:, None, :]
            units = torch.tanh(torch.einsum("ni,jhi->njh", states, inner) + self.offset)
            slopes = torch.einsum("njh,jhi->nij", (1 - units.square()) * self.outer, inner)
            volumes.append(torch.linalg.slogdet(eye - slopes)[1].mean())
        return torch.stack(volumes)

    def penalty(self) -> Tensor:
        """Sum of squared weights."""
        return self.inner.square().sum() + self.outer.square().sum()
