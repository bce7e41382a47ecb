import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from causeway.proteins.geometry import (
    frames,
    matrix_from_quaternion,
    positive,
    principal_axes,
    quaternion_angle,
    quaternion_conjugate,
    quaternion_from_matrix,
    quaternion_multiply,
    rotate,
    shorten,
    slerp,
    slerp_velocity,
)


def unit_quaternions(count: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    q = torch.randn(count, 4, generator=generator, dtype=torch.float64)
    return positive(q / q.norm(dim=-1, keepdim=True))


component = st.floats(-1, 1, allow_nan=False)


@st.composite
def any_quaternion(draw) -> torch.Tensor:
    q = np.array(draw(st.tuples(component, component, component, component)))
    size = np.linalg.norm(q)
    q = np.array([1.0, 0, 0, 0]) if size < 1e-3 else q / size
    return torch.from_numpy(q)


@given(any_quaternion())
def test_matrix_and_back_is_the_same_rotation(q):
    back = quaternion_from_matrix(matrix_from_quaternion(q))
    assert back[0] >= 0
    assert min((back - q).abs().max(), (back + q).abs().max()) < 1e-12


def test_half_turns_survive_the_way_to_quaternions_and_back():
    turns = torch.tensor([[0.0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0.6, 0.8, 0]])
    r = matrix_from_quaternion(turns)
    torch.testing.assert_close(matrix_from_quaternion(quaternion_from_matrix(r)), r)


@given(any_quaternion(), any_quaternion())
def test_products_of_quaternions_are_products_of_matrices(p, q):
    product = matrix_from_quaternion(quaternion_multiply(p, q))
    torch.testing.assert_close(product, matrix_from_quaternion(p) @ matrix_from_quaternion(q))


def test_rotate_applies_the_matrix_and_the_conjugate_undoes_it():
    q, v = unit_quaternions(50), torch.randn(50, 3, dtype=torch.float64)
    turned = rotate(q, v)
    torch.testing.assert_close(turned, (matrix_from_quaternion(q) @ v[..., None])[..., 0])
    torch.testing.assert_close(rotate(quaternion_conjugate(q), turned), v)


def plain_frame(n, ca, c):
    """Algorithm 21 of AlphaFold 2 for one residue."""
    e1 = (c - ca) / np.linalg.norm(c - ca)
    u = n - ca - np.dot(e1, n - ca) * e1
    e2 = u / np.linalg.norm(u)
    return np.stack([e1, e2, np.cross(e1, e2)], axis=1)


def test_frames_agree_with_a_loop_over_residues():
    backbone = np.random.default_rng(0).normal(size=(3, 20, 3, 3)) * 1.5
    quaternion, position = frames(torch.from_numpy(backbone))
    r = matrix_from_quaternion(quaternion).numpy()
    for chain in range(3):
        for i in range(20):
            expected = plain_frame(*backbone[chain, i])
            np.testing.assert_allclose(r[chain, i], expected, atol=1e-6)
    np.testing.assert_array_equal(position, backbone[:, :, 1])
    assert (quaternion[..., 0] >= 0).all()


def test_frames_turn_with_the_chain():
    backbone = torch.randn(30, 3, 3, dtype=torch.float64)
    turn = unit_quaternions(1, seed=5)[0]
    quaternion, position = frames(backbone)
    turned, moved = frames(rotate(turn, backbone) + 7.0)
    torch.testing.assert_close(turned, positive(quaternion_multiply(turn, quaternion)))
    torch.testing.assert_close(moved, rotate(turn, position) + 7.0)


@pytest.fixture
def ends() -> tuple[torch.Tensor, torch.Tensor]:
    return unit_quaternions(200, seed=1), unit_quaternions(200, seed=2)


TAUS = torch.linspace(0, 1, 11, dtype=torch.float64)


def test_slerp_goes_from_end_to_end_on_the_unit_sphere(ends):
    q0, q1 = ends
    torch.testing.assert_close(slerp(q0, q1, torch.zeros(200)), q0)
    torch.testing.assert_close(slerp(q0, q1, torch.ones(200)), q1)
    for tau in TAUS:
        size = slerp(q0, q1, tau.expand(200)).norm(dim=-1)
        torch.testing.assert_close(size, torch.ones_like(size))


def test_slerp_agrees_with_the_written_formula(ends):
    q0, q1 = ends
    w = (q0 * q1).sum(-1, keepdim=True).acos()
    for tau in TAUS:
        expected = (torch.sin((1 - tau) * w) * q0 + torch.sin(tau * w) * q1) / torch.sin(w)
        torch.testing.assert_close(slerp(q0, q1, tau), expected)


def test_quaternion_velocity_is_tangent_and_as_long_as_the_angle(ends):
    q0, q1 = ends
    angle = (q0 * q1).sum(-1).acos()
    torch.testing.assert_close(quaternion_angle(q0, q1), angle)
    for tau in TAUS:
        velocity = slerp_velocity(q0, q1, tau)
        torch.testing.assert_close(velocity.norm(dim=-1), angle)
        along = (velocity * slerp(q0, q1, tau)).sum(-1)
        torch.testing.assert_close(along, torch.zeros_like(along))


def test_quaternion_velocity_is_the_derivative_of_slerp(ends):
    q0, q1 = ends
    h = 1e-5
    for tau in TAUS[1:-1]:
        difference = (slerp(q0, q1, tau + h) - slerp(q0, q1, tau - h)) / (2 * h)
        torch.testing.assert_close(slerp_velocity(q0, q1, tau), difference, atol=1e-8, rtol=1e-8)


def test_body_frame_angular_velocity_is_constant_along_the_path(ends):
    q0, q1 = ends
    bodies = [
        quaternion_multiply(quaternion_conjugate(slerp(q0, q1, tau)), slerp_velocity(q0, q1, tau))
        for tau in TAUS
    ]
    for body in bodies:
        torch.testing.assert_close(body, bodies[0])
        torch.testing.assert_close(body[..., 0], torch.zeros_like(body[..., 0]))


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-7, 1e-4])
def test_small_angles_become_linear_interpolation(angle):
    q0 = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
    q1 = torch.tensor([math.cos(angle), math.sin(angle), 0, 0], dtype=torch.float64)
    tau = torch.tensor(0.3, dtype=torch.float64)
    assert slerp(q0, q1, tau)[1].item() == pytest.approx(0.3 * angle, abs=1e-12)
    assert slerp_velocity(q0, q1, tau)[1].item() == pytest.approx(angle, abs=1e-11)


