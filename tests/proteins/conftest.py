"""Small synthetic datasets for the tests of proteins."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from causeway.proteins import synthetic
from causeway.proteins.rigidssl.config import Network
from causeway.proteins.shards import write_shard
from causeway.proteins.sources import Synthetic
from causeway.proteins.structures import read_structure


class Dataset(NamedTuple):
    """An index with splits and its shards."""

    index: Path
    shards: list[Path]


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Twelve training, four validation and eight test chains in two shards."""
    source = Synthetic(entries=24, families=12, min_length=20, max_length=40)
    chains = [
        read_structure(data, entry=name.split("-F1")[0], where=name)[0]
        for name, data in synthetic.chains(source, seed=0)
    ]
    folder = tmp_path_factory.mktemp("dataset")
    shards = [folder / "shard0.arrow", folder / "shard1.arrow"]
    for shard, path in enumerate(shards):
        write_shard(path, chains[shard::2])
    splits = ["train", "validation", "test", "train", "test", "train"]
    pd.DataFrame(
        {
            "id": [chain.id for chain in chains],
            "length": [len(chain) for chain in chains],
            "shard": [k % 2 for k in range(24)],
            "row": [k // 2 for k in range(24)],
            "cluster": [f"c{k % 12}" for k in range(24)],
            "split": [splits[k % 6] for k in range(24)],
        }
    ).to_parquet(folder / "index.parquet")
    return Dataset(folder / "index.parquet", shards)


@pytest.fixture(scope="session")
def small_network() -> Network:
    """Return widths that train in a moment."""
    return Network(
        node=16,
        edge=8,
        blocks=2,
        heads=2,
        hidden=8,
        query_points=2,
        value_points=2,
        skip=16,
        transformer_layers=1,
        transformer_heads=2,
        features=8,
    )
