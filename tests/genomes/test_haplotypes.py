"""Sparse haplotypes: what is written is what is read, found and counted."""

import numpy as np
import pandas as pd
import pytest
from naive import apply, table

from causeway.errors import InputError
from causeway.genomes.edits import applicable, edits_of
from causeway.genomes.haplotypes import bisect, open_haplotypes, write_haplotypes

SITES = table(
    {
        "one": [(2, "A", "C"), (4, "CGT", ""), (5, "G", "A"), (9, "", "TT"), (12, "A", "G")],
        "two": [(1, "C", "T"), (8, "T", "")],
    }
)
PEOPLE = pd.DataFrame({"person": ["P1", "P2"], "population": ["EUR", "AFR"]})
CARRIED = [[0, 1, 2, 5], [2, 3, 6], [], [0, 1, 3, 4, 5, 6]]


def csr(carried):
    indptr = np.concatenate([[0], np.cumsum([len(one) for one in carried])]).astype(np.int64)
    return indptr, np.array([site for one in carried for site in one], dtype=np.int32)


@pytest.fixture
def people(tmp_path):
    write_haplotypes(tmp_path / "people", SITES, PEOPLE, *csr(CARRIED), {"drawn": 7})
    return open_haplotypes(tmp_path / "people")


def test_folder_keeps_everything(people, tmp_path):
    pd.testing.assert_frame_equal(people.sites, SITES)
    pd.testing.assert_frame_equal(people.people, PEOPLE)
    assert len(people) == 4
    assert people.indices.tolist() == [0, 1, 5, 2, 3, 6, 0, 1, 3, 4, 5, 6]
    # The second base of the deletion is changed by site 2.
    assert people.left_out.tolist() == [[0, 2]]
    assert not people.indices.flags.writeable
    counts = pd.read_csv(tmp_path / "people" / "counts.tsv", sep="\t", index_col="what")["number"]
    assert counts["drawn"] == 7
    assert counts["left out since they overlap another"] == 1


def test_dosages_count_what_is_left_out_as_well(people):
    expected = np.zeros((2, 7), dtype=int)
    for haplotype, sites in enumerate(CARRIED):
        for site in sites:
            expected[haplotype // 2, site] += 1
    np.testing.assert_array_equal(people.dosages(), expected)
    np.testing.assert_array_equal(people.dosages(2, 6), expected[:, 2:6])


@pytest.mark.parametrize("haplotype", range(4))
@pytest.mark.parametrize("contig", ["one", "two", "three"])
def test_sites_of_windows(people, haplotype, contig):
    starts, ends = (grid.ravel() for grid in np.meshgrid(np.arange(-2, 16), np.arange(-2, 16)))
    kept = starts < ends
    found = people.sites_of(haplotype, contig, starts[kept], ends[kept])
    edits, first = people.edits, people.indptr[haplotype]
    for sites, start, end in zip(found, starts[kept], ends[kept], strict=True):
        expected = [
            site
            for site in people.indices[first : people.indptr[haplotype + 1]].tolist()
            if people.sites["contig"][site] == contig
            and edits.end[site] >= start
            and edits.start[site] <= end
        ]
        assert sites.tolist() == expected


def test_bisection_is_a_search_in_each_stretch():
    rng = np.random.default_rng(0)
    stretches = [np.sort(rng.integers(0, 50, size)) for size in (0, 1, 5, 17, 64, 0)]
    values = np.concatenate(stretches)
    edges = np.cumsum([0, *map(len, stretches)])
    number = rng.integers(0, 6, 300)
    wanted = rng.integers(-1, 52, 300)
    found = bisect(values, edges[number], edges[number + 1], wanted)
    expected = [
        edges[one] + np.searchsorted(stretches[one], value)
        for one, value in zip(number, wanted, strict=True)
    ]
    np.testing.assert_array_equal(found, expected)


def test_sites_that_exclude_each_other_are_those_of_the_plain_way():
    rng = np.random.default_rng(1)
    reference = "".join(rng.choice(list("ACGT"), 60))
    for _ in range(50):
        records = []
        for _ in range(12):
            at, cut, made = rng.integers([0, 0, 0], [55, 4, 3])
            if cut or made:
                records.append((int(at), reference[at : at + cut], "A" * int(made)))
        sites = table({"one": records})
        edits = edits_of(sites)
        kept = applicable(edits, *csr([range(len(sites)), [], range(len(sites))]))
        assert (kept[: len(sites)] == kept[len(sites) :]).all()
        chosen = [records[record] for record in sorted(sites["record"][kept[: len(sites)]])]
        assert apply(reference, chosen)[0] == apply(reference, records)[0]
        # Everything that is kept is applied: leaving one out changes the sequence's making.
        again = applicable(edits, *csr([np.flatnonzero(kept[: len(sites)])]))
        assert again.all()


@pytest.mark.parametrize(
    ("carried", "people", "words"),
    [
        (CARRIED, PEOPLE[:1], "4 haplotypes of 1 people"),
        ([[1, 0], [], [], []], PEOPLE, "not rising"),
        ([[1, 1], [], [], []], PEOPLE, "not rising"),
        ([[7], [], [], []], PEOPLE, "not rising"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, carried, people, words):
    with pytest.raises(InputError, match=words):
        write_haplotypes(tmp_path / "people", SITES, people, *csr(carried))
    assert not (tmp_path / "people").exists()


def test_broken_folders_are_refused(people, tmp_path):
    folder = tmp_path / "people"
    np.save(folder / "indptr.npy", np.array([0, 1]))
    with pytest.raises(InputError, match="do not fit each other"):
        open_haplotypes(folder)
    (folder / "indices.npy").unlink()
    with pytest.raises(InputError, match="holds no haplotypes"):
        open_haplotypes(folder)
