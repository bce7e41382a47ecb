"""Operations that LCD counts are those that torch counts."""

import pytest
import torch

from causeway.cells.lcd import work as lcd
from causeway.cells.lcd import zip as measurement
from causeway.cells.lcd.config import LCDConfig, Levels, Network, Noise, Variant
from causeway.cells.lcd.drift import CausalDrift, Injection
from causeway.cells.lcd.generator import Generator
from causeway.cost.counts import Counts
from torch_flops import counted

RULES = {"denoise": 320, "train": 340, "sample": 330}
"""Jobs that Snakemake finds at the full scale."""


def test_steps_of_lcd_are_what_torch_counts():
    genes, noise = 30, Noise(latent=8, hidden=16, wide_hidden=24, draws=50, batch=7)
    generator = Generator(genes, noise)
    logit = torch.zeros(genes, requires_grad=True)
    counts = torch.ones(noise.batch, genes)

    def stage1():
        rate = measurement.rates(generator(torch.randn(noise.draws, 8)), torch.ones(genes))
        measurement.objective(counts, rate, logit, [1.0]).backward()

    assert lcd.noise_step_flops(genes, noise) == pytest.approx(counted(stage1), rel=0.01)
    network = Network(hidden=32, embedding=16, levels=Levels(count=3))
    drift, states = CausalDrift(genes, ["A"], network, Variant()), torch.randn(40, genes)
    injection = Injection(torch.zeros(32), torch.zeros(32))
    time = torch.zeros(40, 32)
    found = counted(lambda: drift.network(states, time, injection))
    assert lcd.drift_flops(genes, network) * 40 == found
    found = counted(lambda: drift.network(states, time, injection).sum().backward())
    assert lcd.drift_step_flops(genes, network) * 40 == found


def test_lcd_knows_the_trainings_and_not_what_is_held_out():
    works = list(lcd.work(LCDConfig(), Counts()))
    jobs = {rule: sum(work.jobs for work in works if work.rule == rule) for rule in RULES}
    assert jobs == RULES
    held_out = [work for work in works if work.rule == "sample"]
    assert [work.amount is None for work in held_out] == [True, True, False, False]