def test_short_arc_turns_at_most_half_as_far_and_ends_in_the_same_rotation(ends):
    q0, q1 = ends
    near = shorten(q0, q1)
    assert (quaternion_angle(q0, near) <= math.pi / 2 + 1e-12).all()
    torch.testing.assert_close(matrix_from_quaternion(near), matrix_from_quaternion(q1))


def test_principal_axes_diagonalise_the_inertia_tensor():
    x = torch.randn(40, 3, dtype=torch.float64) * torch.tensor([3.0, 2.0, 1.0])
    x = x - x.mean(0)
    y = x @ principal_axes(x)
    inertia = y.square().sum() * torch.eye(3, dtype=torch.float64) - y.T @ y
    moments = inertia.diagonal()
    torch.testing.assert_close(inertia, torch.diag(moments), atol=1e-9, rtol=0)
    assert moments[0] < moments[1] < moments[2]
    assert (y[:, :2].pow(3).sum(0) > 0).all()


@given(st.integers(0, 10_000))
def test_principal_axes_turn_with_the_points(seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(40, 3, generator=generator, dtype=torch.float64)
    x = x * torch.tensor([3.0, 2.0, 1.0])
    r = matrix_from_quaternion(unit_quaternions(1, seed)[0])
    axes = principal_axes(x)
    assert torch.linalg.det(axes).item() == pytest.approx(1)
    torch.testing.assert_close(principal_axes(x @ r.T + 5.0), r @ axes)


@pytest.mark.parametrize(
    "points",
    [
        torch.zeros(4, 3),
        torch.eye(3),
        torch.tensor([[1.0, 0, 0], [-1, 0, 0]]),
        torch.cat([torch.eye(3), -torch.eye(3)]),
    ],
)
def test_degenerate_clouds_have_proper_and_repeatable_axes(points):
    axes = principal_axes(points)
    assert torch.linalg.det(axes).item() == pytest.approx(1)
    torch.testing.assert_close(axes.T @ axes, torch.eye(3))
    assert torch.equal(axes, principal_axes(points.clone()))


def test_signs_of_symmetric_clouds_turn_with_the_points():
    x = torch.tensor([[3.0, 0, 0], [-3, 0, 0], [0, 2, 0], [0, -2, 0]], dtype=torch.float64)
    r = matrix_from_quaternion(unit_quaternions(1, seed=3)[0])
    torch.testing.assert_close(principal_axes(x @ r.T), r @ principal_axes(x))
