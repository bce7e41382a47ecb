"""The drift and its objective."""

import math

import pytest
import torch

from causeway.cells.labels import CONTROL
from causeway.cells.lcd.config import Levels, Network, Variant
from causeway.cells.lcd.drift import CausalDrift, noise_levels, sinusoids
from causeway.cells.lcd.objective import score_matching
from causeway.cells.lcd.standardise import standard

NETWORK = Network(hidden=16, embedding=8, levels=Levels(count=6))
VARIANTS = [
    Variant(),
    Variant(drift="simple"),
    Variant(injection="multiplicative"),
]


def make(variant=None):
    torch.manual_seed(0)
    drift = CausalDrift(3, ["A", "B", "C"], NETWORK, variant or Variant())
    with torch.no_grad():
        drift.embeddings.normal_()
    return drift


def naive(drift, states, level, code, variant):
    """One state at a time, as the formula stands."""
    sigma = float(drift.sigma[level])
    simple = variant.drift == "simple"
    u = states if simple else states / math.sqrt(1 + sigma**2)
    time = drift.time(drift.positions[level])
    first = drift.first.weight @ u + drift.first.bias + time
    injected = drift.inject_first.weight @ code + drift.inject_first.bias
    hidden = torch.tanh(first + injected if drift.additive else first * injected)
    second = drift.second.weight @ hidden + drift.second.bias
    injected = drift.inject_second.weight @ code + drift.inject_second.bias
    hidden = torch.tanh(second + injected if drift.additive else second * injected)
    out = drift.last.weight @ hidden + drift.last.bias
    return out if simple else (u - sigma * out - states) / sigma**2


@pytest.mark.parametrize("variant", VARIANTS, ids=["lcd", "simple", "multiplicative"])
def test_the_drift_is_the_formula(variant):
    drift = make(variant).double()
    states = torch.randn(5, 3, dtype=torch.float64)
    level = torch.tensor([0, 2, 5, 5, 1])
    code = torch.randn(8, dtype=torch.float64)
    found = drift(states, level, drift.injection(code))
    for row in range(5):
        expected = naive(drift, states[row], int(level[row]), code, variant)
        assert torch.allclose(found[row], expected, rtol=1e-4, atol=1e-4)


def test_noise_falls_geometrically():
    sigma = noise_levels(Levels())
    assert sigma[0] == pytest.approx(10)
    assert sigma[-1] == pytest.approx(0.01)
    assert len(sigma) == 30
    assert torch.allclose(sigma[1:] / sigma[:-1], (sigma[1] / sigma[0]).expand(29))


def test_positions_differ_and_odd_widths_are_padded():
    assert sinusoids(30, 7).shape == (30, 7)
    table = sinusoids(30, 16)
    assert torch.pdist(table).min() > 0.05


def test_codes_are_sums_of_embeddings_and_zero_for_the_control():
    drift = make().eval()
    drift.mark_trained(["A", "B+C"])
    codes = drift.codes([CONTROL, "A", "A+B"])
    assert torch.equal(codes[0], torch.zeros(8))
    assert torch.equal(codes[1], drift.embeddings[0])
    assert torch.allclose(codes[2], drift.embeddings[0] + drift.embeddings[1])


def test_codes_start_small():
    drift = CausalDrift(3, [f"T{i}" for i in range(40)], NETWORK, Variant())
    assert 0.005 < float(drift.embeddings.detach().std()) < 0.02


def test_targets_that_never_trained_have_the_mean_code():
    drift = make().eval()
    drift.mark_trained([CONTROL, "A", "B"])
    mean = drift.embeddings[:2].mean(0)
    assert torch.allclose(drift.codes(["C"])[0], mean)
    assert torch.allclose(drift.codes(["A+C"])[0], drift.embeddings[0] + mean)


def test_the_objective_is_least_at_the_score():
    """For standard normal states the score of noisy ones is -x / (1 + sigma^2)."""

    class Score(torch.nn.Module):
        sigma = noise_levels(Levels(count=6)).float()

        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def forward(self, states, level, injection):
            return -self.factor * states / (1 + self.sigma[level, None] ** 2)

    generator = torch.Generator().manual_seed(0)
    states, noise = torch.randn(2, 20_000, 3, generator=generator)
    level = torch.randint(6, (20_000,), generator=generator)
    losses = {
        factor: float(score_matching(Score(factor), states, level, noise, None))
        for factor in (0.8, 1.0, 1.2)
    }
    assert min(losses, key=losses.get) == 1.0


def test_control_becomes_the_origin_and_the_spread_one():
    generator = torch.Generator().manual_seed(0)
    states = [3 + 2 * torch.randn(50, 4, generator=generator) for _ in range(3)]
    states[0][:, 3] = states[1][:, 3] = states[2][:, 3] = 1.0
    found = standard(states[0], states)
    scaled = [found.apply(one) for one in states]
    assert torch.allclose(scaled[0].mean(0), torch.zeros(4), atol=1e-5)
    assert torch.allclose(torch.cat(scaled)[:, :3].std(0), torch.ones(3), atol=1e-5)
    assert torch.isfinite(torch.cat(scaled)).all()
    assert torch.allclose(found.undo(scaled[1]), states[1], atol=1e-5)
