"""Attention with normalised queries and keys, and a sink."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from causeway.language.gidd.fused import RMSNorm
from causeway.language.gidd.settings import Size
from causeway.rotary import rotate


class Attention(nn.Module):
    """Self-attention (arXiv:2512.10858, released code).

    Queries and keys are normalised over the full width before it is split into heads, then turned
    by their positions. A learnt key and value per head stand before the sequence, so that a head
    may look at nothing.

    Parameters
    ----------
    size
        Of the network.
    soft_cap
        Bound c of attention logits, as c tanh(logit / c); None for no bound, and fused attention.
    """

    def __init__(self, size: Size, soft_cap: float | None) -> None:
        super().__init__()
        self.heads, self.channels = size.heads, size.head
        self.soft_cap = soft_cap
        self.inputs = nn.Linear(size.width, 3 * size.width, bias=False)
        self.query_norm = RMSNorm(size.width)
        self.key_norm = RMSNorm(size.width)
        self.sink_key = nn.Parameter(torch.zeros(size.heads, 1, size.head))
        self.sink_value = nn.Parameter(torch.zeros(size.heads, 1, size.head))
        self.outputs = nn.Linear(size.width, size.width, bias=False)

    def forward(self, x: Tensor, table: Tensor, allowed: Tensor | None) -> Tensor:
        """Let places look at each other.

        Parameters
        ----------
        x
            Shape (B, T, d).
        table
            Shape (2, T, c / 2), see :func:`causeway.rotary.rotary_table`.
        allowed
            Who sees whom, shape (B or 1, 1, T, 1 + T), the sink first; None for all.
        """
        query, key, value = self.inputs(x).chunk(3, dim=-1)
        query = rotate(self._split(self.query_norm(query)), table)
        key = rotate(self._split(self.key_norm(key)), table)
        batch = len(x)
        key = torch.cat([self.sink_key.expand(batch, -1, -1, -1), key], dim=2)
        value = torch.cat([self.sink_value.expand(batch, -1, -1, -1), self._split(value)], dim=2)
        if self.soft_cap is None:
            found = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        else:
            found = capped_attention(query, key, value, allowed, self.soft_cap)
        return self.outputs(found.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        """Reshape (B, T, d) to (B, heads, T, channels)."""
        return x.unflatten(-1, (self.heads, self.channels)).transpose(1, 2)


def capped_attention(
    query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None, cap: float
) -> Tensor:
    """Attention of which the logits are bounded, shapes as in fused attention."""
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    scores = cap * torch.tanh(scores / cap)
    if allowed is not None:
        scores = scores.masked_fill(~allowed, float("-inf"))
    return scores.softmax(-1) @ value


def seen_by(prompt: Tensor | None) -> Tensor | None:
    """Who sees whom where clean tokens see only clean ones, and noised tokens all.

    Parameters
    ----------
    prompt
        Shape (B, T), true for clean tokens; None where there are none.

    Returns
    -------
    Tensor or None
        Shape (B, 1, T, 1 + T), the sink first, which all see; None if all see all.
    """
    if prompt is None:
        return None
    allowed = ~prompt[:, :, None] | prompt[:, None, :]
    return F.pad(allowed, (1, 0), value=True)[:, None]


def causal(length: int, device: torch.device) -> Tensor:
    """Who sees whom where tokens see those before them, shape (1, 1, T, 1 + T), the sink first."""
    before = torch.ones(length, length, dtype=torch.bool, device=device).tril()
    return F.pad(before, (1, 0), value=True)[None, None]
