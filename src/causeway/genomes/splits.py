"""Which genes and people train, validate and test, as tables.

A split of genes has a row per gene: ``gene`` and ``part`` (train, valid, test, or ``gap`` for
genes that are not used); one of people has ``person`` and ``part``. What is held out has no
chromosome, block, operon, family or person in common with what trains, as the kind of split says;
:mod:`causeway.genomes.leakage` counts what is in common nevertheless.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError

Part = Literal["train", "valid", "test", "gap"]
PARTS: tuple[Part, ...] = ("train", "valid", "test")
"""What genes and people are for."""
GAP: Part = "gap"
"""Genes between parts, which are not used."""


def by_contig(genes: pd.DataFrame, valid: Sequence[str], test: Sequence[str]) -> pd.DataFrame:
    """Hold out whole contigs; all others train.

    Parameters
    ----------
    genes
        Table of genes.
    valid, test
        Contigs of these parts.

    Raises
    ------
    InputError
        If a contig is in both, has no genes, or nothing is left to train on.
    """
    if both := sorted(set(valid) & set(test)):
        raise InputError("splits", f"contig {both[0]!r} is to validate and to test", "Choose one")
    known = set(genes["contig"])
    if unknown := sorted({*valid, *test} - known):
        raise InputError(
            "splits", f"no gene is on contig {unknown[0]!r}", f"They are on {', '.join(known)}"
        )
    part = np.full(len(genes), "train", dtype=object)
    part[genes["contig"].isin(list(valid))] = "valid"
    part[genes["contig"].isin(list(test))] = "test"
    return _split(genes, part)


def by_block(
    genes: pd.DataFrame,
    valid: float = 0.15,
    test: float = 0.15,
    *,
    gap: int = 10_000,
    blocks: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """Hold out stretches of the genome, operons whole, with genes near the borders left out.

    Genes are taken in the order of the genome and cut, between operons, into ``blocks`` rounds of
    train, validation and test, turned by a random amount.

    Parameters
    ----------
    genes
        Table of genes.
    valid, test
        Shares of genes.
    gap
        Bases; a training gene whose start is nearer than this to one of another part, and a
        validation gene so near to one of the test, are left out, with their operons.
    blocks
        Rounds; more rounds see more of the genome, and lose more genes to gaps.
    seed
        Of the turn.

    Raises
    ------
    InputError
        If a part gets no genes.
    """
    order = genes.reset_index(drop=True).sort_values(["contig", "tss"], kind="stable").index
    rank = np.empty(len(genes), dtype=np.int64)
    rank[order] = np.arange(len(genes))
    # An operon stands where its first gene does.
    first = pd.Series(rank).groupby(_units(genes)).transform("min").to_numpy()
    turn = np.random.default_rng(seed).random()
    phase = (first / len(genes) * blocks + turn) % 1.0
    part = np.where(phase < test, "test", np.where(phase < test + valid, "valid", "train"))
    return _split(genes, _with_gap(genes, part.astype(object), gap))


def by_family(
    genes: pd.DataFrame,
    families: Mapping[str, str],
    valid: float = 0.15,
    test: float = 0.15,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Hold out whole families, drawn at random.

    Parameters
    ----------
    genes
        Table of genes.
    families
        Family of each gene, e.g. of :func:`causeway.genomes.families.families`; a gene without
        one is its own. Operons stay whole: families that share one are held out together.
    valid, test
        Shares of genes.
    seed
        Of the draw.
    """
    family = [families.get(gene, gene) for gene in genes["gene"]]
    unit = _joined(_units(genes), pd.factorize(np.array(family, dtype=object))[0])
    return _split(genes, _drawn(unit, valid, test, np.random.default_rng(seed)))


def by_person(
    people: pd.DataFrame,
    valid: float = 0.2,
    test: float = 0.2,
    *,
    seed: int = 0,
    household: str | None = None,
) -> pd.DataFrame:
    """Hold people out, in the same shares in each population.

    Parameters
    ----------
    people
        Columns ``person`` and perhaps ``population``.
    valid, test
        Shares of people.
    seed
        Of the draw.
    household
        Column of families, which stay together.

    Raises
    ------
    InputError
        If a part gets nobody.
    """
    names = people.index if household is None else people[household]
    unit = pd.factorize(names)[0]
    population = people["population"] if "population" in people else pd.Series("", people.index)
    # People of one household count for the population of its first.
    home = population.groupby(unit).transform("first").to_numpy()
    part = np.full(len(people), "train", dtype=object)
    rng = np.random.default_rng(seed)
    for name in pd.unique(home):
        rows = np.flatnonzero(home == name)
        part[rows] = _drawn(unit[rows], valid, test, rng)
    _all_parts(part, "people")
    return pd.DataFrame({"person": people["person"].to_numpy(), "part": part})


