"""Invariant point attention (AlphaFold 2, supplementary algorithm 22) as matrix products."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, softplus

from causeway.proteins.geometry import matrix_from_quaternion
from causeway.proteins.rigidssl.config import Network
from causeway.proteins.rigidssl.edges import Pairs
from causeway.proteins.rigidssl.linear import Linear

_TINY = 1e-8
_SOFTPLUS_INVERSE_OF_ONE = 0.541324854612918


class InvariantPointAttention(nn.Module):
    """Attention among residue frames by content, pair embeddings and distances of points.

    Squared distances are written out, |q - k|^2 = |q|^2 + |k|^2 - 2 q.k: the first term is the
    same for all keys and falls out of the softmax, the second is a bias per key, and the points
    of the third stand beside the content channels in one product. No tensor of residues x
    residues x heads x points is formed. Points are centred first, so that nothing cancels.

    Parameters
    ----------
    network
        Widths.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.heads = H = network.heads
        self.hidden = C = network.hidden
        self.query_points = P = network.query_points
        self.value_points = V = network.value_points
        self.edge = network.edge
        self.linear_q = Linear(network.node, H * C)
        self.linear_kv = Linear(network.node, 2 * H * C)
        self.linear_q_points = Linear(network.node, 3 * H * P)
        self.linear_kv_points = Linear(network.node, 3 * H * (P + V))
        self.linear_b = Linear(network.edge, H)
        self.down_z = Linear(network.edge, network.edge // 4)
        self.head_weights = nn.Parameter(torch.full((H,), _SOFTPLUS_INVERSE_OF_ONE))
        self.linear_out = Linear(H * (C + 4 * V + network.edge // 4), network.node, "zero")
        # Never used, but part of released checkpoints; frozen, as DDP waits for every gradient.
        self.linear_rbf = Linear(20, 1).requires_grad_(False)

    def forward(
        self, node: Tensor, edge: Pairs, quaternion: Tensor, position: Tensor, mask: Tensor
    ) -> Tensor:
        """Compute the update of residue embeddings.

        Parameters
        ----------
        node : (B, L, c_s)
        edge : (B, L, L, c_z)
        quaternion : (B, L, 4) unit quaternions
        position : (B, L, 3) in the trunk's unit of length
        mask : (B, L) bool, keys that may be attended to

        Returns
        -------
        (B, L, c_s)
        """
        B, L, _ = node.shape
        H, C, P, V = self.heads, self.hidden, self.query_points, self.value_points
        q = self.linear_q(node).view(B, L, H, C)
        k, v = self.linear_kv(node).view(B, L, H, 2 * C).split(C, dim=-1)
        q_points = self.linear_q_points(node)  # (B, L, 3 * H * P)
        kv_points = self.linear_kv_points(node)
        W = torch.cat([self.linear_b.weight, self.down_z.weight])  # read z once for both
        b = torch.cat([self.linear_b.bias, self.down_z.bias])
        pair = linear(edge.normal, *edge.fold(W, b))  # (B, L, L, H + c_z / 4)
        with torch.autocast(node.device.type, enabled=False):
            dtype = position.dtype
            q, k, v, q_points, kv_points, pair = (
                t.to(dtype) for t in (q, k, v, q_points, kv_points, pair)
            )
            bias, pair = pair.split([H, self.edge // 4], dim=-1)
            R = matrix_from_quaternion(quaternion)  # (B, L, 3, 3)
            x = (
                position
                - position.masked_fill(~mask[..., None], 0).sum(1, keepdim=True)
                / (mask.sum(1).clamp(min=1)[:, None, None])
            )
            q_points = _place(R, x, q_points, H)  # (B, L, H, 3, P)
            k_points, v_points = _place(R, x, kv_points, H).split([P, V], dim=-1)

            weight = softplus(self.head_weights) / math.sqrt(3 * 4.5 * P)  # (H,)
            q_points = q_points * weight[:, None, None]
            query = torch.cat([q / math.sqrt(3 * C), q_points.flatten(-2)], dim=-1)
            key = torch.cat([k, k_points.flatten(-2)], dim=-1)
            value = torch.cat([v, v_points.flatten(-2)], dim=-1)
            query, key, value = (t.transpose(1, 2) for t in (query, key, value))  # (B, H, L, .)

            by_key = -weight / 2 * k_points.square().sum((-2, -1))  # (B, L, H)
            by_key = by_key.masked_fill(~mask[..., None], -math.inf)
            bias = math.sqrt(1 / 3) * bias + by_key[:, None]  # (B, L, L, H)
            logits = query @ key.transpose(-2, -1) + bias.permute(0, 3, 1, 2)
            attention = logits.softmax(-1)  # (B, H, L, L)

            content, points = (attention @ value).transpose(1, 2).split([C, 3 * V], dim=-1)
            points = points.unflatten(-1, (3, V)) - x[:, :, None, :, None]  # (B, L, H, 3, V)
            points = R.transpose(-2, -1)[:, :, None] @ points
            distance = (points.square().sum(-2) + _TINY).sqrt()  # (B, L, H, V)
            pair = attention.transpose(1, 2) @ pair  # (B, L, H, c_z / 4)
            points = points.transpose(2, 3)  # (B, L, 3, H, V)
            features = [t.flatten(2) for t in (content, points, distance, pair)]
        return self.linear_out(torch.cat(features, dim=-1))


def _place(R: Tensor, x: Tensor, points: Tensor, heads: int) -> Tensor:
    """Bring points (B, L, 3 * H * P) from residue frames to the chain's: (B, L, H, 3, P)."""
    points = R @ points.unflatten(-1, (3, -1)) + x[..., None]  # (B, L, 3, H * P)
    return points.unflatten(-1, (heads, -1)).transpose(2, 3)
