import pickle

import numpy as np
import pandas as pd
import pytest
import torch

from causeway.errors import InputError
from causeway.proteins.rigidssl.chains import Chains, collate, residue_index
from causeway.proteins.rigidssl.config import PRESETS, Variant
from causeway.proteins.rigidssl.data import StructureData, fixed_batches, read_split

SETTING = PRESETS["fixed"].model_copy(update={"pairs_per_batch": 3000})


@pytest.fixture
def chains(small_dataset) -> Chains:
    return Chains(
        read_split(small_dataset.index, "train"), small_dataset.shards, SETTING, ("x", 0)
    )


def same(a, b) -> bool:
    return all(
        same(x, y) if isinstance(x, tuple) else torch.equal(x, y)
        for x, y in zip(a, b, strict=True)
    )


def test_an_item_is_the_same_in_any_batch(chains):
    together = chains[[(3, 0), (3, 1), (3, 2)]]
    for row in range(3):
        length = chains.table.at[row, "length"]
        alone = chains[[(3, row)]]
        assert together.mask[row].sum() == length == alone.mask.sum()
        for a, b in zip(together.views, alone.views, strict=True):
            assert torch.equal(a[row, :length], b[0])
        assert torch.equal(together.tau[row], alone.tau[0])


def test_an_item_is_the_same_in_any_table(small_dataset, chains):
    reversed_table = chains.table.iloc[::-1]
    other = Chains(reversed_table, small_dataset.shards, SETTING, ("x", 0))
    a, b = chains[[(0, 0)]], other[[(0, len(chains) - 1)]]
    assert torch.equal(a.views.q1, b.views.q1)
    assert torch.equal(a.tau, b.tau)


def test_noise_changes_with_draw_chain_and_key(small_dataset, chains):
    def noise(table, draw, row):
        views = table[[(draw, row)]].views
        return (views.x1 - views.x0)[0, 0]

    other = Chains(chains.table, small_dataset.shards, SETTING, ("x", 1))
    values = [noise(chains, 0, 0), noise(chains, 1, 0), noise(chains, 0, 1), noise(other, 0, 0)]
    for i in range(4):
        for j in range(i):
            assert not torch.equal(values[i], values[j])


def test_variants_share_their_random_numbers(small_dataset, chains):
    wider = SETTING.model_copy(update={"translation_scale": 0.3})
    other = Chains(chains.table, small_dataset.shards, wider, ("x", 0))
    a, b = chains[[(0, 0)]], other[[(0, 0)]]
    torch.testing.assert_close(
        10 * (a.views.x1 - a.views.x0), b.views.x1 - b.views.x0, atol=1e-4, rtol=0
    )
    assert torch.equal(a.tau, b.tau)


def test_draws_take_tau_from_their_stratum(small_dataset, chains):
    strata = Chains(chains.table, small_dataset.shards, SETTING, ("x",), strata=4)
    for draw in range(8):
        tau = strata[[(draw, row) for row in range(len(strata))]].tau
        assert (tau >= draw % 4 / 4).all()
        assert (tau <= (draw % 4 + 1) / 4).all()
        assert tau.unique().numel() == len(tau)


def test_padding_is_masked_and_harmless(chains):
    short, long = chains.table["length"].argmin(), chains.table["length"].argmax()
    batch = chains[[(0, int(short)), (0, int(long))]]
    padding = ~batch.mask[0]
    assert padding.any()
    assert torch.equal(batch.views.q0[0, padding].unique(dim=0), torch.tensor([[1.0, 0, 0, 0]]))
    assert not batch.views.x1[0, padding].any()
    assert batch.residue.dtype == torch.int64


def test_residue_index_shows_gaps_and_always_rises():
    number = np.array([-3, -2, 5, 5, 6, 2, 3], dtype=np.int32)
    np.testing.assert_array_equal(residue_index(number), [0, 1, 8, 9, 10, 11, 12])


def test_chains_travel_to_other_processes(chains):
    assert same(pickle.loads(pickle.dumps(chains))[[(0, 1)]], chains[[(0, 1)]])


def test_loader_gives_the_same_batches_with_and_without_workers(small_dataset):
    found = []
    for workers in (0, 2):
        data = StructureData(*small_dataset, SETTING, seed=0, workers=workers)
        found.append(list(data.train_dataloader()))
    assert len(found[0]) > 2
    assert all(same(a, b) for a, b in zip(*found, strict=True))


def test_splits_do_not_mix(small_dataset):
    data = StructureData(*small_dataset, SETTING, seed=0)
    training, validation = set(data.training.table["id"]), set(data.validation.table["id"])
    assert len(training) == 12
    assert len(validation) == 4
    assert not training & validation
    seen = torch.cat([batch.chain for batch in data.train_dataloader()])
    assert sorted(seen.tolist()) == list(range(12))


def test_validation_is_the_same_in_every_run_and_seed(small_dataset):
    runs = [
        list(StructureData(*small_dataset, SETTING, seed=seed).val_dataloader()[0])
        for seed in (0, 1)
    ]
    assert all(same(a, b) for a, b in zip(*runs, strict=True))


def test_fixed_batches_hold_every_draw_of_every_chain(chains):
    items = [item for batch in fixed_batches(chains, draws=3) for item in batch]
    assert sorted(items) == [(draw, row) for draw in range(3) for row in range(12)]


def test_one_chain_per_step_without_a_cap(small_dataset):
    data = StructureData(*small_dataset, Variant(), seed=0)
    assert [len(batch.tau) for batch in data.train_dataloader()] == [1] * 12


def test_collate_keeps_single_items(chains):
    item = chains.item(chains.chain(0), 2, 0)
    batch = collate([item])
    assert torch.equal(batch.views.q1[0], item.views.q1)


def test_no_training_chain_is_told_with_file_and_remedy(small_dataset, tmp_path):
    table = pd.read_parquet(small_dataset.index).assign(split="test")
    table.to_parquet(tmp_path / "index.parquet")
    with pytest.raises(InputError, match=r"index\.parquet: no chain for training"):
        StructureData(tmp_path / "index.parquet", small_dataset.shards, SETTING, seed=0)


def test_missing_column_is_told_with_its_name(small_dataset, tmp_path):
    table = pd.read_parquet(small_dataset.index).drop(columns="cluster")
    table.to_parquet(tmp_path / "index.parquet")
    with pytest.raises(InputError, match="no column cluster"):
        read_split(tmp_path / "index.parquet", "train")
