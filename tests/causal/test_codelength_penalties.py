"""Bits of the mechanisms, against enumeration and printed tables."""

import math
from itertools import permutations, product

import pytest

from causeway.causal.codelength import penalty
from causeway.causal.codelength.penalties import stirling
from causeway.causal.codelength.references import deviation, read
from causeway.errors import InputError

SMALL = [(n, k) for n in range(1, 7) for k in range(1, n + 1)]


def partitions(environments, blocks):
    """Partitions into exactly so many non-empty blocks, as sets of frozensets."""
    found = set()
    for labels in product(range(blocks), repeat=environments):
        if len(set(labels)) == blocks:
            found.add(
                frozenset(
                    frozenset(e for e, label in enumerate(labels) if label == block)
                    for block in range(blocks)
                )
            )
    return found


@pytest.mark.parametrize(("environments", "blocks"), SMALL)
def test_stirling_counts_partitions(environments, blocks):
    assert stirling(environments, blocks) == len(partitions(environments, blocks))


@pytest.mark.parametrize(("environments", "mechanisms"), SMALL)
def test_the_penalty_is_the_logarithm_of_what_can_be_said(environments, mechanisms):
    """Naming an assignment of members to environments needs as many bits as there are such."""
    codebook = 6
    codes = {
        named
        for blocks in partitions(environments, mechanisms)
        for named in (
            frozenset(zip(blocks, chosen, strict=True))
            for chosen in permutations(range(codebook), mechanisms)
        )
    }
    expected = 2 * (math.log2(len(codes)) + math.log2(mechanisms)) + 1
    assert penalty(environments, mechanisms, codebook) == pytest.approx(expected, abs=1e-12)


def test_printed_penalties(root):
    printed = read(root / "config/references/codelength/penalty.tsv", "penalty", "all")
    computed = {}
    for name in printed:
        environments, codebook, mechanisms = map(int, name.split("/"))
        computed[name] = penalty(environments, mechanisms, codebook)
    distance, compared = deviation(computed, printed)
    assert compared == 15
    assert distance <= 1


def test_deviation_is_in_halves_of_the_last_digit():
    assert deviation({"a": 9.64, "b": 3.0}, {"a": "9.6", "b": "4", "c": "1"}) == (
        pytest.approx(2.0),
        2,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((3, 4, 8), "only 3 environments can use them"),
        ((9, 4, 3), "the codebook has only 3 members"),
        ((3, 0, 8), "mechanisms: 0 is no whole number from 1 up"),
        ((5, 2.5, 8), "mechanisms: 2.5 is no whole number"),
        ((5.0, 2, 8), "environments: 5.0 is no whole number"),
        ((5, 2, 8.5), "codebook: 8.5 is no whole number"),
        ((5, True, 8), "mechanisms: True is no whole number"),
    ],
)
def test_impossible_numbers_of_mechanisms_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        penalty(*arguments)


def test_a_table_of_references_needs_its_columns(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("dataset\tquantity\na\tb\n")
    with pytest.raises(InputError, match="no table of references"):
        read(path, "a", "b")
