"""Small data for trainings of stage 1."""

import numpy as np
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

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


class Windows(pl.LightningDataModule):
    """The same batches in every epoch, by position alone."""

    def __init__(self, train, valid, batch=8):
        super().__init__()
        self.sets, self.batch = (TensorDataset(*train), TensorDataset(*valid)), batch

    def train_dataloader(self):
        return DataLoader(self.sets[0], self.batch)

    def val_dataloader(self):
        return DataLoader(self.sets[1], self.batch)
