"""Small data for trainings of stage 1."""

import numpy as np
import torch

from causeway.genomes.baselines.examples import Examples
from causeway.genomes.phenformer.sizes import EncoderSize

torch.set_num_threads(1)  # networks so small gain nothing from a second one

SMALL = EncoderSize(window=256, halvings=4, stem=16, width=32, layers=1, heads=4)
CONTEXTS = ["liver", "lung", "brain"]


def windows(n, length=256, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 5, (n, length), dtype=torch.uint8, generator=generator)


def expression(n, contexts=3, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.gamma(2, 1, (n, contexts)).astype(np.float32))


def examples(n, seed=0):
    return Examples(windows(n, seed=seed).numpy(), expression(n, seed=seed).numpy())
