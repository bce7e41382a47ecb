"""Losses of the tokens of a batch under a network."""

import torch
from torch import Tensor
from torch.nn import functional as F

from causeway.language.gidd.corruption import Batch
from causeway.language.gidd.divergence import pointwise_divergence
from causeway.language.gidd.transformer import Transformer


def divergences(network: Transformer, batch: Batch) -> Tensor:
    """Divergence at each place of a batch that bears loss, shape (R,).

    Only these go through the head, which is most of the work where vocabularies are large.
    """
    hidden = network.hidden(batch.noised, batch.prompt).flatten(0, 1)
    logits = network.logits(hidden[batch.places])
    drawn = batch.noised.flatten()[batch.places]
    return pointwise_divergence(logits, batch.tokens, drawn, batch.alpha, batch.floor)


def surprise(network: Transformer, tokens: Tensor) -> Tensor:
    """Minus the log-probability of each token given those before it.

    Parameters
    ----------
    network
        A trunk that sees only what came before; the mask stands before the first token.
    tokens
        Shape (B, T).

    Returns
    -------
    Tensor
        Shape (B, T), in nats.
    """
    before = F.pad(tokens[:, :-1], (1, 0), value=network.vocabulary)
    logits = network(before).float()
    return F.cross_entropy(logits.transpose(1, 2), tokens, reduction="none")


@torch.no_grad()
def sequence_bounds(network: Transformer, batch: Batch) -> Tensor:
    """Weighted divergences of each noised sequence, per token, shape (B,), float64."""
    rows, length = batch.noised.shape
    loss = (batch.bound * divergences(network, batch)).double()
    return loss.new_zeros(rows).index_add(0, batch.places // length, loss) / length
