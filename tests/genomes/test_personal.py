"""Personal windows of genes: strands, anchors, and which are the same."""

import numpy as np
import pandas as pd
import pytest
from naive import anchored as slowly
from naive import people, table

from causeway.errors import InputError
from causeway.genomes.coordinates import windows
from causeway.genomes.personal import PersonalWindows
from causeway.genomes.reference import InMemory, contig_reader
from causeway.genomes.sequence import decode, encode
from causeway.genomes.store import write_store

RNG = np.random.default_rng(0)
LETTERS = {name: "".join(RNG.choice(list("ACGT"), 120)) for name in ("one", "two")}
GENES = pd.DataFrame(
    {
        "gene": ["a", "b", "c", "d", "e"],
        "contig": ["one", "one", "two", "two", "one"],
        "tss": [5, 60, 60, 118, 60],
        "strand": ["+", "+", "-", "-", "-"],
    }
)
UP, DOWN = 20, 12


def records(name):
    found = []
    for _ in range(30):
        at, cut, made = RNG.integers([0, 0, 0], [115, 4, 4])
        if cut or made:
            bases = "".join(RNG.choice(list("ACGT"), made))
            found.append((int(at), LETTERS[name][at : at + cut], bases))
    return found


RECORDS = {name: records(name) for name in LETTERS}


@pytest.fixture(scope="module")
def crowd():
    sites = table(RECORDS)
    carried = [np.flatnonzero(RNG.random(len(sites)) < share) for share in (0.3, 0.1, 0, 0.02)]
    return people(sites, [*carried, *carried]), [*carried, *carried]


@pytest.fixture(scope="module", params=["memory", "byte", "two-bit"])
def reference(request, tmp_path_factory):
    arrays = {name: encode(letters) for name, letters in LETTERS.items()}
    if request.param == "memory":
        return InMemory(arrays)
    return write_store(arrays.items(), tmp_path_factory.mktemp("store"), packing=request.param)


def pairs(count):
    return (grid.ravel() for grid in np.meshgrid(np.arange(len(GENES)), np.arange(count)))


def test_windows_of_everyone(reference, crowd):
    found, carried = crowd
    personal = PersonalWindows(reference, found, windows(GENES, UP, DOWN))
    rows, haplotypes = pairs(len(found))
    complement = str.maketrans("ACGT", "TGCA")
    made = personal.read(rows, haplotypes)
    assert personal.width == UP + DOWN
    for codes, row, haplotype in zip(made, rows, haplotypes, strict=True):
        gene = GENES.iloc[row]
        sites = found.sites.iloc[carried[haplotype]]
        chosen = sorted(sites.loc[sites["contig"] == gene["contig"], "record"])
        own = [RECORDS[gene["contig"]][record] for record in chosen]
        start, end = gene["tss"] - UP, gene["tss"] + DOWN
        if gene["strand"] == "-":
            start, end = gene["tss"] - DOWN + 1, gene["tss"] + UP + 1
        expected = slowly(LETTERS[gene["contig"]], own, start, end, gene["tss"])
        if gene["strand"] == "-":
            expected = expected[::-1].translate(complement)
        assert decode(codes).decode() == expected
    blank = personal.reference(np.arange(len(GENES)))
    np.testing.assert_array_equal(blank, made[haplotypes == 2])


def test_same_sites_are_the_same_sequence(crowd):
    found, _ = crowd
    reference = InMemory({name: encode(letters) for name, letters in LETTERS.items()})
    personal = PersonalWindows(reference, found, windows(GENES, UP, DOWN))
    rows, haplotypes = pairs(len(found))
    distinct = personal.distinct(rows, haplotypes)
    made = personal.read(rows, haplotypes)
    again = personal.read(distinct.windows, distinct.haplotypes)
    np.testing.assert_array_equal(again[distinct.inverse], made)
    np.testing.assert_array_equal(distinct.windows[distinct.inverse], rows)
    # Haplotypes 4 to 7 are copies of 0 to 3.
    assert len(distinct.windows) <= 4 * len(GENES)
    assert len(distinct.windows) >= len(np.unique(made, axis=0))


def test_sites_elsewhere_do_not_tell_windows_apart():
    sites = table({"one": [(60, "T", "C"), (100, "A", "G")]})
    reference = InMemory({"one": encode("ACGT" * 30)})
    personal = PersonalWindows(
        reference, people(sites, [[0], [0, 1], [1], []]), windows(GENES.iloc[[1]], UP, DOWN)
    )
    found = personal.distinct(np.zeros(4, int), np.arange(4))
    assert found.inverse[0] == found.inverse[1]
    assert found.inverse[2] == found.inverse[3]
    assert found.inverse[0] != found.inverse[2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"contig": "six"}, "'six', which the reference lacks"),
        ({"end": 1000}, "between 32 and"),
        ({"tss": -1}, "off the contig"),
        ({"tss": 90}, "off the window"),
    ],
)
def test_bad_windows_are_refused(crowd, change, words):
    found, _ = crowd
    reference = InMemory({name: encode(letters) for name, letters in LETTERS.items()})
    rows = windows(GENES, UP, DOWN)
    for column, value in change.items():
        rows.loc[0, column] = value
    with pytest.raises(InputError, match=words):
        PersonalWindows(reference, found, rows)


def test_contigs_in_memory():
    reference = InMemory({"one": encode("ACGT")})
    assert decode(reference.codes("one", -1, 5, pad=True)) == b"NACGTN"
    assert decode(reference.codes("one", 9, 11, pad=True)) == b"NN"
    assert decode(contig_reader(reference, "one")(1, 3)) == b"CG"
    with pytest.raises(InputError, match="leaves the contig"):
        reference.codes("one", -1, 2)
    with pytest.raises(InputError, match="no contig 'two'"):
        reference.codes("two", 0, 1)
