"""A plain GPT in the shape of nanoGPT, for comparison: the least that a training step costs."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PlainBlock(nn.Module):
    """Causal attention and a network of Gaussian error units, each on what is normalised."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width, bias=False)
        self.inputs = nn.Linear(width, 3 * width, bias=False)
        self.outputs = nn.Linear(width, width, bias=False)
        self.norm = nn.LayerNorm(width, bias=False)
        self.wide = nn.Linear(width, 4 * width, bias=False)
        self.narrow = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return what leaves the block, shape (B, T, d)."""
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.inputs(self.attention_norm(x)).chunk(3, dim=-1)
        )
        found = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.outputs(found.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.wide(self.norm(x))))


class PlainGPT(nn.Module):
    """Learnt positions, blocks, and a head that shares the weights of the embedding."""

    def __init__(self, vocabulary: int, length: int, layers: int, width: int, heads: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(PlainBlock(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width, bias=False)
        self.head = nn.Linear(width, vocabulary, bias=False)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of the targets, tokens and targets of shape (B, T)."""
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.norm(self.blocks(self.embedding(tokens) + self.positions(places)))
        return F.cross_entropy(self.head(x).flatten(0, 1), targets.flatten())
