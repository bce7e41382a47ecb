"""Splits: what is held out was never trained on, and all of it in turn."""

from itertools import combinations

import pytest

from causeway.cells import splits as tables
from causeway.cells.labels import CONTROL, canonical, targets
from causeway.cells.splits import members, read_splits, write_splits
from causeway.errors import InputError

GENES = [f"G{number}" for number in range(12)]
DOUBLES = [canonical(pair) for pair in combinations(GENES, 2)]
LABELS = [CONTROL, *GENES, *DOUBLES]


def roles(table, split):
    return [set(members(table, split, role)) for role in tables.ROLES]


def names(table):
    return sorted(table["split"].unique())


def test_folds_of_doubles():
    table = tables.double_folds(LABELS, folds=10, validation=20, seed=3)
    folds = [f"fold{number}" for number in range(10)]
    assert names(table) == [*folds, "tuning"]
    tests = [members(table, fold, "test") for fold in folds]
    held_out = [label for test in tests for label in test]
    assert len(held_out) == len(set(held_out)) == len(DOUBLES) - 20
    train, validation, test = roles(table, "tuning")
    tuning = validation | {label for label in train if len(targets(label)) == 2}
    assert len(tuning) == 20
    assert len(validation) == 10
    assert not test
    assert not tuning & set(held_out)
    for fold in folds:
        train, validation, test = roles(table, fold)
        assert not validation
        assert train | test == set(LABELS)
        assert not train & test
        assert train >= {CONTROL, *GENES} | tuning
    assert (table.loc[table["role"] == "test", "seen"] == 2).all()
    assert (table["seed"] == 3).all()


def test_doubles_of_a_target_that_never_trains_are_left_out():
    labels = [CONTROL, "A", "B", "A+B", "C+D"]
    table = tables.double_folds(labels, folds=2, validation=0, seed=0)
    assert {label for fold in names(table) for label in members(table, fold, "test")} == {"A+B"}


def test_covered_doubles():
    labels = [CONTROL, "A", "B", "C", "A+B", "B+C", "C+D"]
    table = tables.covered_doubles(labels, folds=None, seed=0)
    assert {tuple(members(table, fold, "test")) for fold in names(table)} == {("A+B",), ("B+C",)}
    assert set(members(table, "fold0", "train")) > {CONTROL, "A", "B", "C", "C+D"}
    with pytest.raises(InputError, match="2 doubles with both singles"):
        tables.covered_doubles(labels, folds=3, seed=0)


def test_targets_that_were_not_seen():
    table = tables.unseen_targets(LABELS, folds=4, share=0.25, seed=1)
    for fold in names(table):
        train, _, test = roles(table, fold)
        seen = {name for label in train for name in targets(label)}
        assert len(seen) == 9
        rows = table[(table["split"] == fold) & (table["role"] == "test")]
        for label, number in zip(rows["perturbation"], rows["seen"], strict=True):
            assert number == len(seen.intersection(targets(label)))
        doubles = rows[rows["perturbation"].isin(DOUBLES)]
        assert set(doubles["seen"]) == {0, 1, 2}
        assert train | test == set(LABELS)


def test_singles_that_were_not_seen():
    table = tables.single_folds(LABELS, folds=5, seed=0, among=GENES[:7])
    tests = [members(table, fold, "test") for fold in names(table)]
    assert sorted(label for test in tests for label in test) == sorted(GENES[:7])
    for fold in names(table):
        train, _, test = roles(table, fold)
        assert not any(test.intersection(targets(label)) for label in train)
    assert (table.loc[table["role"] == "test", "seen"] == 0).all()


def test_random_doubles_differ_between_folds():
    table = tables.random_doubles(LABELS, folds=3, share=0.25, seed=0)
    tests = {tuple(members(table, fold, "test")) for fold in names(table)}
    assert len(tests) == 3
    assert {len(test) for test in tests} == {round(len(DOUBLES) / 4)}


def test_named_and_nothing():
    table = tables.named(LABELS, ["G0+G1"], seed=0)
    assert members(table, "fold0", "test") == ["G0+G1"]
    assert members(tables.everything(LABELS, 0), "fold0", "test") == []
    with pytest.raises(InputError, match="no perturbation 'Z'"):
        tables.named(LABELS, ["Z"], seed=0)


def test_doses():
    measured = [(CONTROL, 0.0), ("A", 1.0), ("A", 10.0), ("B", 1.0), ("B", 10.0), ("C", 10.0)]
    table = tables.held_out_doses(measured, [10.0], seed=0)
    test = table[table["role"] == "test"]
    assert list(zip(test["perturbation"], test["dose"], strict=True)) == [("A", 10), ("B", 10)]
    assert set(table.loc[table["role"] == "train", "perturbation"]) == {CONTROL, "A", "B"}
    with pytest.raises(InputError, match="dose 3"):
        tables.held_out_doses(measured, [3.0], seed=0)


def test_seeds_decide():
    first, again, other = (
        tables.double_folds(LABELS, folds=10, validation=20, seed=seed) for seed in (0, 0, 1)
    )
    assert first.equals(again)
    assert not first.drop(columns="seed").equals(other.drop(columns="seed"))


def test_tables_travel(tmp_path):
    path = tmp_path / "splits.tsv"
    for table in (
        tables.covered_doubles(LABELS, folds=3, seed=4),
        tables.held_out_doses([(CONTROL, 0.0), ("NaN", 1.0), ("NaN", 0.1)], [0.1], seed=0),
    ):
        write_splits(table, path)
        assert read_splits(path).equals(table)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split\tperturbation\trole\n", "no column 'seen'"),
        ("split\tperturbation\trole\tseen\tseed\na\tA\ttst\t1\t0\n", "line 2, role: 'tst'"),
        (
            "split\tperturbation\trole\tseen\tseed\na\tA\ttest\t1\t0\na\tA\ttrain\t1\t0\n",
            "line 3, perturbation: 'A' stands twice",
        ),
        ("split\tperturbation\trole\tseen\tseed\na\tA\ttest\tmany\t0\n", "seen"),
    ],
)
def test_wrong_tables(tmp_path, text, message):
    path = tmp_path / "splits.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_splits(path)


def test_an_unknown_split():
    table = tables.everything(LABELS, 0)
    with pytest.raises(InputError, match="has no split 'fold9'"):
        members(table, "fold9", "test")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tables.double_folds(LABELS, folds=50, validation=20, seed=0), "66 doubles"),
        (lambda: tables.random_doubles(GENES, folds=1, share=0.5, seed=0), "0 doubles"),
        (lambda: tables.single_folds(LABELS, folds=20, seed=0), "12 single"),
        (lambda: tables.single_folds(LABELS, folds=1, seed=0, among=["Z"]), "single perturbation"),
        (lambda: tables.unseen_targets(["A"], folds=1, share=0.9, seed=0), "left to train"),
    ],
)
def test_too_few(make, message):
    with pytest.raises(InputError, match=message):
        make()
