"""Splits of genes and people: nothing that is promised to be apart is shared."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.errors import InputError
from causeway.genomes import splits
from causeway.genomes.coordinates import windows
from causeway.genomes.families import distinct_words, families
from causeway.genomes.leakage import leakage, shared_bases

RNG = np.random.default_rng(0)


def make_genes(number=400, contigs=4):
    tss = np.sort(RNG.integers(1000, 400_000, number))
    contig = np.sort(RNG.integers(0, contigs, number))
    operon = np.where(RNG.random(number) < 0.5, (np.arange(number) // 3).astype(str), "")
    operon = [f"{one}:{name}" if name else "" for one, name in zip(contig, operon, strict=True)]
    return pd.DataFrame(
        {
            "gene": [f"G{one}" for one in range(number)],
            "contig": [f"c{one}" for one in contig],
            "start": tss,
            "end": tss + 500,
            "strand": RNG.choice(["+", "-"], number),
            "tss": tss,
            "operon": operon,
        }
    ).sort_values(["contig", "tss"], ignore_index=True)


GENES = make_genes()
KIN = {gene: f"F{RNG.integers(90)}" for gene in GENES["gene"]}


def shares(split):
    return split["part"].value_counts(normalize=True)


def report(split, **options):
    found = leakage(split, GENES, windows(GENES, 1000, 1000), **options)
    return found.groupby("what")["number"].sum()


def test_contigs_are_held_out():
    split = splits.by_contig(GENES, ["c1"], ["c3"])
    assert set(GENES.loc[split["part"] == "test", "contig"]) == {"c3"}
    assert (report(split) == 0).all()


@pytest.mark.parametrize("blocks", [1, 4])
@pytest.mark.parametrize("seed", range(4))
def test_blocks_keep_operons_whole_and_windows_apart(blocks, seed):
    split = splits.by_block(GENES, 0.2, 0.2, gap=2000, blocks=blocks, seed=seed)
    found = report(split)
    assert found["operons"] == found["genes"] == found["overlapping bases"] == 0
    assert 0.1 < shares(split)["test"] < 0.3
    assert shares(split)["train"] > 0.4
    assert split["gene"].tolist() == GENES["gene"].tolist()
    again = splits.by_block(GENES, 0.2, 0.2, gap=2000, blocks=blocks, seed=seed)
    pd.testing.assert_frame_equal(split, again)


@pytest.mark.parametrize("seed", range(4))
def test_families_and_their_operons_are_held_out(seed):
    genes = GENES.assign(operon="")
    split = splits.by_family(genes, KIN, seed=seed)
    found = leakage(split, genes, families=KIN).groupby("what")["number"].sum()
    assert found["families"] == 0
    assert shares(split)["test"] == pytest.approx(0.15, abs=0.03)
    # Few families, so that operons do not connect them all.
    kin = {
        gene: gene if place % 9 else f"F{place % 27}" for place, gene in enumerate(GENES["gene"])
    }
    both = report(splits.by_family(GENES, kin, seed=seed), families=kin)
    assert both["families"] == both["operons"] == 0


def test_people_are_held_out_in_each_population():
    people = pd.DataFrame(
        {
            "person": [f"P{one}" for one in range(300)],
            "population": ["EUR"] * 200 + ["AFR"] * 100,
            "household": np.arange(300) // 3,
        }
    )
    split = splits.by_person(people, 0.2, 0.2, household="household")
    for _, group in split.groupby(people["population"]):
        assert shares(group)["test"] == pytest.approx(0.2, abs=0.02)
    assert (split.groupby(people["household"])["part"].nunique() == 1).all()
    genes = splits.by_contig(GENES, ["c1"], ["c3"])
    table = splits.crossed(genes, splits.by_person(people))
    assert table["pairs"].sum() == (genes["part"].isin(["train", "test"])).sum() * 240
    assert report(genes, people=split)["people"] == 0


def test_a_leak_is_told():
    part = np.resize(["train", "valid", "test"], len(GENES))
    split = pd.DataFrame({"gene": GENES["gene"], "part": part})
    found = report(split, families=KIN, people=pd.DataFrame({"person": ["a"], "part": ["train"]}))
    assert found["operons"] > 50
    assert found["families"] > 100
    assert found["overlapping bases"] > 100_000
    assert found["genes"] == found["people"] == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.booleans()), min_size=2))
def test_shared_bases_are_counted_once(stretches):
    rows = [(start, start + size, first) for start, size, first in stretches]
    table = pd.DataFrame(rows, columns=["start", "end", "first"]).assign(contig="c")
    one, other = table[table["first"]], table[~table["first"]]
    bases = [
        {base for start, end, _ in part.to_numpy()[:, :3] for base in range(start, end)}
        for part in (one, other)
    ]
    assert shared_bases(one, other) == len(bases[0] & bases[1])


def test_files_keep_splits(tmp_path):
    split = splits.by_contig(GENES, ["c1"], ["c3"])
    path = tmp_path / "split.tsv"
    splits.write_split(split, path)
    pd.testing.assert_frame_equal(splits.read_split(path), split)
    assert splits.members(split, "test") == GENES.loc[GENES["contig"] == "c3", "gene"].tolist()
    for text, words in [
        ("gene\tpart\nG1\tother\n", "line 2: 'other' is no part"),
        ("gene\tpart\nG1\ttest\nG1\ttest\n", "line 3: 'G1' stands twice"),
        ("gene\trole\nG1\ttest\n", "no column 'part'"),
    ]:
        path.write_text(text)
        with pytest.raises(InputError, match=words):
            splits.read_split(path)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: splits.by_contig(GENES, ["c1"], ["c1"]), "to validate and to test"),
        (lambda: splits.by_contig(GENES, ["c1"], ["c9"]), "no gene is on contig 'c9'"),
        (lambda: splits.by_contig(GENES, ["c1", "c0"], ["c2", "c3"]), "left for train"),
        (lambda: splits.by_block(GENES, gap=10**7), "are left for"),
    ],
)
def test_what_cannot_be_split_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_families_share_words():
    base = RNG.integers(0, 4, (5, 600), dtype=np.uint8)
    mutated = base[0].copy()
    at = RNG.choice(600, 30, replace=False)
    mutated[at] = (mutated[at] + 1) % 4
    turned = (3 - base[1])[::-1]
    part = RNG.integers(0, 4, 600, dtype=np.uint8)
    part[:200] = base[2, 400:]
    repeat = np.tile(RNG.integers(0, 4, 12, dtype=np.uint8), 2)
    unknown = np.full(600, 4, dtype=np.uint8)
    rows = np.stack([*base, mutated, turned, part, unknown, unknown])
    rows[:5, 300:324] = repeat
    names = list("abcdefghij")
    found = families(names, rows, commonest=4)
    assert found == dict(zip(names, "abcdeabcij", strict=True))


@pytest.mark.parametrize("copies", [15, 25, 60])
@pytest.mark.parametrize("changed", [0, 30])
def test_large_families_hang_together(copies, changed):
    rng = np.random.default_rng(copies)
    rows = rng.integers(0, 4, (copies + 20, 600), dtype=np.uint8)
    rows[:copies] = rows[0]
    for row in rows[1:copies]:
        at = rng.choice(600, changed, replace=False)
        row[at] = (row[at] + 1) % 4
    # A short repeat that is in all of them makes no relatives.
    rows[:, 300:324] = rows[0, 300:324]
    mixed = rng.permutation(len(rows))
    names = [f"g{row}" for row in mixed]
    found = families(names, rows[mixed])
    assert len({found[f"g{row}"] for row in range(copies)}) == 1
    assert len(set(found.values())) == 21


def test_words_are_distinct_and_free_of_orientation():
    row, word = distinct_words(
        np.array([[0, 0, 0, 0, 4, 3, 3, 3], [0, 1, 4, 0, 4, 0, 1, 4]], np.uint8), 3
    )
    assert row.tolist() == [0]
    assert word.tolist() == [0]
    row, word = distinct_words(np.array([[0, 1]], np.uint8), 3)
    assert len(row) == len(word) == 0
