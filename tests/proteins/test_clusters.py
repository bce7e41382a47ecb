import os
import stat
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causeway.errors import InputError
from causeway.proteins.alignment import Pairs, banded, overlap, ungapped
from causeway.proteins.clusters import cluster, linear_clusters, method
from causeway.proteins.kmers import Sequences, sampled, words
from causeway.proteins.leakage import leakage, summary
from causeway.proteins.splits import assign_splits
from causeway.proteins.structures import read_structure

ACTIN = "GFAGDDAPRAVFPS"  # a stretch that actins keep
LETTERS = "ARNDCQEGHILKMFPSTWYV"
texts = st.text("ACDX", min_size=1, max_size=40)


def random_text(rng: np.random.Generator, length: int) -> str:
    return "".join(rng.choice(list(LETTERS), length))


def mutated(rng: np.random.Generator, text: str, kept: float) -> str:
    return "".join(letter if rng.random() < kept else rng.choice(list(LETTERS)) for letter in text)


@pytest.fixture
def without_mmseqs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def families(kept: float, count: int = 20) -> tuple[list[str], list[int]]:
    """Three members of each family; two have an insertion or a deletion."""
    rng = np.random.default_rng(5)
    found, family = [], []
    for number in range(count):
        ancestor = random_text(rng, int(rng.integers(60, 200)))
        for member in range(3):
            text = mutated(rng, ancestor, np.sqrt(kept))
            if member == 1:
                text = text[:30] + text[33:]
            if member == 2:
                text = text[:40] + "GSG" + text[40:]
            found.append(text)
            family.append(number)
    return found, family


@given(st.lists(texts, min_size=1, max_size=5), st.integers(2, 5))
def test_words_against_slicing(sequences: list[str], k: int) -> None:
    found = words(Sequences.of(sequences), k)
    expected = [
        (owner, place, text[place : place + k])
        for owner, text in enumerate(sequences)
        for place in range(len(text) - k + 1)
        if "X" not in text[place : place + k]
    ]
    assert [(o, p) for o, p, _ in expected] == list(
        zip(found.owner.tolist(), found.place.tolist(), strict=True)
    )
    by_code = dict(zip(found.code.tolist(), (word for _, _, word in expected), strict=True))
    assert len(by_code) == len(set(by_code.values()))
    few = sampled(found, 3)
    assert np.bincount(few.owner, minlength=1).max(initial=0) <= 3


def slow_ungapped(a: str, b: str, diagonal: int) -> tuple[int, int]:
    pairs = [(a[i], b[i - diagonal]) for i in range(len(a)) if 0 <= i - diagonal < len(b)]
    return len(pairs), sum(x == y != "X" for x, y in pairs)


def slow_banded(a: str, b: str, diagonal: int, band: int = 16) -> int:
    """Cell by cell: equal residues minus gaps, free ends, in a band."""
    best = 0
    table: dict[tuple[int, int], int] = {}
    for j in range(len(b)):
        for i in range(j + diagonal - band, j + diagonal + band + 1):
            equal = 0 <= i < len(a) and a[i] == b[j] != "X"
            options = [table.get((i - 1, j - 1), 0) + equal]
            if (i, j - 1) in table:
                options.append(table[i, j - 1] - 1)
            elif j == 0 and i + 1 <= diagonal + band:
                options.append(-1)
            if (i - 1, j) in table:
                options.append(table[i - 1, j] - 1)
            table[i, j] = max(options)
            best = max(best, table[i, j]) if j == len(b) - 1 else best
    return best


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, texts, st.integers(-12, 12)), min_size=1, max_size=4))
def test_alignments_against_slow_reference(cases: list[tuple[str, str, int]]) -> None:
    sequences = Sequences.of([text for a, b, _ in cases for text in (a, b)])
    first = np.arange(0, 2 * len(cases), 2)
    pairs = Pairs(first, first + 1, np.array([diagonal for _, _, diagonal in cases]))
    expected = [slow_ungapped(*case) for case in cases]
    assert overlap(sequences, pairs).tolist() == [length for length, _ in expected]
    assert ungapped(sequences, pairs).tolist() == [matches for _, matches in expected]
    assert banded(sequences, pairs).tolist() == [slow_banded(*case) for case in cases]


