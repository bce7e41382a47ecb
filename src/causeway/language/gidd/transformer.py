"""The transformer that undoes noise, or predicts what comes next."""

import math

import torch
from torch import Tensor, nn

from causeway.language.gidd.attention import Attention, causal, seen_by
from causeway.language.gidd.fused import RMSNorm, squared_relu
from causeway.language.gidd.settings import Network, Size
from causeway.rotary import rotary_table

RESIDUAL = 4.0
"""Branches are multiplied by this over the number of layers (arXiv:2512.10858, released code)."""
LOGITS = 512.0
"""Logits are multiplied by this over the width (same)."""


class Block(nn.Module):
    """Attention and a network of squared rectified units, each on what is normalised."""

    def __init__(self, size: Size, soft_cap: float | None) -> None:
        super().__init__()
        width = size.width
        self.scale = RESIDUAL / size.layers
        self.attention_norm = RMSNorm(width)
        self.attention = Attention(size, soft_cap)
        self.norm = RMSNorm(width)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, table: Tensor, allowed: Tensor | None) -> Tensor:
        """Return what leaves the block, shape (B, T, d)."""
        x = x.add(self.attention(self.attention_norm(x), table, allowed), alpha=self.scale)
        inner = squared_relu(self.wide(self.norm(x)))
        return x.add(self.narrow(inner), alpha=self.scale)


class Transformer(nn.Module):
    """A transformer over tokens that is not told the time (arXiv:2512.10858, released code).

    The mask has an embedding but no logit, as it is never the answer; the published network has a
    logit for it and sets it to -10⁶.

    Parameters
    ----------
    vocabulary
        Number N of tokens; N itself is the mask.
    length
        Most tokens T of a sequence.
    size, network
        Sections of the configuration.
    forward_only
        Whether tokens see only those before them and themselves.
    """

    table: Tensor

    def __init__(
        self,
        vocabulary: int,
        length: int,
        size: Size,
        network: Network,
        *,
        forward_only: bool = False,
    ) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.size = size
        self.forward_only = forward_only
        self.embedding = nn.Embedding(vocabulary + 1, size.width)
        self.blocks = nn.ModuleList(Block(size, network.soft_cap) for _ in range(size.layers))
        self.norm = RMSNorm(size.width)
        self.head = nn.Linear(size.width, vocabulary, bias=False)
        self.register_buffer("table", rotary_table(length, size.head), persistent=False)
        self._draw(network)

    def _draw(self, network: Network) -> None:
        """Draw the first weights."""
        for matrix in self.hidden_matrices():
            nn.init.normal_(matrix, std=network.spread / math.sqrt(self.size.width))
        for module in self.modules():
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.embedding.weight, std=network.embedding_spread)
        nn.init.zeros_(self.head.weight)

    def hidden_matrices(self) -> list[Tensor]:
        """Weights that multiply hidden states: their step sizes scale with the width."""
        return [layer.weight for layer in self.blocks.modules() if isinstance(layer, nn.Linear)]

    def hidden(self, tokens: Tensor, prompt: Tensor | None = None) -> Tensor:
        """States from which :meth:`logits` predicts.

        Parameters
        ----------
        tokens
            Shape (B, T).
        prompt
            Shape (B, T), true for clean tokens, which see only each other; None where there are
            none.

        Returns
        -------
        Tensor
            Shape (B, T, d).
        """
        length = tokens.shape[1]
        allowed = causal(length, tokens.device) if self.forward_only else seen_by(prompt)
        x = self.embedding(tokens)
        table = self.table[:, :length]
        for block in self.blocks:
            x = block(x, table, allowed)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Return logits of the clean tokens, shape (..., N), of some states (..., d)."""
        return LOGITS / self.size.width * self.head(hidden)

    def forward(self, tokens: Tensor, prompt: Tensor | None = None) -> Tensor:
        """Logits of the clean token at each place, shape (B, T, N)."""
        return self.logits(self.hidden(tokens, prompt))

    @torch.no_grad()
    def probabilities(self, tokens: Tensor, prompt: Tensor | None = None) -> Tensor:
        """Probabilities of the clean token at each place, shape (B, T, N)."""
        return self(tokens, prompt).float().softmax(-1)
