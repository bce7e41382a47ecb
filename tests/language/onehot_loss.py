"""The loss by its definition: vectors over the vocabulary with the mask, as published."""

import torch
from torch import Tensor
from torch.nn import functional as F


def noise_vector(share: Tensor, size: int) -> Tensor:
    """π over N tokens and the mask, shape (..., N + 1)."""
    tokens = (share / size)[..., None].expand(*share.shape, size)
    return torch.cat([tokens, (1 - share)[..., None]], -1)


def slope_vector(slope: Tensor, size: int) -> Tensor:
    """dπ/dλ, shape (..., N + 1)."""
    tokens = (slope / size)[..., None].expand(*slope.shape, size)
    return torch.cat([tokens, -slope[..., None]], -1)


def divergence(logits: Tensor, tokens: Tensor, noised: Tensor, alpha: Tensor, share: Tensor):
    """KL plus Itakura-Saito divergence from vectors over the vocabulary."""
    size = logits.shape[-1]
    predicted = F.pad(logits.softmax(-1), (0, 1))
    true = F.one_hot(tokens, size + 1).to(logits.dtype)
    pi = noise_vector(share, size)
    q = alpha[..., None] * true + (1 - alpha[..., None]) * pi
    p = alpha[..., None] * predicted + (1 - alpha[..., None]) * pi
    kl = torch.where(q > 0, q * (q.clamp_min(1e-30).log() - p.clamp_min(1e-30).log()), 0).sum(-1)
    place = noised[..., None]
    r = q.gather(-1, place).squeeze(-1) / p.gather(-1, place).squeeze(-1)
    return kl + r - r.log() - 1


def weight(log_snr: Tensor, share: Tensor, slope: Tensor, tokens: Tensor, noised: Tensor, size):
    """(π - π') / (π + e^λ [z = x]) at the noised token."""
    place = noised[..., None]
    pi = noise_vector(share, size).gather(-1, place).squeeze(-1)
    change = slope_vector(slope, size).gather(-1, place).squeeze(-1)
    return (pi - change) / (pi + log_snr.exp() * (noised == tokens))
