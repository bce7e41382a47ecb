"""Stage 2: from all genes of a person to a few vectors that stand for the person."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from causeway.genomes.phenformer.blocks import Block
from causeway.genomes.phenformer.distances import DistanceBias
from causeway.genomes.phenformer.pooling import Pooling
from causeway.genomes.phenformer.sizes import GenomeSize


class Places(NamedTuple):
    """Where the genes of a person lie.

    Parameters
    ----------
    contigs
        Contig of each gene.
    tss
        Transcription start of each gene, 0-based.
    """

    contigs: Sequence[str]
    tss: Sequence[int]


class GenomeEncoder(nn.Module):
    """Tokens of genes and contexts, a transformer without a mask, pooling by multihead attention.

    The token of gene g and context k is LN(P dz_g + a_g + h_g + c_k + u de_gk), where dz and de
    are what sets the person apart from the reference genome, a is an embedding of the gene and h
    of its chromosome. With one token per gene the last two terms become a sum over contexts,
    sum_k c_k de_gk / sqrt(K). Blocks attend over genes; with tokens of gene and context over genes
    within each context and over contexts within each gene, in turns.

    That a transformer and pooling by multihead attention map tokens with a cell context to risk is
    published for Phenformer; the form of tokens and blocks is ours.

    Parameters
    ----------
    size
        Widths and depths.
    places
        Genes, in the order of the inputs.
    contexts
        Number of contexts K.
    vector
        Channels of a window's vector.
    """

    chromosome: Tensor

    def __init__(self, size: GenomeSize, places: Places, contexts: int, vector: int) -> None:
        super().__init__()
        self.size = size
        self.genes, self.contexts = len(places.contigs), contexts
        names = {name: number for number, name in enumerate(dict.fromkeys(places.contigs))}
        chromosome = torch.tensor([names[name] for name in places.contigs])
        self.register_buffer("chromosome", chromosome, persistent=False)
        width = size.width
        self.project = nn.Linear(vector, width, bias=False)
        self.gene = nn.Parameter(0.02 * torch.randn(self.genes, width))
        self.contig = nn.Parameter(0.02 * torch.randn(len(names), width))
        self.context = nn.Parameter(torch.randn(contexts, width) / width**0.5)
        if size.tokens == "gene_x_context":
            self.change = nn.Parameter(torch.randn(width) / width**0.5)
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(size.dropout)
        self.blocks = nn.ModuleList(
            Block(width, size.heads, size.dropout) for _ in range(size.layers)
        )
        self.last_norm = nn.LayerNorm(width)
        self.distances = (
            DistanceBias(chromosome, torch.tensor(places.tss), size.heads)
            if size.distance_bias
            else None
        )
        self.pooling = Pooling(width, size.heads, size.seeds, size.dropout)

    def tokens(self, dz: Tensor, de: Tensor) -> Tensor:
        """Make tokens.

        Parameters
        ----------
        dz
            Differences of vectors from the reference, shape (B, G, d).
        de
            Standardised differences of expression, shape (B, G, K).

        Returns
        -------
        Tensor
            Shape (B, G, width), or (B, K, G, width) with tokens of gene and context.
        """
        own = self.project(dz) + self.gene + self.contig[self.chromosome]
        if self.size.tokens == "gene":
            return self.norm(own + de @ self.context / self.contexts**0.5)
        change = de.transpose(1, 2).unsqueeze(-1) * self.change  # (B, K, G, width)
        return self.norm(own.unsqueeze(1) + self.context.unsqueeze(1) + change)

    def encode(self, tokens: Tensor) -> Tensor:
        """Return what the transformer makes of tokens, (B, n, width); contexts go first."""
        bias = None if self.distances is None else self.distances()
        x = self.drop(tokens)
        for place, block in enumerate(self.blocks):
            if x.ndim == 3:
                x = self._run(block, x, bias)
            elif place % 2 == 0:
                x = self._run(block, x.flatten(0, 1), bias).unflatten(0, x.shape[:2])
            else:
                turned = x.transpose(1, 2)
                changed = self._run(block, turned.flatten(0, 1), None)
                x = changed.unflatten(0, turned.shape[:2]).transpose(1, 2)
        return self.last_norm(x if x.ndim == 3 else x.flatten(1, 2))

    def forward(self, dz: Tensor, de: Tensor) -> Tensor:
        """Return vectors (B, seeds, width) of people; arguments as of :meth:`tokens`."""
        return self.pooling(self.encode(self.tokens(dz, de)))

    def attention(self, dz: Tensor, de: Tensor) -> Tensor:
        """Return how much the pooling reads of each gene or gene and context.

        The mean over heads and seeds, shape (B, G) or (B, K, G).
        """
        weights = self.pooling.weights(self.encode(self.tokens(dz, de))).mean(dim=1)
        if self.size.tokens == "gene":
            return weights
        return weights.unflatten(1, (self.contexts, self.genes))

    def _run(self, block: nn.Module, x: Tensor, bias: Tensor | None) -> Tensor:
        if self.size.checkpointing and self.training:
            return checkpoint(block, x, None, bias, use_reentrant=False)
        return block(x, None, bias)
