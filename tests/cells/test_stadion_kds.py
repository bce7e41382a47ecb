"""The deviation from stationarity: against nested autodiff, at stationarity, and compiled."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from causeway.cells.stadion.batches import Batch
from causeway.cells.stadion.config import PRESETS, Training
from causeway.cells.stadion.kds import all_pairs, kernel_deviation, pair_terms
from causeway.cells.stadion.learned import build
from causeway.cells.stadion.module import Stadion
from causeway.cells.worlds.linear import stationary_covariance


def nested(drift, variance, bandwidth, x, y):
    """The generator applied twice by automatic differentiation, as its definition says."""

    def kernel(x, y):
        return torch.exp(-((x - y) ** 2).sum() / (2 * bandwidth**2))

    def slopes(value, at):
        return torch.autograd.grad(value, at, create_graph=True)[0]

    def generator(function, place):
        def applied(x, y):
            at = (x, y)[place]
            slope = slopes(function(x, y), at)
            curvature = [slopes(one, at)[i] for i, one in enumerate(slope)]
            return drift(at) @ slope + (variance * torch.stack(curvature)).sum() / 2

        return applied

    x, y = x.clone().requires_grad_(), y.clone().requires_grad_()
    return generator(generator(kernel, 0), 1)(x, y)


def case(d, n, seed=0, dtype=torch.float64):
    """States and the parameters of a nonlinear drift."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=dtype)

    parameters = [normal(d, d), normal(d), 0.3 * normal(d)]
    return 2 * normal(n, d), [one.requires_grad_() for one in parameters]


def drift_of(weight, bias):
    return lambda states: torch.tanh(states @ weight.T) + bias - states


@pytest.mark.parametrize("d", [1, 2, 5, 7])
def test_value_and_gradient_are_those_of_nested_differentiation(d):
    states, parameters = case(d, 4)
    weight, bias, log_noise = parameters
    drift = drift_of(weight, bias)
    pairs = torch.stack(
        [
            torch.stack([nested(drift, torch.exp(2 * log_noise), 1.7, x, y) for y in states])
            for x in states
        ]
    )
    slow = {
        "linear": pairs[:2, 2:].diagonal().mean(),
        "u-statistic": (pairs.sum() - pairs.diagonal().sum()) / 12,
        "v-statistic": pairs.mean(),
    }
    for estimator, value in slow.items():
        ours = kernel_deviation(
            states,
            drift(states),
            torch.exp(2 * log_noise),
            bandwidth=1.7,
            estimator=estimator,
        )
        assert ours.item() == pytest.approx(value.item(), rel=1e-9, abs=1e-12)
        theirs = torch.autograd.grad(value, parameters, retain_graph=True)
        for mine, other in zip(torch.autograd.grad(ours, parameters), theirs, strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("d", [5, 20, 50])
def test_single_precision_loses_little(d):
    states, (weight, bias, log_noise) = case(d, 64)
    variance = torch.exp(2 * log_noise)
    exact = all_pairs(states, drift_of(weight, bias)(states), variance, 5.0)
    single = [one.detach().float() for one in (states, weight, bias, variance)]
    rounded = all_pairs(single[0], drift_of(*single[1:3])(single[0]), single[3], 5.0)
    assert (rounded - exact).abs().max() < 1e-5 * exact.abs().max()


def test_the_gradient_by_hand_is_that_of_differences():
    generator = torch.Generator().manual_seed(3)
    x, y = torch.randn((2, 4, 5, 3), generator=generator, dtype=torch.float64)
    a, b = torch.randn((2, 4, 5, 3), generator=generator, dtype=torch.float64)
    for shape in ((3,), (4, 3), (1, 3)):
        variance = torch.rand(shape, generator=generator, dtype=torch.float64)
        inputs = [one.clone().requires_grad_() for one in (a, b, variance)]
        assert torch.autograd.gradcheck(lambda *at: pair_terms(x, y, *at, 1.3), inputs)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 5), st.integers(2, 9))
def test_symmetries(seed, bandwidth, n):
    states, (weight, bias, log_noise) = case(3, n, seed)
    drift, variance = drift_of(weight, bias)(states).detach(), torch.exp(2 * log_noise).detach()
    terms = all_pairs(states, drift, variance, bandwidth)
    torch.testing.assert_close(terms, terms.T)
    # A shift of all states and a change of units of space and kernel change nothing.
    torch.testing.assert_close(all_pairs(states + 7, drift, variance, bandwidth), terms)
    scaled = all_pairs(3 * states, 3 * drift, 9 * variance, 3 * bandwidth)
    torch.testing.assert_close(scaled, terms)
    # Faster time counts squared, as both generators speed up.
    torch.testing.assert_close(all_pairs(states, 2 * drift, 2 * variance, bandwidth), 4 * terms)
    # A mean of a positive-definite kernel cannot be negative.
    v = kernel_deviation(states, drift, variance, bandwidth=bandwidth, estimator="v-statistic")
    assert v > -1e-12


