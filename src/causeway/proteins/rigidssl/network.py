"""The RigidSSL trunk: frames of residues in, velocities of the frames out (arXiv:2603.02406).

The architecture is FrameDiff's, as in the authors' released code (commit 8a99d16), whose
parameter names are kept so that released checkpoints load.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from causeway.proteins.geometry import quaternion_multiply, rotate
from causeway.proteins.rigidssl.attention import InvariantPointAttention
from causeway.proteins.rigidssl.config import Network
from causeway.proteins.rigidssl.edges import EdgeTransition, Pairs
from causeway.proteins.rigidssl.embedding import Embedding
from causeway.proteins.rigidssl.heads import VelocityHead
from causeway.proteins.rigidssl.linear import Linear


class RigidTrunk(nn.Module):
    """Velocities of noised residue frames, by invariant point attention.

    17,517,114 parameters by default. Dead weights of the release are kept and get no gradient:
    ``linear_rbf`` of every block and ``bb_update`` of the last.

    Parameters
    ----------
    network
        Widths.
    head
        Frame in which velocities are predicted; see
        `causeway.proteins.rigidssl.heads.VelocityHead`.
    """

    def __init__(self, network: Network, head: Literal["global", "local"]) -> None:
        super().__init__()
        self.coordinate_scale = network.coordinate_scale
        self.embedding_layer = Embedding(network)
        self.ipa_model = _Stack(network, head)

    def forward(
        self,
        quaternion: Tensor,
        position: Tensor,
        tau: Tensor,
        index: Tensor,
        mask: Tensor,
        direction: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Predict velocities along the path at time tau.

        Parameters
        ----------
        quaternion : (B, L, 4) orientations as unit quaternions (w, x, y, z)
        position : (B, L, 3) C-alpha positions in Å
        tau : (B,) times in [0, 1]
        index : (B, L) residue indices, int
        mask : (B, L) bool, true for residues and false for padding
        direction : (B,) 0 for the head of the path forward, 1 for the one backward

        Returns
        -------
        v_x : (B, L, 3) in Å, zero on padding
        v_q : (B, L, 4), zero on padding
        """
        node = self.embed(quaternion, position, tau, index, mask)
        ahead = self.ipa_model.forward_velocity_head(node, quaternion)
        back = self.ipa_model.backward_velocity_head(node, quaternion)
        backward = (direction == 1)[:, None, None]
        v_x, v_q = (torch.where(backward, b, a) for a, b in zip(ahead, back, strict=True))
        return v_x * mask[..., None], v_q * mask[..., None]

    def embed(
        self, quaternion: Tensor, position: Tensor, tau: Tensor, index: Tensor, mask: Tensor
    ) -> Tensor:
        """Compute residue embeddings (B, L, c_s); parameters as in `forward`.

        They do not change when the chain is moved or turned as a whole.
        """
        node, edge = self.embedding_layer(position, tau, index)
        return self.ipa_model(node, edge, quaternion, position * self.coordinate_scale, mask)


class _Stack(nn.Module):
    """Blocks of the trunk and its heads, under the names of the release."""

    def __init__(self, network: Network, head: Literal["global", "local"]) -> None:
        super().__init__()
        self.blocks = network.blocks
        self.trunk = nn.ModuleDict()
        C, wide = network.node, network.node + network.skip
        for b in range(network.blocks):
            layer = nn.TransformerEncoderLayer(
                wide, network.transformer_heads, wide, dropout=0.0, batch_first=True
            )
            self.trunk[f"ipa_{b}"] = InvariantPointAttention(network)
            self.trunk[f"ipa_ln_{b}"] = nn.LayerNorm(C)
            self.trunk[f"skip_embed_{b}"] = Linear(C, network.skip, "zero")
            self.trunk[f"seq_tfmr_{b}"] = nn.TransformerEncoder(
                layer, network.transformer_layers, enable_nested_tensor=False
            )
            self.trunk[f"post_tfmr_{b}"] = Linear(wide, C, "zero")
            self.trunk[f"node_transition_{b}"] = _NodeTransition(C)
            self.trunk[f"bb_update_{b}"] = _FrameUpdate(C)
            if b < network.blocks - 1:
                self.trunk[f"edge_transition_{b}"] = EdgeTransition(network)
        self._part("bb_update", network.blocks - 1).requires_grad_(False)  # never used either
        self.forward_velocity_head = VelocityHead(network, head)
        self.backward_velocity_head = VelocityHead(network, head)

    def forward(
        self, node: Tensor, edge: Pairs, quaternion: Tensor, position: Tensor, mask: Tensor
    ) -> Tensor:
        real = mask[..., None]  # (B, L, 1)
        start = node * real
        s, q, x = start, quaternion, position
        for b in range(self.blocks):
            update = self._part("ipa", b)(s, edge, q, x, mask)
            s = self._part("ipa_ln", b)(s + update * real)  # (B, L, c_s)
            h = torch.cat([s, self._part("skip_embed", b)(start)], dim=-1)
            h = self._part("seq_tfmr", b)(h, src_key_padding_mask=~mask)
            s = s + self._part("post_tfmr", b)(h)
            s = self._part("node_transition", b)(s) * real
            if b < self.blocks - 1:
                q, x = self._part("bb_update", b)(s, q, x)
                edge = self._part("edge_transition", b)(s, edge)
        return s

    def _part(self, name: str, block: int) -> nn.Module:
        return self.trunk[f"{name}_{block}"]


class _NodeTransition(nn.Module):
    """A residual network of three layers on residue embeddings."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear_1 = Linear(channels, channels, "he")
        self.linear_2 = Linear(channels, channels, "he")
        self.linear_3 = Linear(channels, channels, "zero")
        self.ln = nn.LayerNorm(channels)

    def forward(self, s: Tensor) -> Tensor:
        h = torch.relu(self.linear_1(s))
        h = torch.relu(self.linear_2(h))
        return self.ln(s + self.linear_3(h))


class _FrameUpdate(nn.Module):
    """Moves and turns every frame within itself (AlphaFold 2, supplementary algorithm 23)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = Linear(channels, 6, "zero")

    def forward(self, s: Tensor, q: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        turn, shift = self.linear(s).to(q.dtype).split(3, dim=-1)  # (B, L, 3) each
        x = x + rotate(q, shift)
        q = q + quaternion_multiply(q, torch.cat([torch.zeros_like(turn[..., :1]), turn], dim=-1))
        return q / q.norm(dim=-1, keepdim=True), x
