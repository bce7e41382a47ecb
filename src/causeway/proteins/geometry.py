"""Residue frames, quaternions and paths between rotations, as batched torch functions.

Quaternions are (w, x, y, z) and act by ``q v q*``. The products of ``(w, x, y, z)`` and of
rotation matrices agree: ``matrix_from_quaternion(quaternion_multiply(p, q))`` is ``P Q``.
"""

import torch
from torch import Tensor

_TINY = 1e-8


def quaternion_multiply(p: Tensor, q: Tensor) -> Tensor:
    """Return the Hamilton product p q.

    Parameters
    ----------
    p, q
        Quaternions (..., 4); leading dimensions broadcast.
    """
    a, b, c, d = p.unbind(-1)
    w, x, y, z = q.unbind(-1)
    return torch.stack(
        (
            a * w - b * x - c * y - d * z,
            a * x + b * w + c * z - d * y,
            a * y - b * z + c * w + d * x,
            a * z + b * y - c * x + d * w,
        ),
        dim=-1,
    )


def quaternion_conjugate(q: Tensor) -> Tensor:
    """Return q*, the inverse rotation of unit quaternions (..., 4)."""
    return torch.cat((q[..., :1], -q[..., 1:]), dim=-1)


def rotate(q: Tensor, v: Tensor) -> Tensor:
    """Rotate vectors (..., 3) by unit quaternions (..., 4)."""
    w, u = q[..., :1], q[..., 1:]
    u, v = torch.broadcast_tensors(u, v)
    t = 2 * torch.linalg.cross(u, v)
    return v + w * t + torch.linalg.cross(u, t)


def matrix_from_quaternion(q: Tensor) -> Tensor:
    """Return rotation matrices (..., 3, 3) of unit quaternions (..., 4)."""
    w, x, y, z = q.unbind(-1)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def quaternion_from_matrix(r: Tensor) -> Tensor:
    """Return unit quaternions (..., 4) with w >= 0 of rotation matrices (..., 3, 3).

    The four rows of ``4 q q^T`` are all known from the matrix; the row with the largest
    diagonal is the best conditioned multiple of q.
    """
    (a, b, c), (d, e, f), (g, h, i) = (row.unbind(-1) for row in r.unbind(-2))
    rows = (
        (1 + a + e + i, h - f, c - g, d - b),
        (h - f, 1 + a - e - i, b + d, c + g),
        (c - g, b + d, 1 - a + e - i, f + h),
        (d - b, c + g, f + h, 1 - a - e + i),
    )
    outer = torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)  # (..., 4, 4)
    best = outer.diagonal(dim1=-2, dim2=-1).argmax(-1, keepdim=True)
    q = outer.take_along_dim(best[..., None], dim=-2).squeeze(-2)
    return positive(q / q.norm(dim=-1, keepdim=True))


def positive(q: Tensor) -> Tensor:
    """Choose between q and -q (..., 4), which are one rotation, the one with w >= 0."""
    return torch.where(q[..., :1] < 0, -q, q)


def frames(backbone: Tensor) -> tuple[Tensor, Tensor]:
    """Place a right-handed frame on every residue.

    ``e1`` points from CA to C, ``e2`` lies in the plane of N, CA, C on the side of N, and
    ``e3 = e1 x e2``; they are the columns of the rotation (AlphaFold 2, supplementary
    algorithm 21; arXiv:2603.02406, released code).

    Parameters
    ----------
    backbone
        Coordinates in Å of N, CA, C, shape (..., L, 3, 3).

    Returns
    -------
    quaternion, position
        Unit quaternions (..., L, 4) with w >= 0 and CA positions (..., L, 3) in Å.
    """
    n, position, c = backbone.unbind(-2)
    e1 = _normalise(c - position)
    u = n - position
    e2 = _normalise(u - (e1 * u).sum(-1, keepdim=True) * e1)
    r = torch.stack((e1, e2, torch.linalg.cross(e1, e2)), dim=-1)
    return quaternion_from_matrix(r), position


def _normalise(v: Tensor) -> Tensor:
    return v / (v.norm(dim=-1, keepdim=True) + _TINY)


