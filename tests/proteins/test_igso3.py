import math

import pytest
import torch

from causeway.proteins.geometry import positive, quaternion_multiply
from causeway.proteins.igso3 import IGSO3, angle_density

DRAWS = 200_000


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("scale", "degrees"), [(0.1, 9.1), (0.5, 45.2), (0.75, 66.9), (1.0, 87.2), (1.5, 115.0)]
)
def test_mean_angle(scale, degrees):
    angles = IGSO3(scale).angles([DRAWS], generator())
    assert math.degrees(angles.mean()) == pytest.approx(degrees, abs=0.3)


@pytest.mark.parametrize(("scale", "share"), [(0.5, 0.124), (1.0, 0.241)])
def test_share_of_residues_that_slerp_turns_the_long_way(scale, share):
    q0 = torch.randn(DRAWS, 4, generator=generator(1))
    q0 = positive(q0 / q0.norm(dim=-1, keepdim=True))
    q1 = positive(quaternion_multiply(q0, IGSO3(scale).quaternions([DRAWS], generator(2))))
    long = ((q0 * q1).sum(-1) < 0).double().mean().item()
    assert long == pytest.approx(share, abs=0.003)


@pytest.mark.parametrize("scale", [0.05, 0.5, 1.0, 2.0])
def test_density_integrates_to_one_and_samples_follow_it(scale):
    grid = torch.linspace(0, math.pi, 20_001, dtype=torch.float64)
    density = angle_density(grid, scale)
    assert torch.trapezoid(density, grid).item() == pytest.approx(1, abs=1e-6)
    cumulative = torch.cumulative_trapezoid(density, grid)
    drawn = IGSO3(scale).angles([DRAWS], generator()).sort().values
    expected = torch.linspace(0, 1, DRAWS, dtype=torch.float64)
    found = cumulative[torch.searchsorted(grid[1:], drawn).clamp(max=len(cumulative) - 1)]
    assert (found - expected).abs().max() < 0.005  # Kolmogorov's distance


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0])
def test_series_agrees_with_the_sum_over_windings(scale):
    """Poisson's summation of the series, whose term k = 0 is the closed form for small scales."""
    w, t = torch.linspace(0.05, 3.1, 60, dtype=torch.float64), scale**2
    windings = [
        (-1) ** k * (w + 2 * math.pi * k) * torch.exp(-((w + 2 * math.pi * k) ** 2) / (2 * t))
        for k in (-2, -1, 0, 1, 2)
    ]
    f = math.sqrt(2 * math.pi) * t**-1.5 * math.exp(t / 8) * sum(windings) / torch.sin(w / 2)
    torch.testing.assert_close(angle_density(w, scale), f * (1 - torch.cos(w)) / math.pi)


def test_axes_point_everywhere_alike():
    q = IGSO3(0.5).quaternions([DRAWS], generator())
    axis = q[:, 1:] / q[:, 1:].norm(dim=-1, keepdim=True)
    torch.testing.assert_close(axis.mean(0), torch.zeros(3), atol=0.01, rtol=0)
    torch.testing.assert_close(axis.T @ axis / DRAWS, torch.eye(3) / 3, atol=0.01, rtol=0)


def test_draws_are_unit_quaternions_with_a_repeatable_shape():
    q = IGSO3(0.5).quaternions([4, 7], generator(3))
    assert q.shape == (4, 7, 4)
    torch.testing.assert_close(q.norm(dim=-1), torch.ones(4, 7))
    assert torch.equal(q, IGSO3(0.5).quaternions([4, 7], generator(3)))


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan])
def test_a_scale_that_is_not_positive_is_refused(scale):
    with pytest.raises(ValueError, match="positive"):
        IGSO3(scale)
