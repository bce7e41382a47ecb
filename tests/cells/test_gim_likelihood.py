"""The exact mixture over targets, sums of residuals, and gradients."""

import doctest
from itertools import product

import numpy as np
import pytest
import torch
from torch import distributions

from causeway.cells.gim import likelihood
from causeway.cells.gim.likelihood import Interventions, Sums
from causeway.cells.gim.mechanisms import LinearMechanisms, NetworkMechanisms, gather

GENES = 5


@pytest.fixture
def cells():
    generator = torch.Generator().manual_seed(0)
    number = torch.tensor([7, 3, 4])
    states = torch.randn(14, GENES, generator=generator, dtype=torch.float64)
    return gather(states, number)


def mechanisms(kind):
    torch.manual_seed(1)
    made = LinearMechanisms(GENES) if kind == "linear" else NetworkMechanisms(GENES, 3)
    made = made.double()
    with torch.no_grad():
        for weight in made.parameters():
            weight.normal_(0, 0.7)
    return made


def acyclic_graph():
    return torch.triu(torch.ones(GENES, GENES, dtype=torch.float64), 1)


@pytest.mark.parametrize("kind", ["linear", "network"])
def test_sums_are_those_of_the_residuals_themselves(cells, kind):
    made = mechanisms(kind)
    graphs = torch.rand(2, GENES, GENES, dtype=torch.float64)
    sums = made.sums(cells, graphs)
    for draw, graph in enumerate(graphs):
        residuals = (cells.states - made(cells.states, graph)).split(cells.number.tolist())
        first = torch.stack([part.sum(0) for part in residuals])
        second = torch.stack([part.square().sum(0) for part in residuals])
        torch.testing.assert_close(sums.first[draw], first)
        torch.testing.assert_close(sums.second[draw], second)


@pytest.mark.parametrize("genes", [1, 4, 8])
@pytest.mark.parametrize("hard", [False, True])
def test_the_mixture_is_the_sum_over_all_sets_of_targets(genes, hard):
    torch.manual_seed(genes)
    made = LinearMechanisms(genes).double()
    with torch.no_grad():
        made.weight.normal_(0, 0.5)
    graph = torch.triu(torch.ones(genes, genes, dtype=torch.float64), 1)
    states = torch.randn(3, genes, dtype=torch.float64)
    log_noise = 0.3 * torch.randn(genes, dtype=torch.float64)
    told = Interventions(*torch.randn(3, 1, genes, dtype=torch.float64))
    cells = gather(states, torch.tensor([3]))
    residuals = made.sums(cells, graph[None])
    own = cells.own() if hard else residuals
    cost = 1.3
    untouched, touched = likelihood.both(residuals, own, told, log_noise)
    fast = likelihood.mixture(untouched, touched - cost, told.logits).sum()

    mean = made(states, graph)
    terms = []
    for chosen in product([0.0, 1.0], repeat=genes):
        hit = torch.tensor(chosen, dtype=torch.float64)
        kept = mean * (1 - hit) if hard else mean
        law = distributions.Normal(
            kept + hit * told.shift[0], torch.exp(log_noise + hit * told.log_scale[0])
        )
        prior = distributions.Bernoulli(logits=told.logits[0]).log_prob(hit).sum()
        terms.append(prior - cost * hit.sum() + law.log_prob(states).sum())
    torch.testing.assert_close(fast, torch.logsumexp(torch.stack(terms), 0), rtol=1e-10, atol=1e-9)


def test_the_posterior_is_the_gradient_of_the_mixture():
    torch.manual_seed(3)
    untouched, touched = torch.randn(2, 6, dtype=torch.float64)
    logits = torch.randn(6, dtype=torch.float64)
    touched.requires_grad_()
    likelihood.mixture(untouched, touched, logits).sum().backward()
    expected = likelihood.posterior(untouched, touched, logits)
    torch.testing.assert_close(touched.grad, expected.detach())


def test_certain_targets_leave_one_term():
    untouched, touched = torch.tensor([-3.0]), torch.tensor([-5.0])
    for logit, expected in ((60.0, touched), (-60.0, untouched)):
        found = likelihood.mixture(untouched, touched, torch.tensor([logit]))
        torch.testing.assert_close(found, expected)


def test_a_gaussian_of_sums_is_that_of_cells():
    values = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)
    sums = Sums(torch.tensor([[3.0]]), values.sum()[None, None], values.square().sum()[None, None])
    found = likelihood.gaussian(sums, 0.4, torch.tensor([0.2], dtype=torch.float64))
    law = distributions.Normal(0.4, np.exp(0.2))
    torch.testing.assert_close(found[0, 0], law.log_prob(values).sum(), check_dtype=False)


@pytest.mark.parametrize("kind", ["linear", "network"])
def test_volume_is_zero_without_cycles_and_a_change_of_variables_with_them(cells, kind):
    made = mechanisms(kind)
    acyclic = made.volume(cells.states, acyclic_graph()[None])
    torch.testing.assert_close(acyclic, torch.zeros(1, dtype=torch.float64), atol=1e-12, rtol=0)
    graph = 1 - torch.eye(GENES, dtype=torch.float64)
    slow = torch.stack(
        [
            torch.linalg.slogdet(
                torch.autograd.functional.jacobian(lambda x: x - made(x, graph), cell)
            )[1]
            for cell in cells.states
        ]
    ).mean()
    torch.testing.assert_close(made.volume(cells.states, graph[None])[0], slow)


def test_the_example_of_the_page_runs(root):
    page = root / "docs" / "systems" / "gim.md"
    found = doctest.testfile(str(page), module_relative=False)
    assert found.attempted
    assert not found.failed
