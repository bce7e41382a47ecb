"""Stage 1 on counts of known states."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from causeway.cells.lcd import zip as measurement
from causeway.cells.lcd.batches import StepData
from causeway.cells.lcd.config import Noise, Variant
from causeway.cells.lcd.generator import Generator
from causeway.cells.lcd.negative_binomial import likeliest
from causeway.cells.lcd.noise_module import NoiseTraining
from causeway.cells.lcd.regeneration import regeneration
from causeway.cells.normalisation import log_normalised
from causeway.hardware import Hardware
from causeway.training import fit

GENES, KINDS, CELLS = 30, 5, 500
NOISE = Noise(
    latent=8,
    hidden=24,
    blocks=1,
    wide_hidden=24,
    wide_blocks=1,
    draws=256,
    steps=4000,
    learning_rate=5e-3,
    warmup=100,
)


class World(NamedTuple):
    means: np.ndarray
    rates: np.ndarray
    counts: list[np.ndarray]
    others: list[np.ndarray]


@pytest.fixture(scope="module")
def world():
    """Correlated normal states whose counts are inflated with zeros; means differ."""
    rng = np.random.default_rng(0)
    root = 0.5 * rng.normal(size=(GENES, GENES)) / np.sqrt(GENES)
    # States far below zero make no counts, so that nothing could tell them apart.
    means = rng.uniform(0.5, 3, (KINDS, GENES))
    scale = np.exp(rng.uniform(0, np.log(20), GENES))
    dropout = rng.uniform(0, 0.3, GENES)

    def draw(kind):
        states = means[kind] + rng.normal(size=(CELLS, GENES)) @ root.T
        rate = scale * np.logaddexp(states, 0)
        return rate, rng.poisson(rate) * (rng.random(rate.shape) >= dropout)

    drawn = [[draw(kind) for kind in range(KINDS)] for _ in range(2)]
    return World(
        means,
        np.array([rate.mean(0) for rate, _ in drawn[0]]),
        *([counts.astype("f4") for _, counts in part] for part in drawn),
    )


@pytest.fixture(scope="module")
def fitted(world, tmp_path_factory):
    place = tmp_path_factory.mktemp("noise")
    torch.manual_seed(0)
    data = StepData(NOISE.steps)
    counts = [torch.as_tensor(one) for one in world.counts]
    module = NoiseTraining(counts, 0, NOISE, Variant(), 0, data.length)
    fit(
        module,
        data,
        epochs=data.epochs,
        hardware=Hardware(accelerator="cpu"),
        seed=0,
        threads=1,
        resume=place,
        history=place / "history.parquet",
        checkpoint=place / "noise.ckpt",
        gradient_clip=NOISE.gradient_clip,
    )
    return module.eval()


def rates(module, samples, seed):
    return [measurement.rates(one, module.scale) for one in module.states(samples, seed)]


def test_means_of_states_and_rates_come_back(world, fitted):
    states = np.array([one.mean(0).numpy() for one in fitted.states(2000, 0)])
    # The unit scale is known up to an estimate, which moves states of a gene together.
    shifts = [(one[1:] - one[0]).ravel() for one in (states, world.means)]
    assert np.corrcoef(*shifts)[0, 1] >= 0.95
    found = np.array([one.mean(0).numpy() for one in rates(fitted, 2000, 0)])
    assert np.corrcoef(np.log(found).ravel(), np.log(world.rates).ravel())[0, 1] >= 0.99


def test_unseen_cells_are_likelier_than_under_independent_negative_binomials(world, fitted):
    logit = fitted.logit.detach()
    for kind, rate in enumerate(rates(fitted, 5000, 1)):
        unseen = torch.as_tensor(world.others[kind])
        likelihood = measurement.log_likelihood(unseen, rate, logit)
        ours = float(measurement.marginal(likelihood).mean())
        # Even than under those that were fitted to these very cells.
        assert ours >= likeliest(world.others[kind]).mean()


def test_regenerated_counts_are_like_real_ones(world, fitted):
    generator = torch.Generator().manual_seed(0)
    ratios = []
    for kind, rate in enumerate(rates(fitted, CELLS, 2)):
        made = measurement.draw(rate, fitted.logit.detach(), generator).numpy()
        typical = float(np.median(world.counts[kind].sum(1)))
        made, unseen = (log_normalised(one, typical) for one in (made, world.others[kind]))
        ratios.append(regeneration(unseen, made, kind).ratio)
    assert max(ratios) <= 1.3


def test_generators_start_near_unit_variance():
    torch.manual_seed(0)
    states = Generator(50, Noise()).draw(500, torch.Generator().manual_seed(0)).detach()
    assert states.shape == (500, 50)
    assert 0.3 < float(states.std()) < 10


def test_ablations_change_scale_and_temperatures(world):
    counts = [torch.as_tensor(one) for one in world.counts]
    plain = NoiseTraining(counts, 0, NOISE, Variant(unit_scaling=False), 0, 1)
    assert torch.equal(plain.scale, torch.ones(GENES))
    losses = []
    for variant in (Variant(), Variant(temperature=False)):
        torch.manual_seed(0)
        module = NoiseTraining(counts, 0, NOISE, variant, 0, 2)
        losses.append(float(module.training_step(0).detach()))
    assert losses[0] > losses[1], "a tempered likelihood is never above the marginal one"


def test_step_sizes_start_at_zero(world):
    counts = [torch.as_tensor(one) for one in world.counts]
    found = NoiseTraining(counts, 0, NOISE, Variant(), 0, 2).configure_optimizers()
    assert found["lr_scheduler"]["scheduler"].get_last_lr() == [0.0]


def test_one_step_moves_one_generator(world):
    counts = [torch.as_tensor(one) for one in world.counts]
    module = NoiseTraining(counts, 0, NOISE, Variant(), 0, 2)
    module.training_step(0).backward()
    moved = [
        any(weight.grad is not None for weight in one.parameters()) for one in module.generators
    ]
    assert sum(moved) == 1
    assert module.logit.grad is not None
