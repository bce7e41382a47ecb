"""Sites in normal form."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import apply

from causeway.errors import InputError
from causeway.genomes.reference import InMemory
from causeway.genomes.sequence import encode
from causeway.genomes.sites import (
    contig_ranges,
    normalise,
    read_sites,
    with_frequencies,
    write_sites,
)

REFERENCE = InMemory({"one": encode("GGCACACACTTTAGN"), "two": encode("acgt")})


def sites(*records, **options):
    found = normalise(records, REFERENCE, **options).sites
    return list(found[["position", "ref", "alt"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (("one", 3, "A", ["G"]), (3, "A", "G")),
        (("one", 3, "a", ["g"]), (3, "A", "G")),
        (("one", 3, "ACA", ["AGA"]), (4, "C", "G")),
        (("one", 3, "AC", ["GT"]), (3, "AC", "GT")),
        (("one", 6, "CAC", ["C"]), (2, "CA", "")),
        (("one", 7, "A", ["ACA"]), (2, "", "CA")),
        (("one", 11, "T", ["TT"]), (9, "", "T")),
        (("one", 0, "G", ["AG"]), (0, "", "A")),
        (("one", 0, "GG", ["G"]), (0, "G", "")),
        (("one", 12, "AG", ["CGT"]), (12, "AG", "CGT")),
        (("one", 14, "N", ["A"]), (14, "N", "A")),
        (("two", 1, "CG", ["C"]), (2, "G", "")),
    ],
)
def test_normal_forms(record, expected):
    assert sites(record) == [expected]


@settings(max_examples=200, deadline=None)
@given(st.text("ACG", min_size=4, max_size=20), st.data())
def test_normal_form_makes_the_same_sequence_and_is_leftmost(reference, data):
    position = data.draw(st.integers(0, len(reference) - 1))
    ref = reference[position : position + data.draw(st.integers(1, 5))]
    alt = data.draw(st.text("ACG", min_size=1, max_size=5).filter(lambda alt: alt != ref))
    contigs = InMemory({"x": encode(reference)})
    found = normalise([("x", position, ref, [alt])], contigs).sites
    site = tuple(found.loc[0, ["position", "ref", "alt"]])
    changed = reference[:position] + alt + reference[position + len(ref) :]
    assert apply(reference, [site])[0] == changed
    if not (site[1] and site[2]):
        for before in range(site[0]):
            length = len(site[1])
            if length:
                other = reference[:before] + reference[before + length :]
                assert other != changed
            else:
                size = len(site[2])
                rest = changed[:before] + changed[before + size :]
                assert rest != reference


def test_what_is_not_a_site_is_counted():
    records = [
        ("one", 1, "G", ["<DEL>"]),
        ("one", 3, "A", ["C", "*", "AT"]),
        ("one", 3, "A", ["C"]),
        ("one", 5, "A", ["A"]),
        ("one", 5, "A", []),
        ("one", 6, "C", ["."]),
        ("one", 6, "C", ["C]one:3]"]),
    ]
    found = normalise(records, REFERENCE)
    assert found.sites[["record", "allele"]].to_numpy().tolist() == [[1, 1], [1, 3]]
    counted = found.refused.set_index("reason")["number"].to_dict()
    assert counted == {
        "symbolic allele": 2,
        "allele * of an overlapping deletion": 1,
        "repeated site": 1,
        "alternative equal to REF": 1,
        "no alternative": 1,
    }
    assert found.refused["example"][0] == "one:2 G><DEL>"
    only = normalise(records, REFERENCE, variants="snps")
    assert only.sites["alt"].tolist() == ["C"]
    assert "not a single base" in only.refused["reason"].tolist()


def test_insertions_come_first_at_a_place():
    found = sites(
        ("one", 8, "CT", ["C"]),
        ("one", 8, "C", ["G"]),
        ("one", 8, "C", ["CA"]),
        ("one", 9, "T", "A"),
    )
    assert found == [(8, "C", "G"), (9, "", "A"), (9, "T", ""), (9, "T", "A")]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([("one", 3, "C", ["G"])], ["calls.vcf", "one:4", "REF C", "has A", "reference"]),
        ([("one", 3, "AG", ["G"])], ["one:4", "REF AG", "AC"]),
        ([("one", 5, "A", ["G"]), ("one", 3, "A", ["G"])], ["one:4 stands after one:6", "Sort"]),
        ([("one", 14, "NA", ["G"])], ["one:15", "off the contig"]),
        ([("six", 1, "A", ["G"])], ["'six'", "lacks", "one, two"]),
        (
            [("one", 3, "A", ["G"]), ("two", 0, "A", ["G"]), ("one", 5, "A", ["G"])],
            ["'one' do not stand together", "Sort"],
        ),
        ([("one", 3, "Q", ["G"])], ["Q"]),
    ],
)
def test_bad_records_are_refused(records, words):
    with pytest.raises(InputError) as error:
        normalise(records, REFERENCE, where="calls.vcf")
    for word in words:
        assert word in str(error.value)


def test_frequencies_follow_alleles(tmp_path):
    records = [("one", 3, "A", ["C", "G"]), ("one", 5, "A", ["T"]), ("two", 0, "A", ["T"])]
    found = normalise(records, REFERENCE).sites
    table = with_frequencies(found, {"frequency": [(0.1, 0.2), (), (0.4,)]})
    np.testing.assert_array_equal(table["frequency"], [0.1, 0.2, np.nan, 0.4])
    assert contig_ranges(table) == {"one": (0, 3), "two": (3, 4)}
    path = tmp_path / "sites.parquet"
    write_sites(table, path)
    pd.testing.assert_frame_equal(read_sites(path), table)
    write_sites(table.iloc[::-1], path)
    with pytest.raises(InputError, match="not sorted"):
        read_sites(path)
    write_sites(table.drop(columns="alt"), path)
    with pytest.raises(InputError, match="no column 'alt'"):
        read_sites(path)
    path.write_text("x")
    with pytest.raises(InputError, match="not a table of sites"):
        read_sites(path)


def test_no_records_make_no_sites():
    found = normalise([], REFERENCE)
    assert found.sites.empty
    assert contig_ranges(found.sites) == {}
