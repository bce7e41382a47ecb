import pytest
import torch

from causeway.proteins import geometry
from causeway.proteins.igso3 import IGSO3
from causeway.proteins.rigidssl import objective
from causeway.proteins.rigidssl.objective import Velocity
from causeway.proteins.rigidssl.views import Views, perturb


def noisy_chains(chains: int = 6, length: int = 400, scale: float = 0.5) -> Views:
    generator = torch.Generator().manual_seed(0)
    views = [
        perturb(
            *geometry.frames(torch.randn(length, 3, 3, generator=generator)),
            IGSO3(scale),
            0.03,
            generator,
        )
        for _ in range(chains)
    ]
    return Views(*(torch.stack(part) for part in zip(*views, strict=True)))


FULL = torch.ones(6, 400, dtype=torch.bool)
TAU = torch.linspace(0, 1, 6)


@pytest.mark.parametrize("arc", ["long", "short"])
@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_predicting_zero_costs_one_per_term(arc, scale):
    _, target = objective.path(noisy_chains(scale=scale), TAU, arc)
    zero = Velocity(*map(torch.zeros_like, target))
    errors = objective.residue_errors(zero, target, objective.scales(target, FULL))
    translation, rotation = objective.chain_errors(errors, FULL).mean(0)
    assert translation.item() == pytest.approx(1.00, abs=0.005)
    assert rotation.item() == pytest.approx(1.005, abs=0.01)


def test_scales_are_standard_deviations_of_the_real_residues():
    u = Velocity(torch.randn(2, 9, 3), torch.randn(2, 9, 4) + 5)
    mask = torch.ones(2, 9, dtype=torch.bool)
    mask[1, 6:] = False
    for scale, part in zip(objective.scales(u, mask), u, strict=True):
        assert scale[0].item() == pytest.approx(part[0].std().item(), rel=1e-5)
        assert scale[1].item() == pytest.approx(part[1, :6].std().item(), rel=1e-5)


def test_errors_are_plain_mean_squares():
    v = Velocity(torch.randn(2, 5, 3), torch.randn(2, 5, 4))
    u = Velocity(torch.randn(2, 5, 3), torch.randn(2, 5, 4))
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    found = objective.chain_errors(objective.residue_errors(v, u, None), mask)
    for term in range(2):
        assert found[0, term].item() == pytest.approx(((v[term] - u[term])[0] ** 2).mean().item())
        expected = ((v[term] - u[term])[1, :3] ** 2).mean().item()
        assert found[1, term].item() == pytest.approx(expected)


def test_padding_changes_nothing():
    views = noisy_chains(1, 30)
    padded = Views(
        *(torch.cat([part, torch.full((1, 7, part.shape[-1]), 0.5)], dim=1) for part in views)
    )
    mask = torch.arange(37)[None] < 30
    tau = torch.tensor([0.4])
    results = []
    for given, real in ((views, mask[:, :30]), (padded, mask)):
        _, target = objective.path(given, tau, "short")
        guess = Velocity(*(u * 0.3 + 0.01 for u in target))
        errors = objective.residue_errors(guess, target, objective.scales(target, real))
        results.append(objective.chain_errors(errors, real))
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("arc", ["long", "short"])
def test_way_back_is_the_way_there_run_backwards(arc):
    views = noisy_chains()
    there, u = objective.path(views, TAU, arc)
    back, w = objective.path(views.swapped(), 1 - TAU, arc)
    torch.testing.assert_close(back.position, there.position)
    torch.testing.assert_close(w.position, -u.position)
    sign = torch.sign((back.quaternion * there.quaternion).sum(-1, keepdim=True))
    torch.testing.assert_close(sign * back.quaternion, there.quaternion, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(-sign * w.quaternion, u.quaternion, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("arc", ["long", "short"])
def test_path_runs_from_view_to_view(arc):
    views = noisy_chains()
    for tau, q, x in ((0.0, views.q0, views.x0), (1.0, views.q1, views.x1)):
        state, _ = objective.path(views, torch.full((6,), tau), arc)
        torch.testing.assert_close(state.position, x)
        same = (state.quaternion * q).sum(-1).abs()
        torch.testing.assert_close(same, torch.ones_like(same))
        assert (state.quaternion[..., 0] >= 0).all()


def test_short_arc_is_never_longer_and_sometimes_shorter():
    views = noisy_chains(scale=1.0)
    long, short = (
        objective.path(views, TAU, arc)[1].quaternion.norm(dim=-1) for arc in ("long", "short")
    )
    assert (short <= long + 1e-5).all()
    assert (short < long - 0.1).double().mean() == pytest.approx(0.24, abs=0.03)


def test_equal_views_have_zero_velocity_and_a_finite_loss():
    views = noisy_chains()
    still = Views(views.q0, views.x0, views.q0, views.x0)
    _, target = objective.path(still, TAU, "long")
    errors = objective.residue_errors(target, target, objective.scales(target, FULL))
    assert torch.equal(errors, torch.zeros_like(errors))


def test_both_directions_stack_the_swapped_views_behind():
    views = noisy_chains(2, 10)
    both = objective.both_directions(views)
    assert torch.equal(both.q0, torch.cat([views.q0, views.q1]))
    assert torch.equal(both.x1, torch.cat([views.x1, views.x0]))
