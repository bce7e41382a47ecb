"""Bounds on the likelihood of sequences, and how likely a twin finds them."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from causeway.language.gidd.corruption import measured
from causeway.language.gidd.losses import sequence_bounds, surprise
from causeway.language.gidd.processes import Process
from causeway.language.gidd.transformer import Transformer


def bounds(
    network: Transformer,
    process: Process,
    tokens: NDArray[np.int64],
    *,
    draws: int,
    batch: int,
    seed: int,
) -> NDArray[np.float64]:
    """Estimate the bound of each sequence, in nats per token, from several noised copies.

    The bound on minus the log-likelihood is their expectation; times are spread evenly over all
    copies of all sequences. Near α = 1 weights are large, so that few draws vary much.

    Parameters
    ----------
    network
        Of a diffusion model.
    process
        Its noise.
    tokens
        Clean sequences, shape (n, T).
    draws
        Noised copies per sequence.
    batch
        Copies to do at once.
    seed
        Seed of the noise; the same for models to compare.

    Returns
    -------
    NDArray
        Shape (n, draws).
    """
    count = len(tokens)
    copies = np.tile(tokens, (draws, 1))
    found = [
        sequence_bounds(network, part)
        for part in measured(copies, process, network.vocabulary, batch, seed)
    ]
    return torch.cat(found).numpy().reshape(draws, count).T


@torch.no_grad()
def generative_perplexity(twin: Transformer, tokens: Tensor) -> Tensor:
    """Perplexity of sequences for an autoregressive model, shape (B,).

    Low values are good only together with varied text: a sequence that repeats itself is likely.

    Parameters
    ----------
    twin
        Trunk of the autoregressive model.
    tokens
        Sequences, shape (B, T).
    """
    return surprise(twin, tokens).mean(1).exp()


def bits_per_byte(nats: float, tokens_per_byte: float) -> float:
    """Bits per byte of text from nats per token."""
    return nats * tokens_per_byte / math.log(2)