def test_band_bridges_gaps_that_the_diagonal_does_not() -> None:
    rng = np.random.default_rng(0)
    a = random_text(rng, 100)
    b = a[:50] + "AAA" + a[50:]
    sequences = Sequences.of([a, b])
    pairs = Pairs(np.array([0]), np.array([1]), np.array([0]))
    assert ungapped(sequences, pairs)[0] < 70
    assert banded(sequences, pairs)[0] >= 97


@pytest.mark.usefixtures("without_mmseqs")
def test_families_are_found_and_kept_apart() -> None:
    found, family = families(0.7)
    centres = cluster(found, identity=0.3, coverage=0.8)
    for a, b in combinations(range(len(found)), 2):
        assert (centres[a] == centres[b]) == (family[a] == family[b])
    for centre in set(centres.tolist()):
        members = [found[n] for n in np.flatnonzero(centres == centre)]
        assert len(found[centre]) == max(map(len, members))


@pytest.mark.usefixtures("without_mmseqs")
def test_equal_sequences_share_a_cluster_even_if_short_or_unknown() -> None:
    centres = cluster(["AC", "XXXXXXXX", "AC", "", "XXXXXXXX", ""], identity=0.3, coverage=0.8)
    assert centres.tolist() == [0, 1, 0, 3, 1, 3]


@pytest.mark.usefixtures("without_mmseqs")
def test_identity_and_coverage_are_asked() -> None:
    rng = np.random.default_rng(1)
    ancestor = random_text(rng, 200)
    near = mutated(rng, ancestor, 0.75)
    part = ancestor[:60]  # of a longer chain that goes on in another way
    other = part + random_text(rng, 140)
    assert len(set(linear_clusters([ancestor, near], identity=0.6, coverage=0.8))) == 1
    assert len(set(linear_clusters([ancestor, near], identity=0.95, coverage=0.8))) == 2
    assert len(set(linear_clusters([ancestor, part], identity=0.6, coverage=0.8))) == 1
    assert len(set(linear_clusters([ancestor, other], identity=0.6, coverage=0.8))) == 2


def test_order_does_not_matter() -> None:
    found, _ = families(0.6)
    shuffle = np.random.default_rng(2).permutation(len(found))
    straight = linear_clusters(found, identity=0.3, coverage=0.8)
    turned = linear_clusters([found[n] for n in shuffle], identity=0.3, coverage=0.8)
    assert len(set(zip(straight[shuffle], turned, strict=True))) == len(set(straight))


def test_real_relatives_are_together(shared_data: Path) -> None:
    chains = [
        read_structure(path.read_bytes(), entry=path.name, where=path.name)[0]
        for path in sorted((shared_data / "proteins" / "afdb").glob("*.pdb"))
    ]
    sequences = [chain.sequence for chain in chains if len(chain) < 600]
    labels = linear_clusters(sequences, identity=0.3, coverage=0.8)
    actins = [label for label, text in zip(labels, sequences, strict=True) if ACTIN in text]
    assert len(actins) == 8
    assert len(set(actins)) == 1


def fake_mmseqs(folder: Path, body: str) -> None:
    program = folder / "mmseqs"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def path_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def test_mmseqs_is_used_when_it_is_there(path_folder: Path) -> None:
    # Puts everything into one cluster, and notes how it was called.
    note = path_folder / "called"
    fake_mmseqs(
        path_folder,
        f'echo "$@" > {note}; grep ">" "$2" | sed "s/>//" | sed "s/^/0\t/" > "$3_cluster.tsv"',
    )
    centres = cluster(["AAAA", "CCCCC", "AAAA"], identity=0.3, coverage=0.8, threads=2)
    assert centres.tolist() == [1, 1, 1]
    called = note.read_text()
    assert called.startswith("easy-cluster ")
    assert "--min-seq-id 0.3 -c 0.8 --cov-mode 1" in called
    assert "--cluster-mode 1 --threads 2" in called


