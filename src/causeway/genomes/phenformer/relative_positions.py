"""Relative positional features and attention of Enformer.

Avsec et al., Nature Methods 18:1196 (2021), supplementary methods, and the code released with it.
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from causeway.genomes.phenformer.enformer_size import KINDS

_SHORTEST_HALF_LIFE = 3.0
"""Logarithm to the base 2."""
_TINY = 1e-8


@lru_cache(maxsize=4)
def positional_features(tokens: int, features: int) -> Tensor:
    """Features of the distances between tokens.

    A third each are exponentials with half-lives from 8 tokens to all, masks of the centre of
    widths 1, 3, 7, ..., and gamma densities with means along the sequence, all of the absolute
    distance; the same again times the sign of the distance. Densities are computed in double
    precision, as their logarithms nearly cancel; for 1,536 tokens and 192 features they differ by
    up to 0.0025 (measured) from the same formula in single precision, which the released weights
    met.

    Parameters
    ----------
    tokens
        Number of tokens n.
    features
        Number of features F, a multiple of 6.

    Returns
    -------
    Tensor
        Shape (2n - 1, F), for distances from 1 - n to n - 1, in single precision.
    """
    each = features // (2 * KINDS)
    distance = torch.arange(1 - tokens, tokens, dtype=torch.float64)[:, None]
    away = distance.abs()
    longest = math.log2(tokens)
    half_life = 2 ** torch.linspace(_SHORTEST_HALF_LIFE, longest, each, dtype=torch.float64)
    width = 2.0 ** torch.arange(1, each + 1, dtype=torch.float64) - 1
    found = [torch.exp(-math.log(2) * away / half_life), (width > away).double()]
    mean = torch.linspace(tokens / each, tokens, each, dtype=torch.float64)
    found.append(_gamma(away, mean, tokens / (2 * each)))
    whole = torch.cat(found, dim=1)
    return torch.cat([whole, distance.sign() * whole], dim=1).float()


def shifted(logits: Tensor) -> Tensor:
    """Turn logits by distance into logits by key.

    Parameters
    ----------
    logits
        Shape (..., n, 2n - 1) with n > 1; the last axis is for distances key - query from 1 - n
        to n - 1.

    Returns
    -------
    Tensor
        Shape (..., n, n): entry (i, j) is that of distance j - i. No copy is made.
    """
    n = logits.shape[-2]
    # In rows that are one shorter, each begins one place further left than the row above it.
    flat = logits.flatten(-2)[..., n - 1 : n - 1 + n * (2 * n - 2)]
    return flat.unflatten(-1, (n, 2 * n - 2))[..., :n]


class RelativeAttention(nn.Module):
    """Multihead attention whose logits also depend on distances.

    The logit of query i and key j is (q_i + u) . k_j + (q_i + w) . r_{j - i}, with r linear in the
    positional features. The second part goes as a mask into the fused attention, which needs no
    other tensor of tokens by tokens. Names of parameters are those of the public PyTorch port.

    Parameters
    ----------
    channels, heads, key, features
        Channels of tokens, heads, channels of a head's keys, and positional features.
    dropout, position_dropout
        Of attention weights and of positional features.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        key: int,
        features: int,
        dropout: float,
        position_dropout: float,
    ) -> None:
        super().__init__()
        self.heads, self.features, self.dropout = heads, features, dropout
        self.to_q = nn.Linear(channels, heads * key, bias=False)
        self.to_k = nn.Linear(channels, heads * key, bias=False)
        self.to_v = nn.Linear(channels, channels, bias=False)
        self.to_out = nn.Linear(channels, channels)
        self.to_rel_k = nn.Linear(features, heads * key, bias=False)
        self.rel_content_bias = nn.Parameter(torch.randn(1, heads, 1, key))
        self.rel_pos_bias = nn.Parameter(torch.randn(1, heads, 1, key))
        self.pos_dropout = nn.Dropout(position_dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, n, channels) of tokens (B, n, channels)."""
        q, k, v = (self._split(layer(x)) for layer in (self.to_q, self.to_k, self.to_v))
        q = q * q.shape[-1] ** -0.5
        positions = positional_features(x.shape[1], self.features).to(x)
        relative = self._split(self.to_rel_k(self.pos_dropout(positions)))  # (heads, 2n - 1, key)
        by_distance = (q + self.rel_pos_bias) @ relative.transpose(-2, -1)
        found = F.scaled_dot_product_attention(
            q + self.rel_content_bias,
            k,
            v,
            attn_mask=shifted(by_distance),
            dropout_p=self.dropout if self.training else 0.0,
            scale=1.0,
        )
        return self.to_out(found.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        """Return (..., heads, n, c) of (..., n, heads c)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(-3, -2)


def _gamma(x: Tensor, mean: Tensor, spread: float) -> Tensor:
    """Gamma densities at x (n, 1), each relative to its largest value."""
    shape, rate = (mean / spread) ** 2, mean / spread**2
    logarithm = torch.xlogy(shape - 1, x) - rate * x - torch.lgamma(shape) + shape * rate.log()
    density = logarithm.exp() + _TINY
    return density / density.amax(dim=0)