def quaternion_angle(q0: Tensor, q1: Tensor) -> Tensor:
    """Return the angle W = arccos<q0, q1> in [0, pi] between unit 4-vectors (..., 4).

    It is half the angle of the rotation from one to the other along this arc. The arctangent
    keeps the digits that arccos loses near 0.
    """
    return 2 * torch.atan2((q1 - q0).norm(dim=-1), (q1 + q0).norm(dim=-1))


def slerp(q0: Tensor, q1: Tensor, tau: Tensor) -> Tensor:
    """Interpolate on the great arc from q0 to q1.

    ``[sin((1-tau) W) q0 + sin(tau W) q1] / sin W`` (arXiv:2603.02406), written with
    ``sinc`` so that W = 0 is no special case: it becomes linear interpolation there.

    Parameters
    ----------
    q0, q1
        Unit quaternions (..., 4), not antipodal.
    tau
        Times in [0, 1], broadcastable against ``q0.shape[:-1]``.
    """
    angle = quaternion_angle(q0, q1)
    scale = _sinc(angle)
    a = (1 - tau) * _sinc((1 - tau) * angle) / scale
    b = tau * _sinc(tau * angle) / scale
    return a[..., None] * q0 + b[..., None] * q1


def slerp_velocity(q0: Tensor, q1: Tensor, tau: Tensor) -> Tensor:
    """Return the derivative (..., 4) of :func:`slerp` by tau.

    ``W / sin W [-cos((1-tau) W) q0 + cos(tau W) q1]``, tangent at the state and of length W
    (arXiv:2603.02406); q1 - q0 in the limit W = 0. Parameters as for :func:`slerp`.
    """
    angle = quaternion_angle(q0, q1)
    scale = _sinc(angle)
    a = torch.cos((1 - tau) * angle) / scale
    b = torch.cos(tau * angle) / scale
    return b[..., None] * q1 - a[..., None] * q0


def _sinc(angle: Tensor) -> Tensor:
    return torch.sinc(angle / torch.pi)


def shorten(q0: Tensor, q1: Tensor) -> Tensor:
    """Choose the sign of q1 (..., 4) for which the arc from q0 is the short one."""
    return torch.where((q0 * q1).sum(-1, keepdim=True) < 0, -q1, q1)


def principal_axes(position: Tensor) -> Tensor:
    """Return the principal axes of a point cloud as a proper rotation.

    Eigenvectors of the inertia tensor ``sum_i (|x_i|^2 Id - x_i x_i^T)`` about the centroid, by
    ascending moment, as columns (arXiv:2603.02406, canonicalisation). The paper leaves their
    signs open. Here the first two axes point to where their third moment is positive; where
    that vanishes, the last point whose coordinate does not decides; the third axis is their
    cross product. Axes and signs turn with the points, unless two moments are equal, where any
    choice is arbitrary: then the result is a proper rotation and the same for equal input.

    Parameters
    ----------
    position
        Points (..., L, 3).

    Returns
    -------
    Tensor
        Rotations V (..., 3, 3); ``x V`` are coordinates in the principal axes.
    """
    x = (position - position.mean(-2, keepdim=True)).double()
    second = x.mT @ x
    trace = second.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
    identity = torch.eye(3, dtype=x.dtype, device=x.device)
    _, vectors = torch.linalg.eigh(trace * identity - second)
    e1, e2, _ = (vectors * _signs(x @ vectors)[..., None, :]).unbind(-1)
    axes = torch.stack((e1, e2, torch.linalg.cross(e1, e2)), dim=-1)
    return axes.to(position.dtype)


def _signs(coordinate: Tensor) -> Tensor:
    """Return +-1 (..., 3) per axis from the skewness of coordinates (..., L, 3)."""
    size = coordinate.norm(dim=-2, keepdim=True) + torch.finfo(coordinate.dtype).tiny
    unit = coordinate / size
    skewness = unit.pow(3).sum(-2)
    visible = unit.abs() > 1e-6
    order = torch.arange(unit.shape[-2], device=unit.device)[:, None]
    last = (visible * order).argmax(-2, keepdim=True)
    ending = unit.take_along_dim(last, dim=-2).squeeze(-2)
    decisive = torch.where(skewness.abs() > 1e-6, skewness, ending)
    return torch.where(decisive < 0, -1.0, 1.0).to(coordinate.dtype)
