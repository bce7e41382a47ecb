"""From residue embeddings to velocities."""

from typing import Literal

import torch
from torch import Tensor, nn

from causeway.proteins.geometry import quaternion_multiply, rotate
from causeway.proteins.rigidssl.config import Network
from causeway.proteins.rigidssl.linear import Linear


class VelocityHead(nn.Module):
    """Predicts velocities of one direction from residue embeddings.

    Parameters
    ----------
    network
        Widths.
    frame
        ``global``: both velocities are read off directly, as released. ``local``: velocities in
        the residue's own frame are read off and turned by its orientation, so that they rotate
        with the chain; along a SLERP path the target of the rotation is then constant.
    """

    def __init__(self, network: Network, frame: Literal["global", "local"]) -> None:
        super().__init__()
        self.frame = frame
        self.trans_mlp = _two_layers(network.node, 3)
        self.rot_mlp = _two_layers(network.node, 4 if frame == "global" else 3)

    def forward(self, node: Tensor, quaternion: Tensor) -> tuple[Tensor, Tensor]:
        """Predict velocities.

        Parameters
        ----------
        node : (B, L, c_s)
        quaternion : (B, L, 4) orientation of the residues that the trunk was given

        Returns
        -------
        v_x : (B, L, 3) in Å
        v_q : (B, L, 4)
        """
        v_x = self.trans_mlp(node).to(quaternion.dtype)
        v_q = self.rot_mlp(node).to(quaternion.dtype)
        if self.frame == "local":
            v_x = rotate(quaternion, v_x)
            spin = torch.cat([torch.zeros_like(v_q[..., :1]), v_q], dim=-1)  # (0, omega)
            v_q = quaternion_multiply(quaternion, spin)
        return v_x, v_q


def _two_layers(channels: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        Linear(channels, channels, "he"),
        nn.ReLU(),
        nn.LayerNorm(channels),
        Linear(channels, outputs, "zero"),
    )
