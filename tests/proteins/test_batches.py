import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causeway.proteins.rigidssl.batches import LengthBatches

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=60).map(np.array)


@given(lengths, st.integers(1, 200_000), st.integers(0, 5))
def test_an_epoch_holds_every_chain_once_within_the_cap(lengths, pairs, epoch):
    batches = LengthBatches(lengths, pairs, seed=0)
    found = batches.epoch(epoch)
    assert sorted(np.concatenate(found)) == list(range(len(lengths)))
    assert len(found) == len(batches)
    for batch in found:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() ** 2 <= pairs


@given(lengths)
def test_without_a_cap_every_chain_is_a_batch(lengths):
    assert [len(batch) for batch in LengthBatches(lengths, None, seed=0)] == [1] * len(lengths)


def test_chains_in_a_batch_have_similar_lengths():
    lengths = np.random.default_rng(0).integers(20, 500, 1000)
    batches = LengthBatches(lengths, 200_000, seed=0).epoch(0)
    real = sum((lengths[batch] ** 2).sum() for batch in batches)
    padded = sum(len(batch) * lengths[batch].max() ** 2 for batch in batches)
    assert real / padded > 0.9


def test_order_depends_on_seed_and_epoch_alone():
    lengths = np.arange(10, 90)
    orders = {
        (seed, epoch): str(LengthBatches(lengths, 20_000, seed=seed).epoch(epoch))
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len(set(orders.values())) == 4
    again = LengthBatches(lengths, 20_000, seed=1)
    again.epoch(0)
    assert str(again.epoch(1)) == orders[1, 1]


def test_iteration_goes_on_where_training_stopped():
    lengths, done = np.arange(10, 90), 0
    whole = LengthBatches(lengths, 20_000, seed=3)
    expected = [list(batch) for epoch in (0, 1, 2) for batch in whole.epoch(epoch)]
    resumed = LengthBatches(lengths, 20_000, seed=3, position=lambda: done)
    for done in (0, 1, len(whole) - 1, len(whole), 2 * len(whole) + 2):
        epoch = done // len(whole)
        end = (epoch + 1) * len(whole)
        assert list(resumed) == [
            [(epoch, chain) for chain in batch] for batch in expected[done:end]
        ]


@pytest.mark.parametrize("ranks", [2, 3, 7])
def test_ranks_share_out_an_epoch_in_equal_numbers(ranks):
    lengths = np.arange(10, 90)
    parts = [
        LengthBatches(lengths, 20_000, seed=0, rank=rank, ranks=ranks) for rank in range(ranks)
    ]
    assert len({len(part) for part in parts}) == 1
    epochs = [part.epoch(2) for part in parts]
    assert len({len(epoch) for epoch in epochs}) == 1
    chains = {int(chain) for epoch in epochs for batch in epoch for chain in batch}
    assert chains == set(range(80))
