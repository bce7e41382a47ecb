import pickle
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.errors import InputError
from causeway.proteins.chain import Chain
from causeway.proteins.shards import SCHEMA, ShardStore, write_shard


def make(name: str, length: int, seed: int = 0) -> Chain:
    rng = np.random.default_rng([seed, length])
    return Chain(
        entry=name,
        chain="A",
        backbone=rng.normal(size=(length, 3, 3)).astype(np.float32),
        plddt=rng.uniform(0, 100, length).astype(np.float32),
        residue_type=rng.integers(0, 21, length).astype(np.uint8),
        residue_number=np.cumsum(rng.integers(1, 3, length)).astype(np.int32),
        insertion=np.zeros(length, np.uint8),
    )


def addresses(array: np.ndarray) -> tuple[int, int]:
    begin = array.__array_interface__["data"][0]
    return begin, begin + array.nbytes


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 30), max_size=6))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, lengths: list[int]) -> None:
    path = tmp_path_factory.mktemp("shard") / "shard0.arrow"
    chains = [make(f"e_{place}", length) for place, length in enumerate(lengths)]
    write_shard(path, chains)
    store = ShardStore([path])
    assert store.rows(0) == len(chains)
    for row, chain in enumerate(chains):
        read = store[0, row]
        assert (read.entry, read.chain, read.id) == (chain.entry, "A", chain.id)
        assert read.sequence == chain.sequence
        np.testing.assert_array_equal(read.backbone, chain.backbone)
        np.testing.assert_array_equal(read.plddt, np.rint(chain.plddt))
        np.testing.assert_array_equal(read.residue_number, chain.residue_number)
        np.testing.assert_array_equal(read.breaks, chain.breaks)


def test_views_of_the_map_are_shared_and_read_only(tmp_path: Path) -> None:
    path = tmp_path / "shard0.arrow"
    write_shard(path, [make("a", 5), make("b", 7)])
    store = ShardStore([path])
    first, again = store[0, 1], store[0, 1]
    assert addresses(first.backbone) == addresses(again.backbone)
    assert addresses(store[0, 0].backbone)[1] == addresses(first.backbone)[0]
    with pytest.raises(ValueError, match="read-only"):
        first.backbone[0] = 0


def test_plddt_of_experiments_is_zero(tmp_path: Path) -> None:
    path = tmp_path / "shard0.arrow"
    write_shard(path, [make("a", 5)], plddt=False)
    assert ShardStore([path])[0, 0].plddt.tolist() == [0] * 5


def total(store: ShardStore) -> float:
    return float(store[1, 0].backbone.sum())


def test_travels_to_another_process(tmp_path: Path) -> None:
    paths = [tmp_path / "shard0.arrow", tmp_path / "shard1.arrow"]
    for seed, path in enumerate(paths):
        write_shard(path, [make("a", 40, seed)])
    store = ShardStore(paths)
    here = total(store)
    assert len(pickle.dumps(store)) < 1000
    with get_context("spawn").Pool(1) as pool:
        assert pool.apply(total, (store,)) == here


def test_row_out_of_range(tmp_path: Path) -> None:
    path = tmp_path / "shard0.arrow"
    write_shard(path, [make("a", 5)])
    with pytest.raises(IndexError, match="row 1"):
        ShardStore([path])[0, 1]


def test_bad_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "shard0.arrow"
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"shard0.*run prepare again"):
        ShardStore([path]).rows(0)
    other = pa.schema([("id", pa.string())])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, other) as writer:
        writer.write_batch(pa.record_batch([pa.array(["a"])], schema=other))
    with pytest.raises(InputError, match="columns"):
        ShardStore([path]).rows(0)
    with pytest.raises(InputError, match="missing"):
        ShardStore([tmp_path / "missing.arrow"]).rows(0)


def test_columns_are_those_promised() -> None:
    assert SCHEMA.names == [
        "id",
        "backbone",
        "plddt",
        "residue_type",
        "residue_number",
        "insertion",
    ]
