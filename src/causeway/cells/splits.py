"""Which perturbations train and which are held out, as a table.

One row per split and perturbation: ``split`` (name), ``perturbation`` (canonical label), ``role``
(train, validation or test), ``seen`` (how many of its targets occur among training perturbations)
and ``seed`` (of the draw). Where doses are held out, ``dose`` is a further column. Perturbations
without a row in a split are not used in it.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from causeway.cells.labels import CONTROL, targets
from causeway.errors import InputError

COLUMNS = ["split", "perturbation", "role", "seen", "seed"]
"""Columns of the table."""
ROLES = ("train", "validation", "test")
"""What a perturbation is for."""


def singles(labels: Iterable[str]) -> list[str]:
    """Perturbations of one target, sorted."""
    return sorted(label for label in set(labels) if len(targets(label)) == 1)


def doubles(labels: Iterable[str]) -> list[str]:
    """Perturbations of two targets, sorted."""
    return sorted(label for label in set(labels) if len(targets(label)) == 2)


def everything(labels: Iterable[str], seed: int) -> pd.DataFrame:
    """One split in which all perturbations train."""
    return _table("fold0", {"train": labels}, seed)


def named(labels: Iterable[str], test: Iterable[str], seed: int) -> pd.DataFrame:
    """One split that holds out the given perturbations.

    Raises
    ------
    InputError
        If one of them is not in the screen, or none is given.
    """
    known, test = set(labels), sorted(set(test))
    if unknown := sorted(set(test) - known):
        raise InputError("splits", f"there is no perturbation {unknown[0]!r}", "Correct the name")
    if not test:
        raise InputError("splits", "no perturbation is to be held out", "Name some")
    return _table("fold0", {"train": known - set(test), "test": test}, seed)


def double_folds(labels: Iterable[str], *, folds: int, validation: int, seed: int) -> pd.DataFrame:
    """Share doubles out over folds, each held out once; everything else trains.

    As the released code of LCD (arXiv:2601.15341): doubles are permuted; the first ``validation``
    ones train in every fold and are used for tuning alone, by the split ``tuning``, in which half
    of them train, the others validate, and all other doubles are hidden. Held-out doubles with a
    target that never trains are left out.

    Raises
    ------
    InputError
        If there are fewer doubles than that takes.
    """
    known = list(labels)
    pool = _permuted(doubles(known), seed)
    _enough(len(pool), validation + folds, "doubles", f"{validation} for tuning and {folds} folds")
    tuning, rest = pool[:validation], pool[validation:]
    other = set(known) - set(pool)
    tables = []
    if len(tuning) >= 2:
        half = len(tuning) // 2
        roles = {"train": [*other, *tuning[:half]], "validation": tuning[half:]}
        tables.append(_table("tuning", roles, seed))
    for fold in range(folds):
        test = rest[fold::folds]
        train = other | set(pool) - set(test)
        seen = _targets(train)
        test = [label for label in test if seen.issuperset(targets(label))]
        tables.append(_table(f"fold{fold}", {"train": train, "test": test}, seed))
    return pd.concat(tables, ignore_index=True)


def covered_doubles(labels: Iterable[str], *, folds: int | None, seed: int) -> pd.DataFrame:
    """Leave one double out at a time, of those whose singles were both measured.

    Parameters
    ----------
    labels
        Perturbations of the screen.
    folds
        How many of these doubles, in the order of a permutation; None for all.
    seed
        Of the permutation.

    Raises
    ------
    InputError
        If there are fewer.
    """
    known = set(labels)
    pool = [label for label in doubles(known) if known.issuperset(targets(label))]
    wanted = len(pool) if folds is None else folds
    _enough(len(pool), max(wanted, 1), "doubles with both singles", f"{wanted} folds")
    tables = [
        _table(f"fold{fold}", {"train": known - {label}, "test": [label]}, seed)
        for fold, label in enumerate(_permuted(pool, seed)[:wanted])
    ]
    return pd.concat(tables, ignore_index=True)


def random_doubles(labels: Iterable[str], *, folds: int, share: float, seed: int) -> pd.DataFrame:
    """Hold a random share of the doubles out, anew for each fold.

    Raises
    ------
    InputError
        If the share is less than one double.
    """
    known = set(labels)
    pool = doubles(known)
    number = round(share * len(pool))
    _enough(number, 1, "doubles to hold out", f"a share of {share} of {len(pool)}")
    tables = []
    for fold in range(folds):
        test = _permuted(pool, [seed, fold])[:number]
        tables.append(_table(f"fold{fold}", {"train": known - set(test), "test": test}, seed))
    return pd.concat(tables, ignore_index=True)


def unseen_targets(labels: Iterable[str], *, folds: int, share: float, seed: int) -> pd.DataFrame:
    """Hold out targets, and with them doubles of 0, 1 and 2 targets that were seen.

    A share of the targets never trains: their singles and all doubles with one of them are held
    out (``seen`` 0 or 1). Of the doubles of two seen targets the same share is held out (``seen``
    2). The scheme of GEARS (Roohani et al. 2024, doi:10.1038/s41587-023-01905-6), drawn anew for
    each fold.

    Raises
    ------
    InputError
        If the share is less than one target, or nothing is left to train on.
    """
    known = set(labels) - {CONTROL}
    pool = sorted(_targets(known))
    number = round(share * len(pool))
    _enough(number, 1, "targets to hold out", f"a share of {share} of {len(pool)}")
    tables = []
    for fold in range(folds):
        hidden = set(_permuted(pool, [seed, fold, 0])[:number])
        test = {label for label in known if hidden.intersection(targets(label))}
        both = doubles(known - test)
        test |= set(_permuted(both, [seed, fold, 1])[: round(share * len(both))])
        _enough(len(known - test), 1, "perturbations left to train on", f"fold {fold}")
        roles = {"train": {CONTROL, *known} - test, "test": test}
        tables.append(_table(f"fold{fold}", roles, seed))
    return pd.concat(tables, ignore_index=True)


def single_folds(
    labels: Iterable[str], *, folds: int, seed: int, among: Sequence[str] = ()
) -> pd.DataFrame:
    """Share single perturbations out over folds; doubles of a held-out target are left out.

    Parameters
    ----------
    labels
        Perturbations of the screen.
    folds
        Number of folds, each held out once.
    seed
        Of the permutation.
    among
        Singles that are held out in turn; the others always train. Empty for all singles.

    Raises
    ------
    InputError
        If one of them is not in the screen, or there are fewer than folds.
    """
    known = set(labels)
    pool = sorted(set(among)) or singles(known)
    if unknown := [label for label in pool if label not in singles(known)]:
        raise InputError(
            "splits", f"there is no single perturbation {unknown[0]!r}", "Correct the name"
        )
    _enough(len(pool), folds, "single perturbations", f"{folds} folds")
    order = _permuted(pool, seed)
    tables = []
    for fold in range(folds):
        test = order[fold::folds]
        hidden = set(test)
        train = {label for label in known if not hidden.intersection(targets(label))}
        tables.append(_table(f"fold{fold}", {"train": train, "test": test}, seed))
    return pd.concat(tables, ignore_index=True)


def held_out_doses(
    measured: Iterable[tuple[str, float]], doses: Iterable[float], seed: int
) -> pd.DataFrame:
    """One split that holds out doses of perturbations that train at other doses.

    Parameters
    ----------
    measured
        Pairs of perturbation and dose in the screen; the control has any dose.
    doses
        Those to hold out.
    seed
        Recorded in the table; nothing is drawn.

    Returns
    -------
    DataFrame
        With the column ``dose``. Perturbations without a training dose are left out of the test.

    Raises
    ------
    InputError
        If a dose to hold out was not measured, or nothing remains to test.
    """
    pairs = sorted(set(measured))
    chosen = {float(dose) for dose in doses}
    given = {dose for label, dose in pairs if label != CONTROL}
    if unknown := sorted(chosen - given):
        raise InputError(
            "splits",
            f"no perturbation has dose {unknown[0]:g}",
            f"Name some of {', '.join(f'{dose:g}' for dose in sorted(given))}",
        )
    train = [pair for pair in pairs if pair[0] == CONTROL or pair[1] not in chosen]
    known = {label for label, _ in train}
    test = [
        (label, dose) for label, dose in pairs if label in known and (label, dose) not in train
    ]
    _enough(len(test), 1, "perturbations at held-out and at other doses", "a test")
    seen = _targets(known)
    rows = [
        ("fold0", label, role, sum(name in seen for name in targets(label)), seed, dose)
        for role, part in (("train", train), ("test", test))
        for label, dose in part
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, "dose"])


def members(table: pd.DataFrame, split: str, role: str, where: object = "splits") -> list[str]:
    """Perturbations of a role in a split, sorted.

    Raises
    ------
    InputError
        If the table has no such split.
    """
    rows = table[table["split"] == split]
    if rows.empty:
        names = ", ".join(sorted(table["split"].unique()))
        raise InputError(where, f"has no split {split!r}", f"It has {names}")
    return sorted(set(rows.loc[rows["role"] == role, "perturbation"]))


def write_splits(table: pd.DataFrame, path: Path) -> None:
    """Write the table, separated by tabs."""
    table.to_csv(path, sep="\t", index=False)


def read_splits(path: Path) -> pd.DataFrame:
    """Read a table of splits.

    Raises
    ------
    InputError
        If columns are missing or wrong, with the line of the first wrong field.
    """
    try:
        table = pd.read_csv(
            path, sep="\t", keep_default_na=False, quoting=csv.QUOTE_NONE, dtype=str
        )
    except (OSError, ValueError) as error:
        raise InputError(path, f"is not a table of splits ({error})", "Make it anew") from error
    if missing := [name for name in COLUMNS if name not in table]:
        raise InputError(
            path, f"has no column {missing[0]!r}", f"Write {', '.join(COLUMNS)}, with tabs between"
        )
    wrong = ~table["role"].isin(ROLES)
    if wrong.any():
        line = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{path}, line {line + 2}, role",
            f"{table['role'].iloc[line]!r} is none",
            f"Write one of {', '.join(ROLES)}",
        )
    keys = [name for name in ("split", "perturbation", "dose") if name in table]
    if (twice := table.duplicated(keys)).any():
        line = int(np.flatnonzero(twice)[0])
        raise InputError(
            f"{path}, line {line + 2}, perturbation",
            f"{table['perturbation'].iloc[line]!r} stands twice in one split",
            "Keep one of the two",
        )
    for name in ("seen", "seed", *({"dose"} & set(table))):
        try:
            table[name] = pd.to_numeric(table[name])
        except ValueError as error:
            raise InputError(f"{path}, {name}", f"{error}", "Write numbers") from error
    return table


def _table(split: str, roles: Mapping[str, Iterable[str]], seed: int) -> pd.DataFrame:
    seen = _targets(roles["train"])
    rows = [
        (split, label, role, sum(name in seen for name in targets(label)), seed)
        for role in ROLES
        for label in sorted(roles.get(role, ()))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _targets(labels: Iterable[str]) -> set[str]:
    return set(chain.from_iterable(targets(label) for label in labels))


def _permuted(names: Sequence[str], seed: int | list[int]) -> list[str]:
    order = np.random.default_rng(seed).permutation(len(names))
    return [names[place] for place in order]


def _enough(found: int, wanted: int, what: str, why: str) -> None:
    if found < wanted:
        raise InputError(
            "splits",
            f"{found} {what}, of which {why} need {wanted}",
            "Ask for less, or split by another kind",
        )
