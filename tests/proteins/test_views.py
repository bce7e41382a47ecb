import math

import pytest
import torch

from causeway.proteins import geometry
from causeway.proteins.igso3 import IGSO3
from causeway.proteins.rigidssl.invariance import local_geometry, random_rotation
from causeway.proteins.rigidssl.views import canonicalise, perturb


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_chain(length: int = 80) -> torch.Tensor:
    """Backbone of a random walk with CA 3.8 Å apart, float64."""
    steps = torch.randn(length, 3, generator=generator(), dtype=torch.float64)
    alpha = (3.8 * steps / steps.norm(dim=-1, keepdim=True)).cumsum(0)
    sides = torch.randn(length, 2, 3, generator=generator(1), dtype=torch.float64)
    return torch.stack([alpha + sides[:, 0], alpha, alpha + sides[:, 1]], dim=1)


def poses(rule):
    """A chain and the same chain turned, canonicalised."""
    backbone = random_chain()
    turn = random_rotation(generator(2)).double()
    turn = turn / turn.norm()
    turned = geometry.rotate(turn, backbone) + 30.0
    return [canonicalise(*geometry.frames(pose), rule) for pose in (backbone, turned)], turn


def test_inertia_gives_every_pose_the_same_frames():
    (first, second), _ = poses("inertia")
    for a, b in zip(first[:2], second[:2], strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("rule", ["none", "inertia"])
def test_what_residues_see_does_not_depend_on_the_pose(rule):
    (first, second), _ = poses(rule)
    seen = [local_geometry(*pose[:2]) for pose in (first, second)]
    torch.testing.assert_close(*seen, atol=1e-5, rtol=0)


def test_released_rule_makes_what_residues_see_depend_on_the_pose():
    """The published 14.6 Å are for one random chain; the size goes with that of the chain."""
    (first, second), _ = poses("released")
    change = (local_geometry(*first[:2]) - local_geometry(*second[:2])).abs().mean()
    assert 5 < change < 30


@pytest.mark.parametrize("rule", ["none", "inertia", "released"])
def test_axes_lead_back_to_the_file(rule):
    backbone = random_chain()
    _, position, axes = canonicalise(*geometry.frames(backbone), rule)
    alpha = backbone[:, 1] - backbone[:, 1].mean(0)
    torch.testing.assert_close(position, alpha @ axes.to(alpha.dtype))


@pytest.mark.parametrize("rule", ["none", "inertia"])
def test_canonicalisation_is_a_change_of_coordinates(rule):
    frames = geometry.frames(random_chain())
    seen = local_geometry(*canonicalise(*frames, rule)[:2])
    torch.testing.assert_close(seen, local_geometry(*frames))


def test_noise_has_the_configured_size():
    frames = geometry.frames(random_chain(5000).float())
    views = perturb(*frames, IGSO3(0.5), 0.03, generator())
    assert (views.x1 - views.x0).std().item() == pytest.approx(0.03, rel=0.03)
    turned = 2 * geometry.quaternion_angle(views.q0, geometry.shorten(views.q0, views.q1))
    assert math.degrees(turned.mean()) == pytest.approx(45.2, abs=1)
    assert (views.q0[:, 0] >= 0).all()
    assert (views.q1[:, 0] >= 0).all()


def test_noise_turns_with_the_chain():
    backbone, turn = random_chain(), random_rotation(generator(4)).double()
    turn = turn / turn.norm()
    views = [
        perturb(*geometry.frames(pose), IGSO3(0.5), 0.03, generator())
        for pose in (backbone, geometry.rotate(turn, backbone))
    ]
    torch.testing.assert_close(views[1].x1, geometry.rotate(turn, views[0].x1))
    expected = geometry.positive(geometry.quaternion_multiply(turn, views[0].q1))
    torch.testing.assert_close(views[1].q1, expected, atol=1e-6, rtol=1e-6)
