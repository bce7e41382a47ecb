"""Compiled windows of haplotypes are those that whole arrays give."""

import numpy as np
import pandas as pd
import pytest

from causeway.genomes.edits import edits_of
from causeway.genomes.haplotypes import open_haplotypes, write_haplotypes
from causeway.genomes.outward import Outward
from causeway.genomes.reconstruction import anchored
from causeway.genomes.reference import InMemory
from causeway.genomes.store import write_store

LENGTHS = {"one": 400, "two": 90, "three": 300}
HAPLOTYPES = 12


@pytest.fixture(scope="module")
def contigs() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 4, size).astype(np.uint8) for name, size in LENGTHS.items()}


@pytest.fixture(scope="module", params=[0.1, 0.5])
def people(request, contigs, tmp_path_factory):
    """Dense sites of all kinds, none on one contig; half or a tenth of them are carried."""
    rng = np.random.default_rng(1)
    rows = []
    for name in ("one", "three"):
        length, place = LENGTHS[name], 0
        while place < length - 12:
            old, new = rng.choice([0, 1, 1, 1, 2, 9], 2)
            ref = "".join("ACGT"[code] for code in contigs[name][place : place + old])
            alt = "".join("ACGTN"[code] for code in rng.integers(0, 5, new))
            if ref != alt:
                rows.append((name, place, ref, alt))
            place += int(old + rng.integers(0, 5))
    sites = pd.DataFrame(rows, columns=["contig", "position", "ref", "alt"])
    sites = sites.drop_duplicates(["contig", "position", "ref"]).reset_index(drop=True)
    order = {name: number for number, name in enumerate(LENGTHS)}
    sites = sites.sort_values(
        ["contig", "position", "ref"],
        key=lambda column: (
            column.map(order)
            if column.name == "contig"
            else column.astype(bool)
            if column.name == "ref"
            else column
        ),
        ignore_index=True,
    )
    sites["record"], sites["allele"] = np.arange(len(sites)), 1
    carried = [np.flatnonzero(rng.random(len(sites)) < request.param) for _ in range(HAPLOTYPES)]
    indptr = np.concatenate([[0], np.cumsum([len(one) for one in carried])])
    names = pd.DataFrame({"person": [f"p{k}" for k in range(HAPLOTYPES // 2)], "population": "x"})
    folder = tmp_path_factory.mktemp("people")
    write_haplotypes(folder, sites, names, indptr, np.concatenate(carried).astype(np.int32))
    assert len(edits_of(sites).start) == len(sites)
    return open_haplotypes(folder)


@pytest.fixture(params=["byte", "two-bit", "arrays"])
def reference(request, contigs, tmp_path):
    if request.param == "arrays":
        return InMemory(contigs)
    return write_store(contigs.items(), tmp_path / "genome", request.param)


@pytest.mark.parametrize(("width", "left"), [(1, 0), (16, 0), (16, 15), (64, 20), (500, 250)])
def test_windows_are_those_of_whole_arrays(reference, contigs, people, width, left):
    rng = np.random.default_rng(2)
    names = rng.choice(list(LENGTHS), 300).astype(object)
    anchor = np.array([rng.integers(LENGTHS[name]) for name in names])
    outward = Outward(reference, people, names, anchor, np.full(300, left), width)
    rows, haplotypes = rng.integers(0, 300, 600), rng.integers(0, HAPLOTYPES, 600)
    found = outward.read(rows, haplotypes)
    for name, codes in contigs.items():
        part = names[rows] == name
        start = anchor[rows][part] - left
        expected = anchored(
            codes, people, name, haplotypes[part], start, start + width, anchor[rows][part]
        )
        assert np.array_equal(found[part], expected)
    assert (found[names[rows] == "two"] != 4).any()


def test_no_windows(reference, people):
    outward = Outward(reference, people, np.array(["one"]), np.array([5]), np.array([2]), 8)
    none = np.zeros(0, dtype=np.int64)
    assert outward.read(none, none).shape == (0, 8)
