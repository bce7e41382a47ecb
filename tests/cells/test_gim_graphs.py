"""Relaxed graphs, cyclicity and the graph that is taken in the end."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from causeway.cells.gim.graphs import acyclic, cyclicity, relaxed, topological


@given(st.integers(0, 10_000), st.integers(2, 7))
def test_cyclicity_is_zero_exactly_for_acyclic_graphs(seed, nodes):
    graph = np.random.default_rng(seed).random((nodes, nodes)) < 0.4
    np.fill_diagonal(graph, False)
    try:
        topological(graph)
        cycle = False
    except ValueError:
        cycle = True
    value = float(cyclicity(torch.from_numpy(graph.astype(float))))
    assert (value > 1e-9) == cycle


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_the_graph_taken_is_acyclic_and_keeps_what_closes_no_cycle(seed, nodes):
    scores = np.random.default_rng(seed).random((nodes, nodes))
    np.fill_diagonal(scores, 0)
    graph = acyclic(scores)
    order = topological(graph)
    place = np.argsort(order)
    assert all(place[i] < place[j] for i, j in np.argwhere(graph))
    # Whatever was left out despite its score would have closed a cycle of stronger edges.
    for i, j in np.argwhere((scores > 0.5) & ~graph):
        stronger = graph & (scores >= scores[i, j])
        stronger[i, j] = True
        with pytest.raises(ValueError, match="cycle"):
            topological(stronger)


def test_a_graph_without_cycles_is_taken_whole():
    true = np.triu(np.ones((5, 5), dtype=bool), 1)
    assert (acyclic(np.where(true, 0.9, 0.1)) == true).all()


def test_draws_follow_the_logits_and_have_no_loops():
    generator = torch.Generator().manual_seed(0)
    logits = torch.tensor([[0.0, 2.0], [-1.0, 0.0]])
    draws = relaxed(logits, 4.0, torch.rand(20_000, 2, 2, generator=generator))
    assert (draws[:, [0, 1], [0, 1]] == 0).all()
    share = (draws > 0.5).float().mean(0)
    assert float(share[0, 1]) == pytest.approx(float(torch.tensor(2.0).sigmoid()), abs=0.01)
    assert float(share[1, 0]) == pytest.approx(float(torch.tensor(-1.0).sigmoid()), abs=0.01)
