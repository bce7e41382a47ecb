"""Drifts, interventions, sampling, and effects that are learned."""

import re

import numpy as np
import pytest
import torch

from causeway.cells.expression import auroc
from causeway.cells.stadion import LinearDrift, NetworkDrift, group_lasso, sample
from causeway.cells.stadion.config import PRESETS, Simulation, Training
from causeway.cells.stadion.differences import differential
from causeway.cells.stadion.diffusion import StationaryDiffusion
from causeway.cells.stadion.environments import Environments, hold_out
from causeway.cells.stadion.interventions import intervention
from causeway.cells.stadion.learned import build
from causeway.cells.stadion.standard import Units, units
from causeway.cells.worlds.linear import stationary_covariance
from causeway.errors import InputError

DRIFTS = {
    "linear": lambda d: LinearDrift(d, 0.5),
    "network": lambda d: NetworkDrift(d, 4, 2.0),
}


@pytest.fixture(params=DRIFTS)
def drift(request):
    torch.manual_seed(0)
    return DRIFTS[request.param](5)


def test_genes_decay_at_rate_one_and_are_told_apart_from_their_causes(drift):
    states = torch.randn(7, 5)
    jacobians = torch.stack([torch.autograd.functional.jacobian(drift, one) for one in states])
    torch.testing.assert_close(torch.diagonal(jacobians, dim1=1, dim2=2), -torch.ones(7, 5))
    torch.testing.assert_close(drift.jacobian(states), jacobians.mean(0), rtol=1e-4, atol=1e-6)


def test_self_effects_stay_when_weights_are_trained(drift):
    optimizer = torch.optim.Adam(drift.parameters(), lr=0.1)
    states = torch.randn(9, 5)
    for _ in range(5):
        optimizer.zero_grad()
        (drift(states).square().mean() + group_lasso(drift)).backward()
        optimizer.step()
    torch.testing.assert_close(torch.diagonal(drift.jacobian(states)), -torch.ones(5))


def test_the_group_lasso_is_that_of_its_groups():
    linear = LinearDrift(4, 1.0)
    W = linear.weight.detach() * (1 - torch.eye(4))
    expected = W.abs().sum() / 4 + sum(W[:, j].norm() for j in range(4)) / 4
    torch.testing.assert_close(group_lasso(linear).detach(), expected)
    network = NetworkDrift(3, 2, 1.0)
    first = network.first.detach() * (1 - torch.eye(3))[..., None]
    incoming = sum(first[i, j].norm() for i in range(3) for j in range(3))
    outgoing = sum(first[:, j].norm() for j in range(3)) / 3
    torch.testing.assert_close(group_lasso(network).detach(), incoming + outgoing)


def test_the_group_lasso_has_a_gradient_at_zero():
    linear = LinearDrift(3, 0.0)
    group_lasso(linear).backward()
    assert torch.isfinite(linear.effects.grad).all()


def test_interventions_reach_their_targets_alone():
    torch.manual_seed(0)
    targets = torch.tensor([[0, 0, 0], [0, 1, 0], [1, 1, 1]])
    model = StationaryDiffusion(LinearDrift(3, 0.3), targets, scale=1.0, log_noise=-2.0)
    states = torch.randn(4, 3)
    shift = [model(states, k)[0] - model.drift(states) for k in range(3)]
    assert torch.equal(shift[0], torch.zeros(4, 3))
    assert ((shift[1] != 0) == targets[1].bool()).all()
    assert (shift[2] != 0).all()
    control, variance = model(states, 0)[1], model(states, 1)[1]
    assert ((variance != control) == targets[1].bool()).all()
    torch.testing.assert_close(control, torch.exp(2 * model.log_noise))
    (control.sum() + variance.sum() + shift[1].sum()).backward()
    assert (model.shift.grad[1] != 0).tolist() == targets[1].bool().tolist()


