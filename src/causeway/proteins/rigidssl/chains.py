"""Chains as padded batches of noisy views."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from causeway.proteins import geometry
from causeway.proteins.chain import Chain
from causeway.proteins.igso3 import IGSO3
from causeway.proteins.rigidssl.config import Variant
from causeway.proteins.rigidssl.views import Views, canonicalise, perturb
from causeway.proteins.shards import ShardStore


class Batch(NamedTuple):
    """Padded chains.

    ``views`` (B, L, ...), ``tau`` (B,), ``residue`` indices (B, L), ``mask`` (B, L) true for
    residues, ``chain`` (B,) rows of the table, ``axes`` (B, 3, 3) of :func:`canonicalise`.
    """

    views: Views
    tau: Tensor
    residue: Tensor
    mask: Tensor
    chain: Tensor
    axes: Tensor


class Chains(Dataset[Batch]):
    """Noisy views of the chains of a table, by (draw, row).

    Noise and time of an item depend on ``key``, the draw and the chain's id alone: not on the
    order in which items are taken, nor on what else is in the batch or the table.

    Parameters
    ----------
    table
        Rows of the index (``id, length, shard, row``).
    shards
        Arrow shards by number.
    variant
        How views are made.
    key
        What the noise is for, e.g. ``("train", seed)``.
    strata
        Draw k takes tau uniformly from part ``k mod strata`` of [0, 1].
    """

    def __init__(
        self,
        table: pd.DataFrame,
        shards: Sequence[Path],
        variant: Variant,
        key: tuple[str | int, ...],
        strata: int = 1,
    ) -> None:
        self.table = table.reset_index(drop=True)
        self._ids = self.table["id"].tolist()
        self._places = list(zip(self.table["shard"], self.table["row"], strict=True))
        self._store = ShardStore(shards)
        self._variant = variant
        self._key = key
        self._strata = strata
        self._rotations = IGSO3(variant.rotation_scale)

    def __len__(self) -> int:
        """Return the number of chains."""
        return len(self.table)

    def __getitem__(self, items: Sequence[tuple[int, int]]) -> Batch:
        """Return the chains of (draw, row) pairs as one batch."""
        return collate([self.item(self.chain(row), draw, row) for draw, row in items])

    def chain(self, row: int) -> Chain:
        """Return the chain of a row."""
        return self._store[self._places[row]]

    def item(self, chain: Chain, draw: int, row: int) -> Batch:
        """Return one chain without the dimension of the batch.

        Parameters
        ----------
        chain
            The chain of the row, or the same in another pose.
        draw, row
            Which noise, and which chain.
        """
        variant = self._variant
        generator = chain_generator(*self._key, draw, self._ids[row])
        time = torch.rand((), generator=generator)
        quaternion, position, axes = canonicalise(
            *geometry.frames(torch.tensor(chain.backbone)), variant.canonicalisation
        )
        residue = torch.from_numpy(residue_index(chain.residue_number))
        return Batch(
            views=perturb(
                quaternion, position, self._rotations, variant.translation_scale, generator
            ),
            tau=(draw % self._strata + time) / self._strata,
            residue=residue,
            mask=torch.ones(len(residue), dtype=torch.bool),
            chain=torch.tensor(row),
            axes=axes,
        )


def chain_generator(*key: str | int) -> torch.Generator:
    """Return a random generator that belongs to a key."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1)


def residue_index(number: np.ndarray) -> np.ndarray:
    """Return positions along the chain (L,) that begin at 0 and skip what is missing.

    They rise with the residue numbers, so that gaps are visible to the network, and by one
    where numbers repeat (insertion codes) or fall. The released code counts the residues that
    are there, which hides gaps.
    """
    steps = np.maximum(np.diff(number.astype(np.int64)), 1)
    return np.concatenate(([0], np.cumsum(steps)))


def collate(items: Sequence[Batch]) -> Batch:
    """Pad chains to the longest and stack them; padding is an unturned frame at the origin."""

    def pad(name: str, fill: float = 0) -> Tensor:
        chains = [getattr(item.views, name) for item in items]
        return pad_sequence(chains, batch_first=True, padding_value=fill)

    mask = pad_sequence([item.mask for item in items], batch_first=True)
    views = Views(*(pad(name) for name in Views._fields))
    for q in (views.q0, views.q1):
        q[..., 0].masked_fill_(~mask, 1.0)
    return Batch(
        views=views,
        tau=torch.stack([item.tau for item in items]),
        residue=pad_sequence([item.residue for item in items], batch_first=True),
        mask=mask,
        chain=torch.stack([item.chain for item in items]),
        axes=torch.stack([item.axes for item in items]),
    )
