"""Two views of one chain: its residue frames, and the same frames with noise (Phase I)."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from causeway.proteins import geometry
from causeway.proteins.igso3 import IGSO3

Canonicalisation = Literal["none", "released", "inertia"]


class Views(NamedTuple):
    """Residue frames of two views, g0 and g1 of arXiv:2603.02406.

    ``q0, q1`` are unit quaternions (..., L, 4) with w >= 0; ``x0, x1`` CA positions (..., L, 3)
    in Å.
    """

    q0: Tensor
    x0: Tensor
    q1: Tensor
    x1: Tensor

    def swapped(self) -> "Views":
        """Return the views in the other order, for the backward direction."""
        return Views(self.q1, self.x1, self.q0, self.x0)


def canonicalise(
    quaternion: Tensor, position: Tensor, rule: Canonicalisation
) -> tuple[Tensor, Tensor, Tensor]:
    """Move a chain to a standard pose.

    ``inertia`` expresses the chain in its principal axes V: rows ``(x - c) V`` and ``V^T r``
    (arXiv:2603.02406). ``released`` is what the released code does: positions ``x - c`` stay
    unturned and V acts on the body side, ``r V``, so that the geometry seen from a residue
    depends on the pose in the file. ``none`` only centres.

    Parameters
    ----------
    quaternion, position
        Residue frames (L, 4) and (L, 3) in Å.
    rule
        One of the three.

    Returns
    -------
    quaternion, position, axes
        The frames in the new pose, and the rotation G (3, 3) whose columns are the axes of the
        new coordinates in the old: ``position = (x - c) G``.
    """
    centred = position - position.mean(-2, keepdim=True)
    identity = torch.eye(3, dtype=position.dtype)
    if rule == "none":
        return geometry.positive(quaternion), centred, identity
    axes = geometry.principal_axes(centred)
    v = geometry.quaternion_from_matrix(axes)
    if rule == "released":
        turned = geometry.quaternion_multiply(quaternion, v)
        return geometry.positive(turned), centred, identity
    turned = geometry.quaternion_multiply(geometry.quaternion_conjugate(v), quaternion)
    return geometry.positive(turned), centred @ axes, axes


def perturb(
    quaternion: Tensor,
    position: Tensor,
    rotations: IGSO3,
    translation_scale: float,
    generator: torch.Generator,
) -> Views:
    """Pair a chain with a noisy copy of itself (arXiv:2603.02406, RigidSSL-Perturb).

    ``x1 = x0 + sigma r0 z`` and ``r1 = r0 R`` with standard normal z and R from IGSO(3), drawn
    per residue. The paper adds ``sigma z``, which has the same distribution; drawn in the
    residue's frame, the noise turns with the chain.

    Parameters
    ----------
    quaternion, position
        Residue frames (L, 4) and (L, 3) in Å.
    rotations
        Sampler of R.
    translation_scale
        sigma in Å.
    generator
        Source of the noise.
    """
    length = len(position)
    z = torch.randn(length, 3, generator=generator, dtype=torch.float64).to(position.dtype)
    noise = rotations.quaternions([length], generator).to(quaternion.dtype)
    q1 = geometry.quaternion_multiply(quaternion, noise)
    x1 = position + translation_scale * geometry.rotate(quaternion, z)
    return Views(quaternion, position, geometry.positive(q1), x1)
