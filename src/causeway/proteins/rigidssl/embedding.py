"""What the trunk reads: diffusion time, residue index and C-alpha distances."""

import math

import torch
from torch import Tensor, nn

from causeway.proteins.rigidssl.config import Network
from causeway.proteins.rigidssl.edges import EdgeEmbedder, Pairs

_LONGEST_CHAIN = 2056
_TIME_SCALE = 10_000
_LAST_BIN_EDGE = 20.0


def embed_time(tau: Tensor, channels: int) -> Tensor:
    """Sinusoidal embedding of times in [0, 1].

    Parameters
    ----------
    tau : (...)
    channels : even number

    Returns
    -------
    (..., channels), sines first
    """
    half = channels // 2
    k = torch.arange(half, device=tau.device, dtype=tau.dtype)
    frequency = torch.exp(-math.log(_TIME_SCALE) / (half - 1) * k)
    phase = _TIME_SCALE * tau[..., None] * frequency
    return torch.cat([phase.sin(), phase.cos()], dim=-1)


def embed_index(index: Tensor, channels: int, dtype: torch.dtype) -> Tensor:
    """Sinusoidal embedding of residue indices or of their differences.

    Parameters
    ----------
    index : (...) integers
    channels : even number
    dtype : of the result

    Returns
    -------
    (..., channels), sines first
    """
    k = torch.arange(channels // 2, device=index.device, dtype=dtype)
    wavelength = _LONGEST_CHAIN ** (2 * k / channels)
    phase = index[..., None].to(dtype) * math.pi / wavelength
    return torch.cat([phase.sin(), phase.cos()], dim=-1)


def distance_bins(position: Tensor, bins: int) -> Tensor:
    """Bin number of the distance of every pair of residues.

    Parameters
    ----------
    position : (B, L, 3) in Å
    bins : number of bins; the last one is open

    Returns
    -------
    (B, L, L) int32; bin k = 1 .. ``bins`` starts at the k-th of ``bins`` values between 1e-5 Å
    and 20 Å, and 0 stands for closer pairs, above all a residue with itself
    """
    edges = torch.linspace(1e-5, _LAST_BIN_EDGE, bins, device=position.device)
    distance = torch.linalg.vector_norm(position[:, :, None] - position[:, None], dim=-1)
    return torch.bucketize(distance, edges.to(distance.dtype), out_int32=True)


class Embedding(nn.Module):
    """Residue and pair embeddings of a noised chain; amino acids are never seen.

    Parameters
    ----------
    network
        Widths.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.features = network.features
        self.bins = network.bins
        self.node_embedder = nn.Sequential(
            nn.Linear(2 * network.features + 1, network.node),
            nn.ReLU(),
            nn.Linear(network.node, network.node),
            nn.ReLU(),
            nn.Linear(network.node, network.node),
            nn.LayerNorm(network.node),
        )
        self.edge_embedder = EdgeEmbedder(network)

    def forward(self, position: Tensor, tau: Tensor, index: Tensor) -> tuple[Tensor, Pairs]:
        """Embed residues and pairs.

        Parameters
        ----------
        position : (B, L, 3) in Å
        tau : (B,)
        index : (B, L) integers

        Returns
        -------
        node : (B, L, c_s)
        edge : (B, L, L, c_z)
        """
        F = self.features
        free = tau.new_zeros(len(tau), 1)  # the released flag of fixed residues; none is fixed
        time = torch.cat([embed_time(tau, F), free], dim=-1)  # (B, F + 1)
        place = embed_index(index, F, tau.dtype)  # (B, L, F)
        node = torch.cat([time[:, None].expand(-1, index.shape[1], -1), place], dim=-1)

        offset = index[:, :, None] - index[:, None]  # (B, L, L)
        span = int(offset.max())
        offsets = torch.arange(-span, span + 1, device=index.device)  # (2 span + 1,)
        edge = self.edge_embedder(
            time=time,
            offset=offset + span,
            offsets=embed_index(offsets, F, tau.dtype),
            bins=distance_bins(position, self.bins),
        )
        return self.node_embedder(node), edge
