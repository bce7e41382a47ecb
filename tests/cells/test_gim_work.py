"""Operations that GIM counts are those that torch counts."""

import pytest
import torch

from causeway.cells.gim import work as gim
from causeway.cells.gim.config import GIMConfig, Network, Training, Variant
from causeway.cells.gim.mechanisms import LinearMechanisms, NetworkMechanisms, gather
from causeway.cells.worlds.hill_settings import HillWorld
from causeway.cost.counts import Counts
from torch_flops import counted


@pytest.mark.parametrize("mechanisms", ["linear", "network"])
def test_a_step_of_gim_is_what_torch_counts(mechanisms):
    world = HillWorld(genes=24, drugs=3, doses=[1.0, 2.0], cells=10, controls=20)
    number = torch.tensor([20, *[10] * 6])
    cells = gather(torch.randn(int(number.sum()), 24), number)
    network, training = Network(mechanism=5), Training(draws=2)
    model = LinearMechanisms(24) if mechanisms == "linear" else NetworkMechanisms(24, 5)
    graphs = torch.rand(2, 24, 24, requires_grad=True)
    found = counted(lambda: sum(part.sum() for part in model.sums(cells, graphs)).backward())
    told = gim.mechanism_flops(world, Variant(mechanisms=mechanisms), network, training)
    assert told == pytest.approx(found, rel=0.15)


def test_gim_knows_its_worlds_alone():
    works = list(gim.work(GIMConfig(), Counts()))
    assert len(works) == 16
    assert sum(work.amount is None for work in works) == 4
