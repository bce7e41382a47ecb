"""Text by all samplers of a model, and how it is judged."""

import math

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from causeway.language import ngrams
from causeway.language.gidd.adaptive import rewrite_best
from causeway.language.gidd.ancestral import cosine_path, descend, even_path, pure_noise
from causeway.language.gidd.likelihood import generative_perplexity
from causeway.language.gidd.processes import Interpolation, Process
from causeway.language.gidd.self_correction import correct
from causeway.language.gidd.settings import Sampling, SelfCorrection
from causeway.language.gidd.transformer import Transformer


def written(
    network: Transformer,
    process: Process,
    length: int,
    sampling: Sampling,
    correction: SelfCorrection,
    seed: int,
) -> dict[str, Tensor]:
    """Write sequences by each sampler.

    Parameters
    ----------
    network, process
        A diffusion model and its noise.
    length
        Tokens of a sequence.
    sampling, correction
        Sections of the configuration. The adaptive sampler rewrites more tokens per step where
        there would be too few steps for the sequence.
    seed
        Of all draws.

    Returns
    -------
    dict
        Sequences (B, T): ``ancestral``, ``adaptive``, and ``corrected``, which are the ancestral
        ones after self-correction.
    """
    size = network.vocabulary
    generator = torch.Generator().manual_seed(seed)
    path = (
        cosine_path(process, sampling.steps)
        if isinstance(process, Interpolation)
        else even_path(process, sampling.steps)
    )
    noise = pure_noise(path[0], (sampling.sequences, length), size, generator)
    ancestral = descend(network.probabilities, path, noise, size, generator)
    each = max(sampling.tokens_per_step, math.ceil(length / sampling.steps))
    quick = sampling.model_copy(update={"tokens_per_step": each})
    adaptive = rewrite_best(network.probabilities, path[0], noise, size, quick, generator)
    likeliest = network.probabilities(adaptive).argmax(-1)
    return {
        "ancestral": ancestral,
        "adaptive": torch.where(adaptive == size, likeliest, adaptive),
        "corrected": correct(network.probabilities, ancestral, correction, generator).tokens,
    }


def judged(
    tokens: Tensor, twin: Transformer, reference: NDArray[np.integer], grams: list[int]
) -> pd.DataFrame:
    """Judge sequences by a twin, by their variety, and by what was seen in training.

    Parameters
    ----------
    tokens
        Sequences, shape (B, T).
    twin
        Trunk of an autoregressive model.
    reference
        Training tokens.
    grams
        Lengths n.

    Returns
    -------
    DataFrame
        ``measure`` and ``value``: ``perplexity``, exp of the mean surprise of all tokens;
        ``distinct-<n>`` and ``overlap-<n>``, see :mod:`causeway.language.ngrams`.
    """
    rows = tokens.numpy()
    surprise = generative_perplexity(twin, tokens).log().mean()
    found = {"perplexity": float(surprise.exp())}
    for n in grams:
        found[f"distinct-{n}"] = ngrams.distinct(rows, n)
        found[f"overlap-{n}"] = ngrams.overlap(rows, reference, n)
    return pd.DataFrame({"measure": list(found), "value": list(found.values())})
