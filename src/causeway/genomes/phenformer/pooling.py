"""Pooling by multihead attention (Set Transformer, arXiv:1810.00825, eqs. 6 to 12)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from causeway.genomes.phenformer.blocks import perceptron


class Pooling(nn.Module):
    """A few seed vectors read a set of tokens; the order of the tokens does not matter.

    PMA(T) = MAB(S, rFF(T)) with MAB(Q, Y) = LN(H + rFF(H)), H = LN(Q + attention(Q, Y, Y)). The
    inner rFF is one layer, as in the code of the authors' blocks; the outer has four times the
    width within [ours].

    Parameters
    ----------
    width, heads
        Channels, and heads among which they are shared out.
    seeds
        Number of seed vectors S.
    dropout
        On attention weights and on what is added.
    """

    def __init__(self, width: int, heads: int, seeds: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.seeds = nn.Parameter(torch.empty(seeds, width))
        nn.init.xavier_uniform_(self.seeds)
        self.rows = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.write = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width)
        self.mlp = perceptron(width)
        self.mlp_norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return vectors (B, S, d) of tokens (B, n, d)."""
        q, k, v = self._projected(tokens)
        dropout = self.dropout if self.training else 0.0
        read = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout)
        read = self.write(read.transpose(1, 2).flatten(2))
        hidden = self.attention_norm(self.seeds + self.drop(read))
        return self.mlp_norm(hidden + self.drop(self.mlp(hidden)))

    def weights(self, tokens: Tensor) -> Tensor:
        """Return how much each seed reads of each token, (B, S, n): the mean over heads."""
        q, k, _ = self._projected(tokens)
        logits = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        return logits.softmax(dim=-1).mean(dim=1)

    def _projected(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, (B, heads, ., d / heads)."""
        rows = F.relu(self.rows(tokens))
        q = self.query(self.seeds).unflatten(-1, (self.heads, -1)).transpose(0, 1)
        k, v = self.key_value(rows).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q.expand(len(tokens), -1, -1, -1), k, v
