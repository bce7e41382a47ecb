"""Reading a drift: a network that is linear on purpose gives back its own matrix."""

import numpy as np
import pytest
import torch

from causeway.cells.lcd.causal_matrix import read_out
from causeway.cells.lcd.config import Levels, Network, Sampling, Variant
from causeway.cells.lcd.drift import CausalDrift
from causeway.cells.lcd.reading import read_drift
from causeway.cells.lcd.standardise import Standard
from causeway.cells.structure import structure
from causeway.cells.worlds.linear import draw_system
from causeway.cells.worlds.settings import LinearWorld

GENES = 6
SMALL = 1e-3
"""Slope at which the tanh of the network are linear."""


@pytest.fixture(scope="module")
def system():
    settings = LinearWorld(genes=GENES, singles=GENES, degree=2, shift=(2, 3), bias=1)
    return draw_system(settings, np.random.default_rng(0))


@pytest.fixture(scope="module")
def drift(system) -> CausalDrift:
    """The drift A y + b + c_k, written with small inputs to the tanh."""
    tokens = [*system.perturbations.labels[1:], "unseen"]
    network = Network(hidden=GENES, embedding=GENES, levels=Levels(largest=1.0))
    made = CausalDrift(GENES, tokens, network, Variant(drift="simple"))
    shifts = torch.tensor(system.perturbations.shifts[1:], dtype=torch.float32)
    drift = torch.tensor(system.drift, dtype=torch.float32)
    with torch.no_grad():
        for part in made.parameters():
            part.zero_()
        made.first.weight.copy_(SMALL * torch.eye(GENES))
        made.second.weight.copy_(torch.eye(GENES))
        made.inject_first.weight.copy_(SMALL * torch.linalg.inv(drift))
        made.last.weight.copy_(drift / SMALL)
        made.last.bias.copy_(torch.tensor(system.bias, dtype=torch.float32))
        made.embeddings[:-1] = shifts
    made.mark_trained(system.perturbations.labels[1:])
    return made.eval()


def test_a_linear_network_gives_back_its_matrix(system, drift):
    standard = Standard(torch.zeros(GENES), torch.ones(GENES))
    reading = read_drift(drift, standard, Sampling(steps=2000), None)
    assert reading.environments == system.perturbations.labels[1:]
    assert np.allclose(reading.points, system.means[1:], atol=0.01)
    assert np.allclose(reading.control, system.means[0], atol=0.01)
    constants = system.bias + system.perturbations.shifts[1:]
    assert np.allclose(reading.constants, constants, atol=0.01)
    found = read_out(reading.points, reading.constants, reading.control, 1e-6)
    assert structure(found.effects, system.drift).relative_error < 0.01
    assert np.allclose(found.bias, system.bias, atol=0.05)


def test_coordinates_are_those_of_latent_states(drift):
    center, scale = torch.linspace(-1, 1, GENES), torch.linspace(0.5, 2, GENES)
    plain = read_drift(
        drift, Standard(torch.zeros(GENES), torch.ones(GENES)), Sampling(steps=100), None
    )
    found = read_drift(drift, Standard(center, scale), Sampling(steps=100), None)
    assert np.allclose(found.points, center.numpy() + scale.numpy() * plain.points, atol=1e-4)
    assert np.allclose(found.control, center.numpy() + scale.numpy() * plain.control, atol=1e-4)
    level = torch.zeros(1, dtype=torch.long)
    with torch.no_grad():
        injection = drift.injection(drift.codes(found.environments[2:3]))
        expected = drift(-(center / scale)[None], level, injection)[0] / scale
    assert np.allclose(found.constants[2], expected.numpy(), atol=1e-4)
