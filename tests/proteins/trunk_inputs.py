"""A small trunk's widths, weights away from zero, and random padded chains."""

import torch

from causeway.proteins.rigidssl.config import Network

SMALL = Network(
    node=32,
    edge=16,
    blocks=3,
    heads=2,
    hidden=8,
    query_points=4,
    value_points=6,
    skip=8,
    transformer_heads=2,
    features=8,
)


def shaken(module, scale=0.05, dtype=torch.float64):
    """Move all weights off their zero initialisation."""
    generator = torch.Generator().manual_seed(0)
    module.to(dtype)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += scale * torch.randn(parameter.shape, generator=generator).to(dtype)
    return module


def chains(lengths, width=None, seed=1, dtype=torch.float64):
    """Random chains, padded to ``width`` with nonsense, and alternating directions."""
    width = width or max(lengths)
    quaternion = torch.zeros(len(lengths), width, 4, dtype=dtype)
    quaternion[..., 0] = 1
    position = torch.full((len(lengths), width, 3), 7.0, dtype=dtype)
    for n, length in enumerate(lengths):
        generator = torch.Generator().manual_seed(seed + length)
        q = torch.randn(length, 4, generator=generator, dtype=torch.float64)
        quaternion[n, :length] = (q / q.norm(dim=-1, keepdim=True)).to(dtype)
        steps = torch.randn(length, 3, generator=generator, dtype=torch.float64)
        position[n, :length] = 2.2 * steps.cumsum(0).to(dtype)
    tau = torch.tensor([(length % 7) / 7 for length in lengths], dtype=dtype)
    index = torch.arange(width).expand(len(lengths), width)
    mask = index < torch.tensor(lengths)[:, None]
    direction = torch.tensor([length % 2 for length in lengths])
    return quaternion, position, tau, index, mask, direction