def crossed(genes: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Number of genes times people that were seen in training or not.

    Parameters
    ----------
    genes, people
        Splits of each.

    Returns
    -------
    DataFrame
        Columns ``genes`` and ``people`` (``seen`` or ``unseen``), ``number_genes``,
        ``number_people`` and ``pairs``; unseen ones are those of the test.
    """
    rows = []
    for gene_part, gene_word in (("train", "seen"), ("test", "unseen")):
        for person_part, person_word in (("train", "seen"), ("test", "unseen")):
            number = int((genes["part"] == gene_part).sum())
            persons = int((people["part"] == person_part).sum())
            rows.append((gene_word, person_word, number, persons, number * persons))
    columns = ["genes", "people", "number_genes", "number_people", "pairs"]
    return pd.DataFrame(rows, columns=columns)


def members(split: pd.DataFrame, part: Part) -> list[str]:
    """Genes or people of a part, in the order of the table."""
    return split.loc[split["part"] == part, split.columns[0]].tolist()


def write_split(split: pd.DataFrame, path: Path) -> None:
    """Write the table, separated by tabs."""
    split.to_csv(path, sep="\t", index=False)


def read_split(path: Path) -> pd.DataFrame:
    """Read a table of genes or people and parts.

    Raises
    ------
    InputError
        If it is none, names something twice, or has an unknown part.
    """
    try:
        split = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(path, f"is not a split ({error})", "Make it anew") from error
    if len(split.columns) < 2 or "part" not in split:
        raise InputError(path, "has no column 'part'", "Write gene or person, and part")
    wrong = ~split["part"].isin([*PARTS, GAP])
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"{path}, line {row + 2}",
            f"{split['part'].iloc[row]!r} is no part",
            f"Write one of {', '.join(PARTS)} or {GAP}",
        )
    if (twice := split.iloc[:, 0].duplicated()).any():
        row = int(twice.to_numpy().argmax())
        raise InputError(
            f"{path}, line {row + 2}", f"{split.iloc[row, 0]!r} stands twice", "Keep one of them"
        )
    return split


def _split(genes: pd.DataFrame, part: NDArray[np.object_]) -> pd.DataFrame:
    _all_parts(part, "genes")
    return pd.DataFrame({"gene": genes["gene"].to_numpy(), "part": part})


def _all_parts(part: NDArray[np.object_], what: str) -> None:
    for name in PARTS:
        if not (part == name).any():
            raise InputError(
                "splits", f"no {what} are left for {name}", "Ask for other shares or a smaller gap"
            )


def _units(genes: pd.DataFrame) -> NDArray[np.intp]:
    """Number of each gene's operon, or of the gene itself where it has none."""
    alone = "\0" + genes["gene"].astype(str)
    operon = genes["operon"] if "operon" in genes else pd.Series("", genes.index)
    named = operon.fillna("").astype(str)
    return pd.factorize(named.where(named != "", alone))[0]


def _joined(one: NDArray[np.intp], two: NDArray[np.intp]) -> NDArray[np.intp]:
    """Numbers of groups of rows that two groupings connect."""
    group = one.copy()
    while True:
        least = pd.Series(group).groupby(two).transform("min").to_numpy()
        least = pd.Series(least).groupby(one).transform("min").to_numpy()
        if (least == group).all():
            return pd.factorize(group)[0]
        group = least


def _drawn(
    unit: NDArray[np.intp], valid: float, test: float, rng: np.random.Generator
) -> NDArray[np.object_]:
    """Part of each row: whole units in random order, until the shares are full."""
    numbers = np.bincount(unit, minlength=int(unit.max(initial=-1)) + 1)
    used = np.flatnonzero(numbers)
    order = rng.permutation(used)
    # A unit belongs where its middle falls, so that one larger than a share leaves others room.
    middle = (np.cumsum(numbers[order]) - numbers[order] / 2) / len(unit)
    of_unit = np.full(len(numbers), "train", dtype=object)
    of_unit[order[middle < test + valid]] = "valid"
    of_unit[order[middle < test]] = "test"
    return of_unit[unit]


def _with_gap(genes: pd.DataFrame, part: NDArray[np.object_], gap: int) -> NDArray[np.object_]:
    """Leave out genes that are near to genes of a later part, with their operons."""
    contig = pd.factorize(genes["contig"])[0]
    tss = genes["tss"].to_numpy(np.int64)
    unit = _units(genes)
    found = part.copy()
    for own, others in (("train", ("valid", "test")), ("valid", ("test",))):
        for number in np.unique(contig):
            here = contig == number
            border = np.sort(tss[here & np.isin(part, others)])
            rows = np.flatnonzero(here & (part == own))
            if not len(border):
                continue
            place = np.searchsorted(border, tss[rows])
            after = border[np.minimum(place, len(border) - 1)] - tss[rows]
            before = tss[rows] - border[np.maximum(place - 1, 0)]
            near = rows[np.minimum(np.abs(after), np.abs(before)) < gap]
            found[np.isin(unit, unit[near])] = GAP
    return found
