"""Sampling by the reverse of the process, from noise to text."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from causeway.language.gidd.processes import Interpolation, Process, State

Denoiser = Callable[[Tensor], Tensor]
"""From tokens (B, T) to probabilities (B, T, N) of the clean ones."""

_CLEAN = State(*(torch.tensor(value, dtype=torch.float64) for value in (math.inf, 1, 0, math.inf)))
"""No noise at all."""


def cosine_path(process: Interpolation, steps: int) -> list[State]:
    """States from noise to text with α = (1 + cos πτ) / 2 (arXiv:2512.10858, released code).

    τ goes from 0.999 to 0.001. A last step removes the noise that is left, which the released
    code leaves in.
    """
    tau = torch.linspace(0.999, 0.001, steps + 1, dtype=torch.float64)
    log_snr = torch.logit(0.5 + 0.5 * torch.cos(math.pi * tau))
    states = process.at_log_snr(log_snr.clamp(process.lowest, process.highest))
    return [*_each(states), _CLEAN]


def even_path(process: Process, steps: int) -> list[State]:
    """States from noise to text at even times, and no noise at last."""
    return [*_each(process.at(torch.linspace(1, 0, steps + 1, dtype=torch.float64))), _CLEAN]


def pure_noise(
    state: State, shape: tuple[int, int], size: int, generator: torch.Generator
) -> Tensor:
    """Draw noise: the mask, or a token.

    Parameters
    ----------
    state
        Where sampling starts.
    shape
        Sequences and tokens (B, T).
    size
        Number N of tokens.
    generator
        Source of all draws.
    """
    drawn = torch.randint(size, shape, generator=generator)
    uniform = torch.rand(shape, generator=generator, dtype=torch.float64) < state.uniform
    return torch.where(uniform, drawn, size)


def descend(
    denoise: Denoiser,
    path: Sequence[State],
    tokens: Tensor,
    size: int,
    generator: torch.Generator,
    fixed: Tensor | None = None,
) -> Tensor:
    """Undo noise step by step (arXiv:2503.04482).

    From λ_t to λ_s, p(z_s | z_t) is proportional to q_s(z_s | x̂) times the chance of z_t after
    z_s. Either z_s = z_t, or it is drawn from q_s(· | x̂): the chances of the two follow from
    q_t(z) = α_t/α_s q_s(z) + j(z), with j the noise added between s and t.

    Parameters
    ----------
    denoise
        Predicts clean tokens.
    path
        States from noise to text.
    tokens
        Noise at the first of them, shape (B, T).
    size
        Number N of tokens.
    generator
        Source of all draws.
    fixed
        True for tokens to leave alone, shape (B, T).

    Returns
    -------
    Tensor
        Sequences, shape (B, T).
    """
    for before, after in pairwise(path):
        moved = ancestral_step(denoise(tokens), before, after, tokens, size, generator)
        tokens = moved if fixed is None else torch.where(fixed, tokens, moved)
    return tokens


def ancestral_step(
    predicted: Tensor,
    before: State,
    after: State,
    tokens: Tensor,
    size: int,
    generator: torch.Generator,
) -> Tensor:
    """Tokens at a state, given those at a noisier one and a prediction (B, T, N) of clean ones."""
    ratio = before.alpha / after.alpha
    masked = tokens == size
    here = predicted.gather(-1, tokens.clamp_max(size - 1)[..., None])[..., 0].double()
    here = here.masked_fill(masked, 0)
    kept = ratio * (after.alpha * here + after.noise * _chance(after, masked, size))
    added = before.noise * _chance(before, masked, size)
    added = added - ratio * after.noise * _chance(after, masked, size)
    stays = _random(tokens, generator) * (kept + added.clamp_min(0)) < kept
    guess = draw(predicted, generator)
    noise = pure_noise(after, (tokens.shape[0], tokens.shape[1]), size, generator)
    fresh = torch.where(_random(tokens, generator) < after.alpha, guess, noise)
    return torch.where(stays, tokens, fresh)


def draw(probabilities: Tensor, generator: torch.Generator) -> Tensor:
    """Draw tokens from probabilities (..., N), which need not be normalised."""
    flat = probabilities.flatten(0, -2)
    return torch.multinomial(flat, 1, generator=generator).view(probabilities.shape[:-1])


def _chance(state: State, masked: Tensor, size: int) -> Tensor:
    """Noise π at the mask or at a token."""
    return torch.where(masked, 1 - state.uniform, state.uniform / size)


def _random(tokens: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(tokens.shape, generator=generator, dtype=torch.float64)


def _each(states: State) -> list[State]:
    return [State(*values) for values in zip(*states, strict=True)]
