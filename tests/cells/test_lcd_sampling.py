"""Sampling without what can be computed once, against a plain loop."""

import math

import pytest
import torch

from causeway.cells.labels import CONTROL
from causeway.cells.lcd import sampling
from causeway.cells.lcd.config import Levels, Network, Sampling, Variant
from causeway.cells.lcd.drift import CausalDrift

SETTINGS = Sampling(steps=7, step_size=1e-5, samples=4)
LABELS = [CONTROL, "A", "A+B"]


def make(variant=None, levels=5):
    torch.manual_seed(0)
    network = Network(hidden=16, embedding=8, levels=Levels(count=levels))
    drift = CausalDrift(3, ["A", "B"], network, variant or Variant()).eval()
    with torch.no_grad():
        drift.embeddings.normal_()
        drift.inject_first.bias.normal_()
        drift.inject_second.bias.normal_()
    drift.mark_trained(LABELS)
    return drift


def plain(drift, label, states, settings):
    """Noise-free dynamics of one perturbation, by the drift itself."""
    code = drift.codes([label])[0]
    for level, size in enumerate(sampling.step_sizes(drift, settings)):
        levels = torch.full((len(states),), level)
        for _ in range(settings.steps):
            states = states + size * drift(states, levels, drift.injection(code))
    return states


@pytest.mark.parametrize(
    "variant",
    [Variant(), Variant(drift="simple"), Variant(injection="multiplicative")],
    ids=["lcd", "simple", "multiplicative"],
)
def test_fixed_points_equal_those_of_a_plain_loop(variant):
    drift = make(variant)
    found = sampling.fixed_points(drift, LABELS, SETTINGS)
    with torch.no_grad():
        for row, label in enumerate(LABELS):
            expected = plain(drift, label, torch.zeros(1, 3), SETTINGS)[0]
            assert torch.allclose(found[row], expected, rtol=1e-3, atol=1e-4)


def test_one_noisy_step_has_the_spread_of_the_diffusion():
    drift = make(levels=2)
    settings = Sampling(steps=1, step_size=1e-5, samples=4000)
    step = next(iter(sampling.steps(drift, drift.codes([CONTROL]), settings)))
    size = sampling.step_sizes(drift, settings)[0]
    assert size == pytest.approx(10.0)
    assert step.spread == pytest.approx(math.sqrt(2 * size))


def test_states_repeat_with_the_seed_and_differ_between_perturbations():
    drift = make()
    first, second = (
        sampling.anneal(drift, LABELS, SETTINGS, torch.Generator().manual_seed(1))
        for _ in range(2)
    )
    assert first.shape == (3, 4, 3)
    assert torch.equal(first, second)
    assert not torch.allclose(first[0], first[1])


def test_batches_of_perturbations_do_not_change_fixed_points(monkeypatch):
    drift = make()
    expected = sampling.fixed_points(drift, LABELS, SETTINGS)
    monkeypatch.setattr(sampling, "ROWS", 1)
    assert torch.allclose(sampling.fixed_points(drift, LABELS, SETTINGS), expected, atol=1e-5)


def test_without_a_network_the_pull_alone_decides_the_spread():
    drift = make(levels=12)
    with torch.no_grad():
        for layer in (drift.first, drift.second, drift.last, drift.inject_first):
            layer.weight.zero_()
            layer.bias.zero_()
        drift.inject_second.weight.zero_()
        drift.inject_second.bias.zero_()
        drift.time[2].weight.zero_()
        drift.time[2].bias.zero_()
    settings = Sampling(steps=60, step_size=1e-5, samples=3000)
    generator = torch.Generator().manual_seed(0)
    states = sampling.anneal(drift, [CONTROL], settings, generator)[0]
    # What remains is the pull (1 / sqrt(1 + sigma^2) - 1) x / sigma^2, about -x / 2 at low noise.
    sigma = drift.sigma
    variance = 1.0
    for level, size in enumerate(sampling.step_sizes(drift, settings)):
        keep = 1 + size * float((1 / (1 + sigma[level] ** 2).sqrt() - 1) / sigma[level] ** 2)
        for _ in range(settings.steps):
            variance = keep**2 * variance + 2 * size
    assert float(states.var()) == pytest.approx(variance, rel=0.05)
