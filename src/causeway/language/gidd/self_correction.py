"""Repair of finished text by the model that wrote it."""

from typing import NamedTuple

import torch
from torch import Tensor

from causeway.language.gidd.adaptive import tempered
from causeway.language.gidd.ancestral import Denoiser
from causeway.language.gidd.settings import SelfCorrection


class Corrected(NamedTuple):
    """What became of some sequences."""

    tokens: Tensor
    """Shape (B, T)."""
    accuracy: Tensor
    """Share of tokens that are the model's likeliest, at first and after each step, shape
    (1 + steps, B)."""
    changes: Tensor
    """Tokens that differ from those at first, shape (B,)."""


def correct(
    denoise: Denoiser, tokens: Tensor, settings: SelfCorrection, generator: torch.Generator
) -> Corrected:
    """Replace the tokens of which the model is surest that they are wrong (arXiv:2503.04482).

    Candidates are drawn at a low temperature, and of those that differ the likeliest are taken.
    A sequence is done when no candidate differs, or when its self-accuracy, the share of tokens
    that are the likeliest, has not risen for a while.

    Parameters
    ----------
    denoise
        Predicts clean tokens.
    tokens
        Finished sequences, shape (B, T), without masks.
    settings
        Section of the configuration.
    generator
        Source of all draws.
    """
    first = tokens
    predicted = denoise(tokens)
    best = _accuracy(predicted, tokens)
    told = [best]
    idle = torch.zeros_like(best, dtype=torch.long)
    active = torch.ones_like(best, dtype=torch.bool)
    count = min(settings.tokens_per_step, tokens.shape[1])
    for _ in range(settings.steps):
        candidate = tempered(predicted, settings.temperature, generator)
        chance = predicted.gather(-1, candidate[..., None])[..., 0]
        chance = chance.masked_fill(candidate == tokens, 0)
        top = chance.topk(count, dim=-1)
        active = active & (top.values[:, 0] > 0)
        if not active.any():
            break
        taken = torch.zeros_like(tokens, dtype=torch.bool).scatter(
            1, top.indices, (top.values > 0) & active[:, None]
        )
        tokens = torch.where(taken, candidate, tokens)
        predicted = denoise(tokens)
        now = _accuracy(predicted, tokens)
        told.append(now)
        idle = torch.where(now > best, 0, idle + 1)
        best = torch.maximum(best, now)
        active = active & (idle < settings.patience)
    return Corrected(tokens, torch.stack(told), (tokens != first).sum(1))


def _accuracy(predicted: Tensor, tokens: Tensor) -> Tensor:
    return (predicted.argmax(-1) == tokens).double().mean(1)
