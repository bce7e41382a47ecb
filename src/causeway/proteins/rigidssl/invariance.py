"""What changes when a chain is turned before it enters the pipeline. Nothing should."""

from dataclasses import replace
from typing import NamedTuple

import torch
from lightning_fabric.utilities import move_data_to_device
from torch import Tensor

from causeway.proteins import geometry
from causeway.proteins.rigidssl import objective
from causeway.proteins.rigidssl.chains import Chains, chain_generator, collate
from causeway.proteins.rigidssl.module import RigidSSL


class Change(NamedTuple):
    """What turning a chain changed.

    ``translation`` and ``rotation`` are mean changes of predicted velocities, after turning
    them back, relative to their mean length; ``geometry`` is the mean absolute change of the
    neighbours' positions as seen from each residue, ``r_i^T (x_j - x_i)``, in Å.
    """

    translation: float
    rotation: float
    geometry: float


def random_rotation(generator: torch.Generator) -> Tensor:
    """Draw a uniform rotation as a unit quaternion (4,)."""
    q = torch.randn(4, generator=generator, dtype=torch.float64)
    return geometry.positive(q / q.norm()).float()


def local_geometry(quaternion: Tensor, position: Tensor) -> Tensor:
    """Return the positions of all residues as seen from each, (..., L, L, 3) in Å."""
    offset = position[..., None, :, :] - position[..., :, None, :]
    return geometry.rotate(geometry.quaternion_conjugate(quaternion)[..., None, :], offset)


@torch.no_grad()
def turn(module: RigidSSL, chains: Chains, row: int) -> Change:
    """Turn one chain at random and compare what the pipeline makes of both poses.

    Canonicalisation, noise (the same, in the frames of the residues), path and network are run
    for both poses.

    Parameters
    ----------
    module
        The model, on its device.
    chains
        Table that holds the chain.
    row
        The chain.
    """
    rotation = random_rotation(chain_generator("turn", str(chains.table.at[row, "id"])))
    chain = chains.chain(row)
    backbone = torch.tensor(chain.backbone)
    backbone -= backbone.mean((0, 1))  # keeps the digits that turning a distant chain would cost
    poses = [backbone, geometry.rotate(rotation, backbone)]
    items = [chains.item(replace(chain, backbone=pose.numpy()), 0, row) for pose in poses]
    batch = move_data_to_device(collate(items), module.device)
    state, _, predicted, _ = module(batch)
    moves, spins = _in_space(state, predicted, batch.axes)
    back = geometry.quaternion_conjugate(rotation.to(module.device))
    first, second = (local_geometry(item.views.q0, item.views.x0) for item in items)
    return Change(
        _relative(moves[:, 0], geometry.rotate(back, moves[:, 1])),
        _relative(spins[:, 0], geometry.rotate(back, spins[:, 1])),
        float((first - second).abs().mean()),
    )


def _in_space(
    state: objective.State, velocity: objective.Velocity, axes: Tensor
) -> tuple[Tensor, Tensor]:
    """Return velocities and half angular velocities (direction, pose, L, 3) in the file's axes."""
    conjugate = geometry.quaternion_conjugate(state.quaternion)
    spin = geometry.quaternion_multiply(velocity.quaternion, conjugate)[..., 1:]
    turned = [vector.unflatten(0, (2, 2)) @ axes.mT for vector in (velocity.position, spin)]
    return turned[0], turned[1]


def _relative(before: Tensor, after: Tensor) -> float:
    change = (after - before).norm(dim=-1).mean()
    return float(change / before.norm(dim=-1).mean().clamp_min(1e-12))
