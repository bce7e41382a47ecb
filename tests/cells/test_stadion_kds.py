"""The deviation from stationarity: against nested autodiff, at stationarity, and compiled."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from causeway.cells.stadion.compiled import LinearDeviation
from causeway.cells.stadion.kds import all_pairs, kernel_deviation, pair_terms
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


@pytest.mark.parametrize(("d", "n"), [(1, 2), (5, 128), (20, 127)])
def test_the_compiled_loop_is_autograd(d, n):
    states, (weight, bias, log_noise) = case(d, n, dtype=torch.float32)

    def value(form):
        variance = torch.exp(2 * log_noise)
        if form == "compiled":
            return LinearDeviation.apply(states, weight, bias, variance, 3.0)
        return kernel_deviation(states, states @ weight.T + bias, variance, bandwidth=3.0)

    compiled, plain = value("compiled"), value("plain")
    assert compiled.item() == pytest.approx(plain.item(), rel=1e-5)
    parameters = weight, bias, log_noise
    for mine, theirs in zip(
        torch.autograd.grad(3 * compiled, parameters),
        torch.autograd.grad(3 * plain, parameters),
        strict=True,
    ):
        assert (mine - theirs).abs().max() < 1e-5 * theirs.abs().max()


def test_one_sample_makes_no_pair():
    with pytest.raises(ValueError, match="two samples"):
        kernel_deviation(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(2))