def test_a_warm_start_has_the_shifts_of_the_means():
    model = build(PRESETS["unknown"], Training(), np.array([[0, 0], [1, 1]], dtype=np.float32))
    model.warm_start(torch.tensor([[1.0, 2.0], [4.0, 0.0]]))
    torch.testing.assert_close(
        model.shifts().detach(), torch.tensor([[0.0, 0.0], [3.0, -2.0]]), atol=1e-4, rtol=0
    )


def test_samples_have_the_moments_of_the_stationary_distribution():
    torch.manual_seed(1)
    drift = LinearDrift(3, 0.3)
    shifts = torch.tensor([[0.0, 0, 0], [2, 0, -1]])
    variances = torch.tensor([[1.0, 0.5, 2], [1, 0.5, 2]])
    settings = Simulation(step=0.02, thinning=100, burn_in=4, chains=2000, samples=4000)
    found = sample(drift, shifts, variances, settings, torch.Generator().manual_seed(0))
    W = drift.weight.detach().double().numpy()
    root = np.diag(np.sqrt(variances[0].double().numpy()))
    unit = np.linalg.inv(root) @ W @ root
    covariance = root @ stationary_covariance(unit) @ root
    for cells, shift in zip(found.double().numpy(), shifts.numpy(), strict=True):
        mean = np.linalg.solve(W, -(shift + drift.bias.detach().numpy()))
        # Five standard errors; the step adds 1 % to variances.
        np.testing.assert_allclose(
            cells.mean(0), mean, atol=5 * np.sqrt(np.diag(covariance).max() / 4000)
        )
        np.testing.assert_allclose(
            np.cov(cells.T), covariance, atol=0.15 * np.diag(covariance).max()
        )


def test_the_fused_step_is_the_plain_one():
    """A drift of any other class is stepped as the definition says."""

    class Plain(torch.nn.Module):
        def __init__(self, drift):
            super().__init__()
            self.drift = drift

        def forward(self, states):
            return self.drift(states)

    torch.manual_seed(2)
    drift = LinearDrift(4, 0.2)
    shifts, variances = torch.randn(3, 4), torch.rand(3, 4)
    settings = Simulation(step=0.01, thinning=20, burn_in=1, chains=3, samples=7)
    found = [
        sample(one, shifts, variances, settings, torch.Generator().manual_seed(0))
        for one in (drift, Plain(drift))
    ]
    assert found[0].shape == (3, 7, 4)
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


def test_environments_do_not_depend_on_each_other_in_memory(monkeypatch):
    settings = Simulation(thinning=10, burn_in=1, chains=2, samples=4)
    drift, shifts, ones = LinearDrift(3, 0.2), torch.randn(2, 3), torch.ones(2, 3)
    whole = sample(drift, shifts, ones, settings, torch.Generator().manual_seed(0))
    monkeypatch.setattr("causeway.cells.stadion.sampling.BLOCK", 1)
    blocks = sample(drift, shifts, ones, settings, torch.Generator().manual_seed(0))
    # Noise is drawn in another order, but as much of it.
    assert blocks.shape == whole.shape
    assert torch.isfinite(blocks).all()


def screen(seed=0):
    """Exact cells of a known linear diffusion with decay rate one, all genes intervened on."""
    rng = np.random.default_rng(seed)
    A = rng.uniform(-0.4, 0.4, (4, 4))
    np.fill_diagonal(A, -1)
    bias, size = rng.normal(size=4), np.array([3.0, -2.0, 4.0, 2.5])
    root = np.linalg.cholesky(stationary_covariance(A))
    hits = {"control": [], "a": [0], "b": [1], "c": [2], "d": [3], "a+b": [0, 1]}
    cells, labels = [], []
    for label, hit in hits.items():
        shift = np.zeros(4)
        shift[hit] = size[hit]
        mean = np.linalg.solve(A, -(bias + shift))
        cells.append(mean + rng.normal(size=(3000, 4)) @ root.T)
        labels += [label] * 3000
    train = ["control", "a", "b", "c"]
    return (
        A,
        bias,
        size,
        Environments(
            np.concatenate(cells).astype(np.float32),
            np.array(labels),
            list("abcd"),
            train,
            ["a+b", "d"],
            A,
        ),
    )


