"""Noised sequences, with all that the loss wants to know of them."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from causeway.language.gidd.processes import Process
from causeway.language.gidd.settings import Corruption
from causeway.language.gidd.weights import weights


class Batch(NamedTuple):
    """Noised sequences, and the R places in them of which the loss is not zero.

    Where noise is masks alone, tokens that stayed clean bear no loss, and need no prediction.
    """

    noised: Tensor
    """Shape (B, T)."""
    prompt: Tensor | None
    """True for clean tokens that were left out of the noise, shape (B, T); None if there are
    none."""
    places: Tensor
    """Places in the flattened sequences, shape (R,)."""
    tokens: Tensor
    """Clean tokens there, shape (R,)."""
    alpha: Tensor
    """Probability of no noise there, shape (R,)."""
    floor: Tensor
    """Probability of becoming one given token by noise there, shape (R,)."""
    weight: Tensor
    """Weight in training there, shape (R,)."""
    bound: Tensor
    """Weight in the bound there, shape (R,)."""
    number: int
    """Tokens that are not of prompts, over which the bound is averaged."""


def corrupt(
    tokens: NDArray[np.int64],
    process: Process,
    vocabulary: int,
    settings: Corruption,
    generator: np.random.Generator,
) -> Batch:
    """Noise sequences for training (arXiv:2512.10858, released code).

    A sequence has one time for all of its tokens, or one for each. Some begin with a prompt: the
    share f of its tokens has the density of arccos(1 - 2u) / π with u uniform.

    Parameters
    ----------
    tokens
        Clean sequences, shape (B, T).
    process
        What noises them.
    vocabulary
        Number N of tokens.
    settings
        Section of the configuration.
    generator
        Source of all draws.
    """
    batch, length = tokens.shape
    time = generator.random((batch, length))
    alone = generator.random((batch, 1)) < settings.independent
    time = np.where(alone, time, time[:, :1])
    share = np.arccos(1 - 2 * generator.random((batch, 1))) / np.pi
    begins = generator.random((batch, 1)) < settings.prompts
    prompt = begins & (np.arange(length) <= share * (length - 1))
    return noise(tokens, time, prompt, process, vocabulary, generator)


def noise(
    tokens: NDArray[np.int64],
    time: NDArray[np.float64],
    prompt: NDArray[np.bool_],
    process: Process,
    vocabulary: int,
    generator: np.random.Generator,
) -> Batch:
    """Noise sequences at given times.

    Parameters
    ----------
    tokens
        Clean sequences, shape (B, T).
    time
        Uniform times in [0, 1], shape (B, T).
    prompt
        True for tokens to leave clean and out of the loss, shape (B, T).
    process, vocabulary, generator
        As for :func:`corrupt`.
    """
    state = process.at(torch.from_numpy(time))
    kept = generator.random(tokens.shape) < state.alpha.numpy()
    uniform = generator.random(tokens.shape) < state.uniform.numpy()
    # Not from all ids, as the released code draws them, which may give the mask.
    drawn = generator.integers(vocabulary, size=tokens.shape)
    noised = np.where(kept | prompt, tokens, np.where(uniform, drawn, vocabulary))
    clean, changed = torch.from_numpy(tokens), torch.from_numpy(noised)
    weight = weights(state, clean, changed, vocabulary)
    weight = weight.masked_fill(torch.from_numpy(prompt), 0).flatten()
    places = weight.nonzero()[:, 0]
    floor = state.noise * state.uniform / vocabulary
    weight = weight[places]
    return Batch(
        noised=changed,
        prompt=torch.from_numpy(prompt) if prompt.any() else None,
        places=places,
        tokens=clean.flatten()[places],
        alpha=state.alpha.flatten()[places].float(),
        floor=floor.flatten()[places].float(),
        weight=weight.float(),
        bound=(weight * state.rate.flatten()[places]).float(),
        number=tokens.size - int(prompt.sum()),
    )


def measured(
    tokens: NDArray[np.int64], process: Process, vocabulary: int, batch: int, seed: int
) -> list[Batch]:
    """Noise sequences for a measurement, with times spread evenly over all of them.

    The same sequences, batch and seed give the same times and the same draws, whatever the
    process, so that measurements of different networks and processes are paired.

    Parameters
    ----------
    tokens
        Clean sequences, shape (n, T).
    process, vocabulary
        As for :func:`corrupt`.
    batch
        Sequences of a batch.
    seed
        Seed of times and draws.
    """
    generator = np.random.default_rng(seed)
    count, length = tokens.shape
    time = (generator.permutation(count) + generator.random(count)) / count
    found = []
    for start in range(0, count, batch):
        rows = tokens[start : start + batch]
        levels = np.repeat(time[start : start + batch, None], length, axis=1)
        none = np.zeros(rows.shape, dtype=bool)
        found.append(noise(rows, levels, none, process, vocabulary, generator))
    return found
