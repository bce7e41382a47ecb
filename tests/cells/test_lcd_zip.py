"""The likelihood of counts, against a slow naive form and against known laws."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional as F

from causeway.cells.lcd import zip as measurement


def naive(counts, rate, logit):
    """Sum over genes of an (n, M, d) array."""
    x, rate = counts[:, None], rate[None] + measurement.TINY
    zero = torch.logaddexp(-F.softplus(-logit), -F.softplus(logit) - rate)
    some = -F.softplus(logit) + x * rate.log() - rate - torch.lgamma(x + 1)
    return torch.where(x > 0, some, zero).sum(-1)


@pytest.fixture
def drawn():
    generator = torch.Generator().manual_seed(0)
    rate = 30 * torch.rand(40, 25, generator=generator).square()
    logit = torch.randn(25, generator=generator)
    counts = measurement.draw(rate[:16], logit, generator)
    return counts, rate, logit


def test_products_of_matrices_equal_the_naive_form(drawn):
    found, expected = measurement.log_likelihood(*drawn), naive(*drawn)
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_so_do_the_gradients(drawn):
    counts, rate, logit = drawn
    gradients = []
    for likelihood in (measurement.log_likelihood, naive):
        leaves = rate.clone().requires_grad_(), logit.clone().requires_grad_()
        measurement.marginal(likelihood(counts, *leaves)).mean().backward()
        gradients.append([leaf.grad for leaf in leaves])
    for found, expected in zip(*gradients, strict=True):
        assert torch.allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_without_inflation_it_is_a_poisson_law():
    counts = torch.tensor([[0.0, 3.0, 17.0]])
    rate = torch.tensor([[0.4, 2.0, 20.0]])
    found = measurement.log_likelihood(counts, rate, torch.full((3,), -60.0))
    expected = stats.poisson.logpmf(counts.numpy(), rate.numpy()).sum()
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_probabilities_of_all_counts_sum_to_one():
    counts = torch.arange(200.0)[:, None]
    found = measurement.log_likelihood(counts, torch.tensor([[7.0]]), torch.tensor([-0.5]))
    assert float(found.exp().sum()) == pytest.approx(1, abs=1e-5)


def test_temperature_leads_from_marginal_to_mean(drawn):
    likelihood = measurement.log_likelihood(*drawn)
    marginal = measurement.marginal(likelihood, 1.0)
    expected = likelihood.double().exp().mean(1).log()
    assert torch.allclose(marginal.double(), expected, rtol=1e-4)
    hot = measurement.marginal(likelihood.double(), 1e7)
    assert torch.allclose(hot, likelihood.double().mean(1), rtol=1e-3)
    assert (measurement.marginal(likelihood, 20.0) <= marginal + 1e-3).all()


def test_the_unit_scale_is_the_rate_under_inflation():
    generator = torch.Generator().manual_seed(1)
    rate, logit = torch.tensor([2.0, 9.0, 30.0]), torch.tensor([-2.0, -1.0, 0.0])
    counts = measurement.draw(rate.expand(200_000, 3), logit, generator)
    assert torch.allclose(measurement.unit_scale(counts), rate, rtol=0.02)


def test_genes_without_counts_or_with_few_keep_the_unit_scale_one():
    counts = torch.zeros(10, 2)
    counts[0, 1] = 1
    assert measurement.unit_scale(counts).tolist() == [1.0, 1.0]


def test_draws_have_the_moments_of_the_law():
    generator = torch.Generator().manual_seed(2)
    counts = measurement.draw(torch.full((100_000, 1), 4.0), torch.tensor([0.0]), generator)
    assert float(counts.mean()) == pytest.approx(2.0, abs=0.03)
    zeros = 0.5 + 0.5 * np.exp(-4)
    assert float((counts == 0).double().mean()) == pytest.approx(zeros, abs=0.006)
