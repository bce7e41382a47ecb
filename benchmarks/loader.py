"""Residues per second from disk to training batches.

Chains are read from mapped Arrow shards, and for comparison from one pickle per chain, as several
protein-design codes store them. The last row makes whole batches: read, frames, noise, padding.
"""

import argparse
import json
import os
import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pandas as pd
import torch

from causeway.proteins.chain import Chain
from causeway.proteins.rigidssl.batches import LengthBatches
from causeway.proteins.rigidssl.chains import Chains
from causeway.proteins.rigidssl.config import PRESETS
from causeway.proteins.shards import ShardStore, write_shard

CHAINS = 1_000
ROUNDS = 3


def made_up() -> list[Chain]:
    """Chains of random coordinates with the lengths of the published filters."""
    generator = np.random.default_rng(0)
    return [
        Chain(
            entry=f"random{k:05d}",
            chain="A",
            backbone=generator.normal(scale=20, size=(length, 3, 3)).astype(np.float32),
            plddt=generator.uniform(50, 100, length).astype(np.float32),
            residue_type=generator.integers(0, 20, length).astype(np.uint8),
            residue_number=np.arange(1, length + 1, dtype=np.int32),
            insertion=np.zeros(length, np.uint8),
        )
        for k, length in enumerate(generator.integers(60, 513, CHAINS))
    ]


def rate(residues: Iterable[int]) -> float:
    """Residues per second of an iteration that counts them."""
    start = perf_counter()
    return sum(residues) / (perf_counter() - start)


def from_shards(path: Path) -> Iterator[int]:
    store = ShardStore([path])
    for row in range(CHAINS):
        chain = store[0, row]
        yield int(np.isfinite(chain.backbone).all()) * len(chain)


def from_pickles(folder: Path) -> Iterator[int]:
    for row in range(CHAINS):
        chain = pickle.loads((folder / f"{row}.pkl").read_bytes())
        yield int(np.isfinite(chain.backbone).all()) * len(chain)


def batches(path: Path, lengths: np.ndarray) -> Iterator[int]:
    table = pd.DataFrame(
        {"id": [f"random{k:05d}" for k in range(CHAINS)], "length": lengths, "shard": 0}
    ).assign(row=range(CHAINS))
    variant = PRESETS["fixed"]
    chains = Chains(table, [path], variant, ("train", 0))
    for rows in LengthBatches(lengths, variant.pairs_per_batch, seed=0).epoch(0):
        yield int(chains[[(0, int(row)) for row in rows]].mask.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chains = made_up()
    lengths = np.array([len(chain) for chain in chains])
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_shard(folder / "0.arrow", chains)
        for row, chain in enumerate(chains):
            (folder / f"{row}.pkl").write_bytes(pickle.dumps(chain))
        ways = {
            "one pickle per chain": lambda: from_pickles(folder),
            "mapped Arrow shard": lambda: from_shards(folder / "0.arrow"),
            "training batches": lambda: batches(folder / "0.arrow", lengths),
        }
        rates = {way: max(rate(make()) for _ in range(ROUNDS)) for way, make in ways.items()}
    arguments.output.mkdir(parents=True, exist_ok=True)
    report = {"load": os.getloadavg()[0], "chains": CHAINS, "residues_per_second": rates}
    (arguments.output / "loader.json").write_text(json.dumps(report, indent=2) + "\n")
    rows = [f"| {way} | {value:,.0f} |" for way, value in rates.items()]
    lines = ["# Loading, one process", "", "| way | residues/s |", "|---|---|", *rows]
    (arguments.output / "loader.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
