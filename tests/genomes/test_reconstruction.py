"""Personal sequences against a plain reference and against bcftools consensus."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import anchored as slowly_anchored
from naive import apply, people, table
from naive import free as slowly_free

from causeway.genomes.reconstruction import anchored, free
from causeway.genomes.sequence import decode, encode


def ints(*values):
    return np.array(values, dtype=np.int64)


@st.composite
def persons(draw):
    """A short contig, records of all kinds on it in any order, and two haplotypes."""
    length = draw(st.integers(1, 40))
    reference = draw(st.text("ACGT", min_size=length, max_size=length))
    sites = []
    for _ in range(draw(st.integers(0, 12))):
        position = draw(st.integers(0, length))
        removed = draw(st.integers(0, min(6, length - position)))
        inserted = draw(st.text("ACGT", min_size=0 if removed else 1, max_size=5))
        sites.append((position, reference[position : position + removed], inserted))
    carried = [[number for number in range(len(sites)) if draw(st.booleans())] for _ in range(2)]
    return reference, sites, carried


@settings(max_examples=150, deadline=None)
@given(persons(), st.data())
def test_windows_are_those_of_the_plain_way(person, data):
    reference, sites, carried = person
    rows = table({"one": sites})
    # Haplotypes name rows of the table; the plain way takes records.
    found = people(rows, [np.flatnonzero(rows["record"].isin(one)) for one in carried])
    edge = st.integers(-10, len(reference) + 10)
    windows = []
    for _ in range(4):
        anchor = data.draw(st.integers(0, len(reference) - 1))
        windows.append((anchor - data.draw(st.integers(0, 9)), anchor))
    width = data.draw(st.integers(10, 30))
    haplotypes = [data.draw(st.integers(0, 1)) for _ in windows]
    starts = ints(*(start for start, _ in windows))
    anchors = ints(*(anchor for _, anchor in windows))
    codes = encode(reference)
    fixed = anchored(codes, found, "one", np.array(haplotypes), starts, starts + width, anchors)
    for row, (start, anchor), haplotype in zip(fixed, windows, haplotypes, strict=True):
        own = [sites[site] for site in carried[haplotype]]
        assert decode(row).decode() == slowly_anchored(
            reference, own, start, start + width, anchor
        )
    ends = [sorted([data.draw(edge), data.draw(edge)]) for _ in windows]
    made = free(
        codes,
        found,
        "one",
        np.array(haplotypes),
        ints(*(low for low, _ in ends)),
        ints(*(high for _, high in ends)),
    )
    for row, (low, high), haplotype in zip(made, ends, haplotypes, strict=True):
        own = [sites[site] for site in carried[haplotype]]
        assert decode(row).decode() == slowly_free(reference, own, low, high)


REFERENCE = "ACGTACGTTGCATGCA"
"""Positions 0 to 15."""


@pytest.mark.parametrize(
    ("sites", "window", "expected"),
    [
        pytest.param([(8, "", "GG")], (4, 12, 8), "GTGGTGCA", id="insertion at the start site"),
        pytest.param([(9, "", "GG")], (4, 12, 8), "ACGTTGGG", id="insertion behind it"),
        pytest.param([(2, "GTAC", "")], (4, 12, 8), "ACGTTGCA", id="deletion over the start"),
        pytest.param([(6, "GT", "")], (4, 12, 8), "GTACTGCA", id="deletion 5' of the start site"),
        pytest.param([(7, "TTG", "")], (4, 12, 8), "TACGCATG", id="start site deleted"),
        pytest.param([(7, "TTG", "AC")], (4, 12, 8), "ACGACCAT", id="start site substituted"),
        pytest.param([(10, "CATG", "")], (4, 12, 8), "ACGTTGCA", id="deletion over the end"),
        pytest.param([(0, "ACGT", "")], (-2, 6, 2), "NNNNACGT", id="contig start deleted"),
        pytest.param([(14, "CA", "")], (10, 18, 13), "CATGNNNN", id="contig end deleted"),
        pytest.param([(0, "", "TT")], (-4, 4, 0), "NNTTACGT", id="insertion before the contig"),
        pytest.param([(16, "", "TT")], (12, 20, 14), "TGCATTNN", id="insertion behind the contig"),
        pytest.param(
            [(8, "", "G"), (8, "T", "A"), (8, "TG", "")], (5, 12, 8), "GTGCATG", id="overlaps"
        ),
        pytest.param([(8, "", "GG"), (8, "", "CC")], (4, 12, 8), "GTGGTGCA", id="two insertions"),
    ],
)
def test_anchored_windows_at_edges(sites, window, expected):
    start, end, anchor = window
    assert end - start == len(expected)
    found = people(table({"one": sites}), [range(len(sites)), []])
    made = anchored(
        encode(REFERENCE), found, "one", np.array([0]), ints(start), ints(end), ints(anchor)
    )
    assert decode(made).decode() == expected
    assert slowly_anchored(REFERENCE, sites, start, end, anchor) == expected


def test_free_windows_side_by_side_make_the_whole():
    rng = np.random.default_rng(0)
    reference = "".join(rng.choice(list("ACGT"), 500))
    sites = sorted(
        (
            (int(at), reference[at : at + int(cut)], "".join(rng.choice(list("ACGT"), made)))
            for at, cut, made in zip(
                rng.integers(0, 495, 60),
                rng.integers(0, 5, 60),
                rng.integers(0, 4, 60),
                strict=True,
            )
            if cut or made
        ),
        key=lambda site: site[0],
    )
    found = people(table({"one": sites}), [range(len(sites)), []])
    edges = np.array([0, 1, 60, 61, 62, 200, 333, 499, 500])
    pieces = free(
        encode(reference), found, "one", np.zeros(8, int), edges[:-1], edges[1:].astype(np.int64)
    )
    assert decode(np.concatenate(pieces)).decode() == apply(reference, sites)[0]


def test_someone_without_sites_is_the_reference():
    sites = table({"one": [(3, "T", "A")], "two": []})
    found = people(sites, [[], []])
    codes = encode(REFERENCE)
    made = anchored(codes, found, "one", np.array([0, 1]), ints(2, 4), ints(8, 10), ints(5, 5))
    np.testing.assert_array_equal(made, [codes[2:8], codes[4:10]])
    made = anchored(codes, found, "three", np.array([0]), ints(2), ints(8), ints(5))
    np.testing.assert_array_equal(made, [codes[2:8]])
    assert anchored(codes, found, "one", ints(), ints(), ints(), ints()).size == 0
    assert free(codes, found, "one", ints(), ints(), ints()) == []