def stationary(d, n, seed):
    """A stable linear drift and exact samples of its stationary distribution."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(d, d)) / np.sqrt(d) - 2 * np.eye(d)
    bias = rng.normal(size=d)
    root = np.linalg.cholesky(stationary_covariance(weight))
    states = np.linalg.solve(weight, -bias) + rng.normal(size=(n, d)) @ root.T
    return [torch.from_numpy(one) for one in (states, weight, bias)]


@pytest.mark.parametrize("d", [2, 6])
def test_zero_at_stationarity_and_positive_away(d):
    n, ones = 200_000, torch.ones(d, dtype=torch.float64)
    states, weight, bias = stationary(d, n, d)
    half = n // 2

    def terms(weight, bias, variance):
        drift = states @ weight.T + bias
        parts = states[:half], states[half:], drift[:half], drift[half:]
        return pair_terms(*parts, variance, 1.0).numpy()

    # Pairs are independent, so that their mean has a known error.
    assert stats.ttest_1samp(terms(weight, bias, ones), 0).pvalue > 1e-3
    for wrong in (
        (weight, bias + 0.5, ones),
        (weight, bias, 2 * ones),
        (2 * weight, bias, ones),
        (torch.diag(torch.diagonal(weight)), bias, ones),
    ):
        found = stats.ttest_1samp(terms(*wrong), 0, alternative="greater")
        assert found.pvalue < 1e-3


def test_what_does_not_show_in_the_stationary_distribution_does_not_show():
    """A rotation of probability, Q S^-1 with Q antisymmetric, leaves the distribution alone."""
    states, weight, bias = stationary(3, 20_000, 5)
    covariance = torch.from_numpy(stationary_covariance(weight.numpy()))
    turning = torch.tensor([[0, 1, -2], [-1, 0, 1], [2, -1, 0]], dtype=torch.float64)
    mean = torch.linalg.solve(weight, -bias)
    other = weight + turning @ torch.linalg.inv(covariance)
    drift = (states - mean) @ other.T
    parts = states[:10_000], states[10_000:], drift[:10_000], drift[10_000:]
    found = pair_terms(*parts, torch.ones(3, dtype=torch.float64), 1.0)
    assert stats.ttest_1samp(found.numpy(), 0).pvalue > 1e-3


@pytest.mark.parametrize(("d", "n", "replicates"), [(1, 2, 1), (5, 128, 3), (20, 127, 2)])
def test_the_compiled_step_is_autograd(d, n, replicates):
    rng, environments = np.random.default_rng(d), 4
    torch.manual_seed(d)
    training = Training(penalty=0.3, initial_scale=0.4, initial_log_noise=-0.5)
    masks = (rng.random((environments, d)) < 0.6).astype(np.float32)
    module = Stadion(
        {seed: build(PRESETS["known"], training, masks) for seed in range(replicates)}, training
    )
    batches = [
        Batch(torch.from_numpy(rng.normal(size=(n - seed, d)).astype(np.float32)), 3 - seed)
        for seed in range(replicates)
    ]
    module.diffusions["0"].drift.effects.data[0] = 0
    plain = module.training_step(batches)
    module.backward(plain)
    wanted = {name: one.grad.clone() for name, one in module.named_parameters()}
    before = {name: one.detach().clone() for name, one in module.named_parameters()}
    module.stack()
    for _ in range(2):  # what an earlier step left is written over
        module.optimizer_zero_grad(0, 0, None)
        value = module.training_step(batches)
        module.backward(value)
    assert not value.requires_grad
    assert value.item() == pytest.approx(plain.item(), rel=1e-5)
    for name, one in module.named_parameters():
        assert torch.equal(one, before[name])
        assert (one.grad - wanted[name]).abs().max() <= 1e-5 * wanted[name].abs().max()


@pytest.mark.parametrize(
    "settings", [{"estimator": "u-statistic"}, {"variant": "network"}], ids=lambda one: str(one)
)
def test_what_is_not_compiled_is_left_to_autograd(settings):
    variant = PRESETS[settings.pop("variant", "known")]
    training = Training(**settings)
    masks = np.eye(3, dtype=np.float32)
    module = Stadion({0: build(variant, training, masks)}, training)
    module.stack()
    assert module.training_step([Batch(torch.randn(8, 3), 1)]).requires_grad


@pytest.mark.parametrize(("processes", "by_autograd"), [(1, False), (2, True)])
def test_processes_that_train_together_need_autograd(processes, by_autograd):
    training = Training()
    module = Stadion({0: build(PRESETS["known"], training, np.eye(3, dtype=np.float32))}, training)
    module._trainer = SimpleNamespace(world_size=processes, global_step=0)
    module.on_train_start()
    loss = module.training_step([Batch(torch.randn(8, 3), 1)])
    assert loss.requires_grad == by_autograd


def test_one_sample_makes_no_pair():
    with pytest.raises(ValueError, match="two samples"):
        kernel_deviation(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(2))
