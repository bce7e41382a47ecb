"""Training and validation chains for Lightning."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from causeway.errors import InputError
from causeway.loading import ResumableLoader, reached
from causeway.proteins.rigidssl.batches import LengthBatches
from causeway.proteins.rigidssl.chains import Batch, Chains
from causeway.proteins.rigidssl.config import Variant

FORWARD_PAIRS = 100_000
"""Cap on the residue pairs of a batch without gradients; it does not change any result."""


def read_split(index: Path, split: str) -> pd.DataFrame:
    """Return the chains of one split, sorted by id.

    Raises
    ------
    InputError
        If the index lacks a column that is needed.
    """
    table = pd.read_parquet(index)
    needed = ["id", "length", "shard", "row", "cluster", "split"]
    missing = [name for name in needed if name not in table]
    if missing:
        raise InputError(
            index, f"no column {', '.join(missing)}", "Make it again with the step 'split'"
        )
    return table[table["split"] == split].sort_values("id", ignore_index=True)


class StructureData(pl.LightningDataModule):
    """Training and validation chains of an index.

    Batches and noise of training depend on seed, epoch and position alone, so a training that
    is resumed in the middle of an epoch sees what an undisturbed one sees. The noise of
    validation is the same in all epochs, seeds and runs.

    Parameters
    ----------
    index
        Parquet file with the columns ``id, length, shard, row, cluster, split``.
    shards
        Arrow shards by number.
    variant
        How views are made and how batches are filled.
    seed
        Seed of shuffles, noise and times in training.
    workers
        Processes that load batches.

    Raises
    ------
    InputError
        If the index has no training chain.
    """

    def __init__(
        self, index: Path, shards: Sequence[Path], variant: Variant, seed: int, workers: int = 0
    ) -> None:
        super().__init__()
        training = read_split(index, "train")
        if training.empty:
            raise InputError(
                index,
                "no chain for training",
                "Widen the filters, take more entries or make validation and test smaller",
            )
        self.training = Chains(training, shards, variant, ("train", seed))
        self.validation = Chains(read_split(index, "validation"), shards, variant, ("validation",))
        self._pairs = variant.pairs_per_batch
        self._seed = seed
        self._workers = workers

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return shuffled batches, from the step that the trainer has reached."""
        trainer = self.trainer
        sampler = LengthBatches(
            self.training.table["length"].to_numpy(),
            self._pairs,
            seed=self._seed,
            position=lambda: reached(self),
            rank=trainer.global_rank if trainer else 0,
            ranks=trainer.world_size if trainer else 1,
        )
        return self._loader(self.training, sampler)

    def val_dataloader(self) -> list[DataLoader[Batch]]:
        """Return the same batches in every epoch; none if no chain is held out."""
        if not len(self.validation):
            return []
        return [self._loader(self.validation, fixed_batches(self.validation))]

    def _loader(self, chains: Chains, sampler: Any) -> DataLoader[Batch]:
        return ResumableLoader(
            chains,
            batch_size=None,
            sampler=sampler,
            num_workers=self._workers,
            persistent_workers=self._workers > 0,
            pin_memory=torch.cuda.is_available(),
        )


def fixed_batches(chains: Chains, draws: int = 1) -> list[list[tuple[int, int]]]:
    """Return all (draw, row) of the chains, batched for evaluation in a fixed order."""
    lengths = np.tile(chains.table["length"].to_numpy(), draws)
    batches = LengthBatches(lengths, FORWARD_PAIRS, seed=0).epoch(0)
    return [[divmod(int(item), len(chains)) for item in batch] for batch in batches]
