"""A prediction whose bound is known: a check of losses, weights and draws together."""

import torch
from torch import Tensor

from causeway.language.gidd.divergence import pointwise_divergence
from causeway.language.gidd.processes import Process


class Even:
    """Stands for a network that finds all tokens alike, whatever it sees.

    Parameters
    ----------
    vocabulary
        Number N of tokens.
    """

    def __init__(self, vocabulary: int) -> None:
        self.vocabulary = vocabulary

    def hidden(self, noised: Tensor, prompt: Tensor | None) -> Tensor:
        """Shape (B, T, 0)."""
        del prompt
        return torch.zeros((*noised.shape, 0))

    def logits(self, hidden: Tensor) -> Tensor:
        """Shape (R, N)."""
        return torch.zeros((len(hidden), self.vocabulary))


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
