"""What training minimises: the negative log posterior per cell, and the cost of cycles."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from causeway.cells.gim.config import Priors
from causeway.cells.gim.likelihood import Interventions


class Terms(NamedTuple):
    """Parts of the objective.

    Per training cell: ``likelihood`` (minus its logarithm), priors of ``parameters`` and
    ``edges``; and ``cycles``, weighted.
    """

    likelihood: Tensor
    parameters: Tensor
    edges: Tensor
    cycles: Tensor


def parameter_cost(told: Interventions, priors: Priors) -> Tensor:
    """Gaussian priors of shifts and log scales, of a gene as far as it is a target."""
    chance = torch.sigmoid(told.logits)
    spread = (told.shift / priors.shift).square() + (told.log_scale / priors.log_scale).square()
    return 0.5 * (chance * spread).sum()


def edge_cost(logits: Tensor, priors: Priors) -> Tensor:
    """Expected number of edges, each at the log odds against it."""
    off = 1 - torch.eye(len(logits), dtype=logits.dtype, device=logits.device)
    odds = math.log((1 - priors.edge) / priors.edge)
    return odds * (torch.sigmoid(logits) * off).sum()


def standard_normal(values: list[Tensor], scale: float) -> Tensor:
    """Minus the log density of values under N(0, scale²), up to a constant."""
    return 0.5 * torch.stack([value.square().sum() for value in values]).sum() / scale**2


def between(start: float, end: float, done: float) -> float:
    """Go linearly from ``start`` to ``end`` as ``done`` goes from 0 to 1."""
    return start + (end - start) * done


def geometric(start: float, end: float, done: float) -> float:
    """Go by equal factors from ``start`` to ``end`` as ``done`` goes from 0 to 1."""
    return start * (end / start) ** done
