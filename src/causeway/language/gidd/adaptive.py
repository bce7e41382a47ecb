"""Sampling that rewrites the tokens that gain most, whatever they were."""

import torch
from torch import Tensor

from causeway.language.gidd.ancestral import Denoiser, draw
from causeway.language.gidd.processes import State
from causeway.language.gidd.settings import Sampling


def rewrite_best(
    denoise: Denoiser,
    start: State,
    tokens: Tensor,
    size: int,
    settings: Sampling,
    generator: torch.Generator,
    fixed: Tensor | None = None,
) -> Tensor:
    """Rewrite a few tokens per step, where they gain most (arXiv:2512.10858, released code).

    The gain is (max_v x̂_v - x̂_z) π(z), with the noise π where sampling starts: masks are
    filled where noise is masks, and wrong tokens are replaced where it is tokens. With a
    temperature of zero it ends early once nothing changes.

    Parameters
    ----------
    denoise
        Predicts clean tokens.
    start
        Where sampling starts.
    tokens
        Noise there, shape (B, T).
    size
        Number N of tokens.
    settings
        Section of the configuration.
    generator
        Source of all draws.
    fixed
        True for tokens to leave alone, shape (B, T).

    Returns
    -------
    Tensor
        Sequences, shape (B, T); masks are left if there were fewer steps than masks.
    """
    share = float(start.uniform)
    predicted = denoise(tokens)
    for _ in range(settings.steps):
        masked = tokens == size
        own = predicted.gather(-1, tokens.clamp_max(size - 1)[..., None])[..., 0]
        gain = predicted.amax(-1) - own.masked_fill(masked, 0)
        gain = gain * torch.where(masked, 1 - share, share / size)
        if fixed is not None:
            gain = gain.masked_fill(fixed, -1)
        best = gain.topk(min(settings.tokens_per_step, tokens.shape[1]), dim=-1)
        written = tempered(predicted, settings.temperature, generator).gather(1, best.indices)
        # A token without gain stays, also at a temperature.
        written = torch.where(best.values > 0, written, tokens.gather(1, best.indices))
        changed = tokens.scatter(1, best.indices, written)
        if not torch.equal(changed, tokens):
            tokens = changed
            predicted = denoise(tokens)
        elif settings.temperature == 0:
            break
    return tokens


def tempered(predicted: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """Draw tokens (B, T) from predictions (B, T, N) at a temperature; 0 takes the likeliest."""
    if temperature == 0:
        return predicted.argmax(-1)
    return draw((predicted.clamp_min(1e-30).log() / temperature).softmax(-1), generator)
