"""The pair stream: embedding of residue pairs and its transition between blocks.

Both are small networks applied to every pair (i, j). Their first layers act on concatenations
whose parts depend on i, on j, on i - j or on a bin only, so each part is multiplied once per
distinct value and the products are added: exact, and a quarter of the work less. Both end in a
layer norm, whose gain and shift are folded into what reads the pairs (`Pairs`). On the CPU the
rest runs in row blocks that fit the cache (`causeway.proteins.rigidssl.blocks`); elsewhere as
whole tensors that are computed again in the backward pass instead of being kept.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, layer_norm, linear, pad
from torch.utils.checkpoint import checkpoint

from causeway.proteins.rigidssl.blocks import BlockedEmbedder, BlockedTransition
from causeway.proteins.rigidssl.config import Network
from causeway.proteins.rigidssl.linear import Linear


class Pairs(NamedTuple):
    """Pair embeddings ``gain * normal + shift``; everything that reads them is linear."""

    normal: Tensor  # (B, L, L, C)
    gain: Tensor  # (C,)
    shift: Tensor  # (C,)

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Turn a linear map (outputs, C) of the embeddings into one of ``normal``."""
        return weight * self.gain, bias + weight @ self.shift


def _runs_blocked(tensor: Tensor) -> bool:
    return tensor.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


class EdgeEmbedder(nn.ModuleList):
    """Embeds pairs of residues by time, index difference and distance bin.

    Parameters
    ----------
    network
        Widths.
    """

    def __init__(self, network: Network) -> None:
        C = network.edge
        super().__init__(
            [
                nn.Linear(2 * (network.features + 1) + network.features + network.bins, C),
                nn.ReLU(),
                nn.Linear(C, C),
                nn.ReLU(),
                nn.Linear(C, C),
                nn.LayerNorm(C),
            ]
        )
        self.parts = (network.features + 1, network.features + 1, network.features, network.bins)

    def forward(self, time: Tensor, offset: Tensor, offsets: Tensor, bins: Tensor) -> Pairs:
        """Embed all pairs.

        Parameters
        ----------
        time : (B, F + 1) embedded time of each chain
        offset : (B, L, L) integers, row of ``offsets`` that holds i - j
        offsets : (O, F) embedded index differences
        bins : (B, L, L) integers, 0 for no bin

        Returns
        -------
        Pairs
            (B, L, L, c_z)
        """
        W1, b1, *hidden, gain, shift = self.parameters()
        time_i, time_j, by_offset, by_bin = W1.split(self.parts, dim=1)
        chain_table = linear(time, time_i + time_j, b1)  # (B, C)
        offset_table = linear(offsets, by_offset)  # (O, C)
        bin_table = pad(by_bin.T, (0, 0, 1, 0))  # (1 + bins, C)
        operands = chain_table, offset_table, bin_table, *hidden
        if _runs_blocked(time):
            normal = BlockedEmbedder.apply(offset, bins, *operands)
        else:
            normal = checkpoint(_embed_whole, offset, bins, *operands, use_reentrant=False)
        return Pairs(normal, gain, shift)


def _embed_whole(
    offset: Tensor,  # (B, L, L)
    bins: Tensor,  # (B, L, L)
    chain_table: Tensor,  # (B, C)
    offset_table: Tensor,  # (O, C)
    bin_table: Tensor,  # (1 + bins, C)
    W2: Tensor,  # (C, C)
    b2: Tensor,  # (C,)
    W3: Tensor,  # (C, C)
    b3: Tensor,  # (C,)
) -> Tensor:
    h = embedding(offset, offset_table) + embedding(bins, bin_table)  # (B, L, L, C)
    h = torch.relu(h + chain_table[:, None, None])
    h = torch.relu(linear(h, W2, b2))
    return layer_norm(linear(h, W3, b3), b3.shape)


class EdgeTransition(nn.Module):
    """Renews pair embeddings from themselves and the two residues.

    With h_ij = [z_ij, n_i, n_j] and n = W s the result is LN(W3 (MLP(h) + h)), where MLP has two
    layers with ReLU and W3 starts at zero.

    Parameters
    ----------
    network
        Widths.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        C, half = network.edge, network.node // 2
        width = C + 2 * half
        self.parts = (C, half, half)
        self.initial_embed = Linear(network.node, half, "he")
        self.trunk = nn.Sequential(
            Linear(width, width, "he"), nn.ReLU(), Linear(width, width, "he"), nn.ReLU()
        )
        self.final_layer = Linear(width, C, "zero")
        self.layer_norm = nn.LayerNorm(C)

    def forward(self, node: Tensor, edge: Pairs) -> Pairs:
        """Compute the next pair embeddings.

        Parameters
        ----------
        node : (B, L, c_s)
        edge : (B, L, L, c_z)

        Returns
        -------
        Pairs
            (B, L, L, c_z)
        """
        W1, first_bias, W2, b2 = self.trunk.parameters()
        last = self.final_layer
        n = self.initial_embed(node)  # (B, L, c_s / 2)
        W1z, W1i, W1j = W1.split(self.parts, dim=1)
        W3z, W3i, W3j = last.weight.split(self.parts, dim=1)
        W1z, b1 = edge.fold(W1z, first_bias)
        _, b3 = edge.fold(W3z, last.bias)
        operands = (
            edge.normal,
            linear(n, W1i),
            linear(n, W1j, b1),
            linear(n, W3i),
            linear(n, W3j, b3),
            W1z,
            W2,
            b2,
            last.weight,
            edge.gain,
        )
        if _runs_blocked(node):
            normal = BlockedTransition.apply(torch.is_grad_enabled(), *operands)
        else:
            normal = checkpoint(_transition_whole, *operands, use_reentrant=False)
        return Pairs(normal, self.layer_norm.weight, self.layer_norm.bias)


def _transition_whole(
    z: Tensor,  # (B, L, L, C)
    row1: Tensor,  # (B, L, H)
    column1: Tensor,  # (B, L, H)
    row3: Tensor,  # (B, L, C)
    column3: Tensor,  # (B, L, C)
    W1: Tensor,  # (H, C)
    W2: Tensor,  # (H, H)
    b2: Tensor,  # (H,)
    W3: Tensor,  # (C, H)
    gain: Tensor,  # (C,)
) -> Tensor:
    h = torch.relu(linear(z, W1) + row1[:, :, None] + column1[:, None])  # (B, L, L, H)
    h = torch.relu(linear(h, W2, b2))
    h = h + pad(gain * z, (0, len(W2) - len(gain)))
    y = linear(h, W3) + row3[:, :, None] + column3[:, None]
    return layer_norm(y, y.shape[-1:])
