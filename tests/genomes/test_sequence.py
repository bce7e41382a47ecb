"""Letters, codes, strands and channels, against plain Python."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.errors import InputError
from causeway.genomes.sequence import (
    decode,
    encode,
    host_one_hot,
    one_hot,
    reverse_complement,
)

LETTERS = "ACGTNacgtnRYSWKMBDHVX"
PAIRS = dict(zip("ACGTN", "TGCAN", strict=True))


def plain(text: str) -> str:
    """Upper case, with N for every ambiguity code."""
    return "".join(letter if letter in "ACGT" else "N" for letter in text.upper())


@settings(deadline=None)
@given(st.text(LETTERS, max_size=40))
def test_letters_survive_encoding(text):
    assert decode(encode(text)).decode() == plain(text)


@settings(deadline=None)
@given(st.text(LETTERS, max_size=40))
def test_the_opposite_strand_is_that_of_the_letters(text):
    opposite = "".join(PAIRS[letter] for letter in reversed(plain(text)))
    codes = reverse_complement(encode(text))
    assert decode(codes).decode() == opposite
    assert np.array_equal(reverse_complement(codes), encode(text))


@pytest.mark.parametrize("width", [1, 7, 8, 24, 25])
def test_strands_turn_along_the_last_axis_of_any_view(width):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (3, 4, 2 * width)).astype(np.uint8)
    for view in (codes, codes[:, :, ::2], codes[:, 1:3, :width], codes.transpose(1, 0, 2)):
        rows = view.reshape(-1, view.shape[-1])
        expected = [[(3 - code) if code < 4 else 4 for code in row[::-1]] for row in rows.tolist()]
        found = reverse_complement(view)
        assert np.array_equal(found.reshape(rows.shape), np.array(expected))


def test_uracil_and_ends_of_lines():
    assert encode(b"AC\nGU\r\n", ignore=b"\r\n").tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("wrong", ["ACE", "AC-T", "AC T", "ACG*", "AC1"])
def test_what_is_no_nucleotide_is_refused(wrong):
    with pytest.raises(InputError, match="stands for no nucleotide"):
        encode(wrong)


@pytest.mark.parametrize("shape", [(6,), (2, 6), (2, 3, 6)])
def test_channels_are_those_of_the_letters(shape):
    codes = np.random.default_rng(1).integers(0, 5, shape).astype(np.uint8)
    expected = np.moveaxis(np.eye(5, dtype=np.uint8)[codes][..., :4], -1, -2)
    assert np.array_equal(host_one_hot(codes), expected)
    place = np.full(expected.shape, 7, dtype=np.uint8)
    assert np.shares_memory(host_one_hot(codes, place), place)
    assert np.array_equal(place, expected)
    hot = one_hot(torch.from_numpy(codes))
    assert hot.dtype == torch.float32
    assert np.array_equal(hot.numpy(), expected)
    assert one_hot(torch.from_numpy(codes), torch.bfloat16).dtype == torch.bfloat16


def test_the_opposite_strand_flips_both_axes_of_the_channels():
    codes = np.random.default_rng(2).integers(0, 5, 50).astype(np.uint8)
    assert np.array_equal(host_one_hot(reverse_complement(codes)), host_one_hot(codes)[::-1, ::-1])
