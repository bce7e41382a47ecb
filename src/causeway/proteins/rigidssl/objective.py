"""The flow between two views and its loss (arXiv:2603.02406), as pure functions."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from causeway.proteins import geometry
from causeway.proteins.rigidssl.views import Views

TERMS = ("translation", "rotation")
DIRECTIONS = ("forward", "backward")


class State(NamedTuple):
    """A point of the path: unit quaternions (B, L, 4) and positions (B, L, 3) in Å."""

    quaternion: Tensor
    position: Tensor


class Velocity(NamedTuple):
    """Derivatives by tau: of the position (B, L, 3) in Å, and of the quaternion (B, L, 4)."""

    position: Tensor
    quaternion: Tensor


def path(views: Views, tau: Tensor, arc: Literal["long", "short"]) -> tuple[State, Velocity]:
    """Return state and velocity at time tau on the way from the first view to the second.

    Positions go straight, ``x_tau = (1-tau) x0 + tau x1``; quaternions on the great arc
    (SLERP). With both w >= 0 the arc is the long one wherever <q0, q1> < 0, as in the released
    code; ``short`` turns the sign of q1 there. The state is given with w >= 0, and the velocity
    with the sign that belongs to it.

    Parameters
    ----------
    views
        Frames of shape (B, L, ...).
    tau
        Times (B,) in [0, 1].
    arc
        Which way round rotations go.
    """
    q0, x0, q1, x1 = views
    if arc == "short":
        q1 = geometry.shorten(q0, q1)
    t = tau[:, None]
    q = geometry.slerp(q0, q1, t)
    u_q = geometry.slerp_velocity(q0, q1, t)
    sign = torch.where(q[..., :1] < 0, -1.0, 1.0)
    position = (1 - t[..., None]) * x0 + t[..., None] * x1
    return State(sign * q, position), Velocity(x1 - x0, sign * u_q)


def both_directions(views: Views) -> Views:
    """Stack the way there and the way back: frames of B chains become 2B, forward first."""
    return Views(*(torch.cat(pair) for pair in zip(views, views.swapped(), strict=True)))


def scales(target: Velocity, mask: Tensor) -> Velocity:
    """Return the standard deviation of each chain's targets, over residues and components.

    The released code divides targets and predictions by it, so that predicting zero has a loss
    of about 1.

    Parameters
    ----------
    target
        True velocities.
    mask
        Which residues are real, boolean (B, L).

    Returns
    -------
    Velocity
        Two tensors of shape (B, 1, 1).
    """
    return Velocity(*(_deviation(u, mask) for u in target))


def _deviation(u: Tensor, mask: Tensor) -> Tensor:
    weight = mask[..., None].to(u.dtype)
    count = weight.sum((1, 2), keepdim=True) * u.shape[-1]
    mean = (u * weight).sum((1, 2), keepdim=True) / count
    square = ((u - mean) ** 2 * weight).sum((1, 2), keepdim=True) / (count - 1).clamp_min(1)
    return square.sqrt() + 1e-8


def residue_errors(predicted: Velocity, target: Velocity, scale: Velocity | None) -> Tensor:
    """Return squared errors per residue, averaged over components, as (B, L, 2).

    The last dimension follows ``TERMS``. Errors are divided by the squared ``scale`` if given.
    """
    errors = []
    for term, (v, u) in enumerate(zip(predicted, target, strict=True)):
        difference = v.float() - u
        if scale is not None:
            difference = difference / scale[term]
        errors.append(difference.square().mean(-1))
    return torch.stack(errors, dim=-1)


def chain_errors(errors: Tensor, mask: Tensor) -> Tensor:
    """Average errors (B, L, ...) over the real residues of each chain: (B, ...)."""
    weight = mask.to(errors.dtype).reshape(*mask.shape, *[1] * (errors.dim() - 2))
    return (errors * weight).sum(1) / weight.sum(1).clamp_min(1)
