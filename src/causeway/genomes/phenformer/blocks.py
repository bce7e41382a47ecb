"""The transformer block of both scales."""

import torch.nn.functional as F
from torch import Tensor, nn

from causeway.rotary import rotate


class SelfAttention(nn.Module):
    """Multihead attention within sets or sequences.

    Parameters
    ----------
    width, heads
        Channels, and heads among which they are shared out.
    dropout
        On attention weights.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.read = nn.Linear(width, 3 * width)
        self.write = nn.Linear(width, width)

    def forward(
        self, x: Tensor, table: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """Attend.

        Parameters
        ----------
        x
            Shape (B, n, d).
        table
            Rotary table (2, n, d / heads / 2); None where positions have no order.
        bias
            Added to the logits, shape (heads, n, n) or (1, heads, n, n).

        Returns
        -------
        Tensor
            Shape (B, n, d).
        """
        q, k, v = self.read(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if table is not None:
            q, k = rotate(q, table), rotate(k, table)
        found = F.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=None if bias is None else bias.to(q.dtype),
            dropout_p=self.dropout if self.training else 0.0,
        )
        return self.write(found.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Attention and a network of four times the width, each normalised before and added.

    Pre-LN transformer block (Xiong et al., arXiv:2002.04745).

    Parameters
    ----------
    width, heads, dropout
        As of :class:`SelfAttention`; dropout also acts on what is added.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads, dropout)
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = perceptron(width)
        self.drop = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, table: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """Return updated tokens (B, n, d); arguments as of :class:`SelfAttention`."""
        x = x + self.drop(self.attention(self.attention_norm(x), table, bias))
        return x + self.drop(self.mlp(self.mlp_norm(x)))


def perceptron(width: int) -> nn.Sequential:
    """Make the network of each token, with four times the channels within."""
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
