"""A prediction whose bound is known: a check of losses and weights together."""

import torch

from causeway.language.gidd.divergence import pointwise_divergence
from causeway.language.gidd.processes import Process
from causeway.language.gidd.weights import weights

NODES = 4000
"""Moments of the integral."""
REACH = 14.0
"""Largest log odds of a time."""


def even_integral(process: Process, vocabulary: int) -> float:
    """Bound of a prediction that finds all tokens alike, as losses and weights give it.

    All that a token may become is summed over, and times are integrated by the midpoint rule in
    their log odds.

    Parameters
    ----------
    process
        What noises.
    vocabulary
        Number N of tokens.
    """
    edges = torch.linspace(-REACH, REACH, NODES + 1, dtype=torch.float64)
    odds = (edges[1:] + edges[:-1]) / 2
    time = torch.sigmoid(odds)
    width = time * torch.sigmoid(-odds) * (edges[1] - edges[0])
    state = process.at(time)
    logits = torch.zeros((1, vocabulary), dtype=torch.float64).expand(NODES, vocabulary)
    token = torch.zeros(NODES, dtype=torch.long)
    floor = state.noise * state.uniform / vocabulary
    chances = {
        0: state.alpha + floor,
        1: floor * (vocabulary - 1),
        vocabulary: state.noise * (1 - state.uniform),
    }
    total = torch.zeros(NODES, dtype=torch.float64)
    for became, chance in chances.items():
        noised = torch.full_like(token, became)
        loss = pointwise_divergence(logits, token, noised, state.alpha, floor)
        total += chance * weights(state, token, noised, vocabulary) * state.rate * loss
    return float((total * width).sum())


def even_bound(process: Process, vocabulary: int) -> float:
    """Bound of a prediction that finds all tokens alike, in nats per token, exactly.

    Forwards, the noised text and the noised prediction go through the same chain, so that the
    bound is their divergence at the clean end less that at the other.

    Parameters
    ----------
    process
        What noises.
    vocabulary
        Number N of tokens.
    """
    ends = process.at(torch.tensor([0.0, 1.0]))
    token = torch.zeros(2, dtype=torch.long)
    logits = torch.zeros((2, vocabulary), dtype=torch.float64)
    floor = ends.noise * ends.uniform / vocabulary
    # At the mask there is no Itakura-Saito term.
    mask = torch.full_like(token, vocabulary)
    clean, noisy = pointwise_divergence(logits, token, mask, ends.alpha, floor)
    return float(clean - noisy)