def test_held_out_interventions_are_composed_or_fitted():
    A, _, size, cells = screen()
    model = build(PRESETS["known"], Training(), cells.masks(cells.train, known=True))
    with torch.no_grad():
        model.drift.effects.copy_(torch.from_numpy(A))
        model.shift[1:, :3] = torch.diag(torch.from_numpy(size[:3])).float()
    plain = Units(np.zeros(4), np.ones(4))
    both = intervention("a+b", model, cells, plain)
    assert both.kind == "combination"
    np.testing.assert_allclose(both.shift[:2], size[:2], rtol=1e-5)
    unseen = intervention("d", model, cells, plain)
    assert unseen.kind == "unseen"
    assert unseen.shift[3] == pytest.approx(size[3], abs=0.2)
    assert (unseen.shift[:3] == 0).all()
    scaled = units(cells, "pooled")
    with torch.no_grad():
        model.drift.effects.copy_(torch.from_numpy(A * scaled.scale / scaled.scale[:, None]))
    assert intervention("d", model, cells, scaled).shift[3] * scaled.scale[3] == pytest.approx(
        size[3], abs=0.2
    )
    np.testing.assert_allclose(
        scaled.matrix(model.drift.jacobian(torch.zeros(1, 4)).numpy()), A, rtol=1e-5
    )
    assert intervention("a+d", model, cells, plain) is None
    assert intervention("elsewhere", model, cells, plain) is None


def test_differences_of_means_are_signed_by_their_target():
    _, _, _, cells = screen()
    effects = differential(cells)
    assert (np.diag(effects)[:3] > 0).all()
    assert (effects[:, 3] == 0).all()


def test_auroc_counts_pairs_and_halves_ties():
    assert np.isnan(auroc(np.arange(3.0), np.ones(3, dtype=bool)))
    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 4, 50), rng.random(50) < 0.4
    above = scores[positive][:, None] - scores[~positive]
    assert auroc(scores, positive) == pytest.approx(((above > 0) + (above == 0) / 2).mean())


def test_what_is_held_out():
    labels = np.array(["control", "a", "b", "c", "a+b"])
    train, test = hold_out(labels, ["a+b"], 1, 0, "file")
    assert train[0] == "control"
    assert len(test) == 2
    assert sorted([*train, *test]) == sorted(labels)
    assert hold_out(labels, ["a+b"], 1, 0, "file") == (train, test)


@pytest.mark.parametrize(
    ("labels", "given", "singles", "words"),
    [
        (["a", "b"], [], 0, "no control cells"),
        (["control", "a"], ["b"], 0, "no cells of b"),
        (["control", "a"], [], 1, "leave none for training"),
        (["control", "a"], ["a"], 0, "nothing is left"),
    ],
)
def test_what_cannot_be_held_out_is_refused(labels, given, singles, words):
    with pytest.raises(InputError, match=words):
        hold_out(np.array(labels), given, singles, 0, "file")


def test_known_targets_have_to_be_measured():
    _, _, _, cells = screen()
    with pytest.raises(InputError, match="x is not among the 4 genes"):
        cells.masks(["control", "a+x"], known=True)
    assert cells.masks(["control", "a+x"], known=False).tolist() == [[0] * 4, [1] * 4]


def test_constant_genes_have_no_unit():
    _, _, _, cells = screen()
    cells.cells[:, 2] = 1
    with pytest.raises(InputError, match="genes c: do not vary"):
        units(cells, "control")


def test_the_example_of_the_page_runs(root):
    page = (root / "docs" / "systems" / "stadion.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(example, {})