@pytest.mark.parametrize(
    ("body", "told"), [("echo 15-6f452", "15-6f452"), ("exit 1", "of unknown version")]
)
def test_the_method_is_named_with_its_version(path_folder: Path, body: str, told: str) -> None:
    fake_mmseqs(path_folder, body)
    assert method() == f"MMseqs2 {told}, connected components"


@pytest.mark.parametrize("body", ["echo broken >&2; exit 3", 'printf "" > "$3_cluster.tsv"'])
def test_mmseqs_that_fails_is_named(path_folder: Path, body: str) -> None:
    fake_mmseqs(path_folder, body)
    with pytest.raises(InputError, match="mmseqs easy-cluster"):
        cluster(["AAAA", "CCCC"], identity=0.3, coverage=0.8)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=3, max_size=40),
    st.sampled_from([0.0, 0.05, 0.1, 0.3]),
    st.sampled_from([0.05, 0.1, 0.4, 0.6]),
    st.integers(0, 5),
)
def test_splits_are_whole_clusters_and_none_is_empty(
    sizes: list[int], validation: float, test: float, seed: int
) -> None:
    clusters = np.repeat([f"c{number:02}" for number in range(len(sizes))], sizes)
    splits = assign_splits(clusters, validation=validation, test=test, seed=seed)
    for name in set(clusters):
        assert len(set(splits[clusters == name])) == 1
    wanted = {"train", "test"} | ({"validation"} if validation else set())
    assert set(splits) == wanted
    turned = assign_splits(clusters[::-1], validation=validation, test=test, seed=seed)
    assert turned[::-1].tolist() == splits.tolist()


def test_shares_are_hit() -> None:
    clusters = [f"c{number // 2}" for number in range(1000)]
    splits = assign_splits(clusters, validation=0.05, test=0.1, seed=0)
    assert (splits == "test").sum() == 100
    assert (splits == "validation").sum() == 50
    other = assign_splits(clusters, validation=0.05, test=0.1, seed=1)
    assert (splits != other).any()


def test_too_few_clusters_or_nothing_to_train_on() -> None:
    with pytest.raises(InputError, match="2 sequence clusters"):
        assign_splits(["a", "a", "b"], validation=0.1, test=0.1, seed=0)
    with pytest.raises(InputError, match="below 1"):
        assign_splits(["a", "b", "c"], validation=0.5, test=0.5, seed=0)


def test_leakage_is_seen() -> None:
    rng = np.random.default_rng(3)
    train = [random_text(rng, 120) for _ in range(20)]
    leak, clean = mutated(rng, train[7], 0.6), random_text(rng, 120)
    texts = [*train, leak, clean, "XXXX"]
    ids = [f"id{number}" for number in range(len(texts))]
    table = leakage(ids, texts, ["train"] * 20 + ["test"] * 2 + ["validation"])
    assert table["id"].tolist() == ["id20", "id21", "id22"]
    worst = table.iloc[0]
    assert worst["nearest"] == "id7"
    assert 0.5 < worst["identity"] < 0.75
    assert worst["coverage"] == 1
    assert worst["kmer_identity"] > table["kmer_identity"][1:].max()
    assert table.iloc[2]["nearest"] == ""
    test, validation = summary(table, identity=0.3, coverage=0.8)
    assert test.startswith("test: 2 chains; 1 with a training chain at identity >= 0.3")
    assert validation.startswith("validation: 1 chains; 0 with")


def test_leakage_of_a_copy_is_complete() -> None:
    text = random_text(np.random.default_rng(4), 80)
    (row,) = leakage(["a", "b"], [text, text], ["train", "test"]).to_dict("records")
    assert (row["kmer_identity"], row["identity"], row["coverage"]) == (1, 1, 1)
