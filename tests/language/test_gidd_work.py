"""Operations that the sweep of GIDD counts are those that torch counts."""

import pytest
import torch

from causeway.cost.counts import Counts
from causeway.language.gidd import work as gidd
from causeway.language.gidd.config import GIDDConfig
from causeway.language.gidd.settings import Network, Plan, Size
from causeway.language.gidd.transformer import Transformer
from torch_flops import counted


def train(config):
    (found,) = gidd.work(config, Counts())
    return found


def test_a_run_of_the_sweep_is_what_torch_counts():
    size, vocabulary, length, batch = Size(layers=2, width=64, head=32), 300, 48, 3
    network = Transformer(vocabulary, length, size, Network())
    tokens = torch.zeros(batch, length, dtype=torch.long)
    plan = Plan(name="toy", size=size, batch=batch, steps=2, steps_per_epoch=1)
    found = counted(lambda: network(tokens).sum().backward())
    assert gidd.run_flops(plan, length, vocabulary) == pytest.approx(2 * found, rel=0.01)
    weights = sum(weight.numel() for weight in network.parameters())
    assert gidd.run_parameters(plan, vocabulary) == pytest.approx(weights, rel=0.02)


def test_the_full_sweep_is_shared_among_its_jobs():
    config = GIDDConfig()
    work = train(config)
    assert work.jobs == 1050
    assert work.amount / work.jobs < work.longest < work.amount
    fewer = train(config.model_copy(update={"jobs": 10}))
    assert fewer.jobs == 10
    assert fewer.amount == pytest.approx(work.amount)
    assert fewer.longest == pytest.approx(work.amount / 10, rel=0.02)
    letters = config.tokens.model_copy(update={"kind": "characters"})
    assert train(config.model_copy(update={"tokens": letters})).amount is None
