"""Text by all samplers of a model, and how it is judged."""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from causeway.language import ngrams
from causeway.language.gidd.adaptive import rewrite_best
from causeway.language.gidd.ancestral import cosine_path, descend, even_path, pure_noise
from causeway.language.gidd.processes import Interpolation, Process
from causeway.language.gidd.self_correction import Corrected, correct
from causeway.language.gidd.settings import Sampling, SelfCorrection
from causeway.language.gidd.transformer import Transformer
from causeway.statistics import Interval, bootstrap_interval

VARIED = 2
"""Length of the n-grams by which dull text is told [ours]."""
DULLEST = 0.05
"""Share of real sequences that are as dull as text may be [ours]."""


class Written(NamedTuple):
    """Sequences of one model."""

    texts: dict[str, Tensor]
    """Shape (B, T): ``ancestral``, ``adaptive``, and ``corrected``, which are the ancestral ones
    after self-correction."""
    corrected: Corrected
    """How self-correction went."""


def written(
    network: Transformer,
    process: Process,
    length: int,
    sampling: Sampling,
    correction: SelfCorrection,
    seed: int,
) -> Written:
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
    corrected = correct(network.probabilities, ancestral, correction, generator)
    texts = {
        "ancestral": ancestral,
        "adaptive": torch.where(adaptive == size, likeliest, adaptive),
        "corrected": corrected.tokens,
    }
    return Written(texts, corrected)


def judged(
    tokens: Tensor,
    surprise: NDArray[np.float64],
    reference: NDArray[np.integer],
    grams: list[int],
    seed: int,
) -> dict[str, Interval]:
    """Judge sequences by a twin, by their variety, and by what was seen in training.

    Parameters
    ----------
    tokens
        Sequences, shape (B, T).
    surprise
        Mean surprise of a twin at the tokens of each, shape (B,).
    reference
        Training tokens.
    grams
        Lengths n.
    seed
        Of the interval.

    Returns
    -------
    dict
        ``perplexity``, exp of the mean surprise of all tokens, with its interval over sequences;
        ``distinct-<n>`` and ``overlap-<n>``, see :mod:`causeway.language.ngrams`, without.
    """
    rows = tokens.numpy()
    mean = bootstrap_interval(surprise, seed=seed)
    low, high = math.exp(mean.low), math.exp(mean.high)
    found = {"perplexity": Interval(math.exp(mean.estimate), low, high, mean.n)}
    for n in grams:
        shares = {
            "distinct": ngrams.distinct(rows, n),
            "overlap": ngrams.overlap(rows, reference, n),
        }
        for name, share in shares.items():
            found[f"{name}-{n}"] = Interval(share, math.nan, math.nan, len(rows))
    return found


def above_dull(tokens: Tensor, real: Tensor) -> NDArray[np.float64]:
    """How varied each sequence is, above what 95 % of real sequences reach.

    Text that repeats itself is likely for any judge, so that perplexity alone cannot tell repair
    from collapse. The share of different pairs of tokens within a sequence can.

    Parameters
    ----------
    tokens
        Sequences, shape (B, T).
    real
        Real sequences of the same length, shape (R, T).

    Returns
    -------
    array
        Shape (B,), in shares of pairs; negative where a sequence repeats itself more.
    """
    least = np.quantile(ngrams.variety(real.numpy(), VARIED), DULLEST)
    return ngrams.variety(tokens.numpy(), VARIED) - least
