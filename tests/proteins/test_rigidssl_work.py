"""Operations that RigidSSL counts are those that torch counts, and grow as they should."""

import json

import pytest
import torch
from plain_trunk import PlainTrunk

from causeway.cost.counts import Counts
from causeway.proteins.rigidssl.config import Network, RigidSSLConfig
from causeway.proteins.rigidssl.work import step_flops, work
from torch_flops import counted

SWISSPROT = Counts({("afdb-swissprot-v4", "chains"): 1000, ("afdb-swissprot-v4", "files"): 1200})


def test_a_step_of_the_trunk_is_what_torch_counts():
    network = Network(
        node=64,
        edge=32,
        blocks=2,
        heads=4,
        hidden=16,
        query_points=4,
        value_points=4,
        skip=32,
        features=8,
        bins=22,
    )
    length = 24
    trunk = PlainTrunk(network, "global")
    quaternion = torch.nn.functional.normalize(torch.randn(2, length, 4), dim=-1)
    inputs = (
        quaternion,
        torch.randn(2, length, 3, requires_grad=True),
        torch.full((2,), 0.4),
        torch.arange(length).expand(2, length),
        torch.ones(2, length, dtype=torch.bool),
        torch.tensor([0, 1]),
    )
    found = counted(lambda: trunk(*inputs))
    assert step_flops(network, length) / 3 == pytest.approx(found, rel=0.05)


def by_rule(config, counts):
    return {part.rule: part for part in work(config, counts)}


def test_pretraining_grows_with_epochs_runs_and_chains():
    config = RigidSSLConfig()
    works = by_rule(config, SWISSPROT)
    step = step_flops(config.network, 512)
    assert works["pretrain"].amount == pytest.approx(9 * 900 * 10 * step)
    assert works["prepare"].amount == 1200
    assert works["prepare"].written == 1000 * 512 * 43
    longer = config.training.model_copy(update={"epochs": 20})
    twice = by_rule(config.model_copy(update={"training": longer}), SWISSPROT)
    assert twice["pretrain"].amount == 2 * works["pretrain"].amount
    assert by_rule(config, Counts())["pretrain"].amount is None


def test_the_measured_rate_is_by_the_same_count(root):
    rows = json.loads((root / "docs/benchmarks/trunk.json").read_text())["rows"]
    for row in rows:
        assert step_flops(Network(), row["length"]) / 1e9 == row["plain_gflop"]
