"""Group the cases of each disease, and see what the groups are of."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.genomes.phenformer.comorbidities import COLUMNS as COMORBIDITIES
from causeway.genomes.phenformer.comorbidities import comorbidities as tested
from causeway.genomes.phenformer.inputs import People, read_people
from causeway.genomes.phenformer.numbers import write_numbers
from causeway.genomes.phenformer.settings import Subtyping
from causeway.genomes.phenformer.subtypes import COLUMNS, Subtypes, agreement
from causeway.genomes.phenformer.subtypes import subtypes as grouped
from causeway.statistics import Interval, share_interval, t_interval

log = logging.getLogger(__name__)

OURS, CONTROL = "embeddings", "components"
"""What cases are grouped by: what the second stage makes of them, and their ancestry."""
RATE = 0.05
"""False discovery rate at which a comorbidity counts."""


class _Grouped(NamedTuple):
    """Groups of the cases of a disease, by what they are grouped by."""

    disease: str
    groups: dict[str, Subtypes]
    comorbidities: pd.DataFrame


def subtype(
    *,
    risks: Path,
    cohort: Path,
    diseases: Path,
    splits: Path,
    subtypes: Path,
    comorbidities: Path,
    metrics: Path,
    settings: Subtyping,
    dataset: str,
    variant: str,
    seed: int,
) -> None:
    """Group cases among test people by their embeddings, and by genotypes alone.

    Drawn diseases have one cause each and no subtypes, so that one group is the right answer: a
    larger number is a false alarm. Only test people are grouped, because the embeddings of
    training people were made to tell the very diseases that comorbidities are about.

    Parameters
    ----------
    risks
        File of ``risk`` on expression.
    cohort, diseases, splits
        Files of ``people``.
    subtypes
        Table to write (TSV): what each number of groups gave, by disease and by what cases are
        grouped by, and which was ``chosen``; 1 where none held.
    comorbidities
        Table to write (TSV): which other diseases the groups by embeddings come with.
    metrics
        Metrics to write: ``subtypes/<grouped by>/groups``, mean over diseases;
        ``subtypes/<grouped by>/told-apart``, share of diseases of more than one group;
        ``subtypes/agreement`` of both groupings, 1 where subtypes are ancestry alone; and
        ``subtypes/comorbidities``, share of diseases with a group that another disease goes with.
        Intervals are over diseases.
    settings
        Section of the configuration.
    dataset, variant, seed
        The run.
    """
    people = read_people(cohort, diseases, splits)
    with np.load(risks) as saved:
        points = {OURS: saved["embeddings"], CONTROL: people.components()}
    found = [
        _of_disease(people, points, disease, settings, seed)
        for disease in range(len(people.diseases))
    ]
    pd.concat([_choices(one) for one in found], ignore_index=True).to_csv(
        subtypes, sep="\t", index=False
    )
    tables = [one.comorbidities.assign(of=one.disease) for one in found]
    filled = [table for table in tables if len(table)]
    empty = pd.DataFrame(columns=["of", *COMORBIDITIES])
    joined = pd.concat(filled, ignore_index=True)[["of", *COMORBIDITIES]] if filled else empty
    joined.to_csv(comorbidities, sep="\t", index=False)
    numbers = dict(_told(found))
    for name, one in numbers.items():
        log.info("%s: %.4g [%.4g, %.4g]", name, *one[:3])
    write_numbers(numbers, metrics, dataset=dataset, variant=variant, seed=seed)


def _of_disease(
    people: People, points: dict[str, NDArray], disease: int, settings: Subtyping, seed: int
) -> _Grouped:
    """Group the cases of a disease among test people."""
    test = people.rows("test")
    cases = test[people.labels[test, disease]]
    groups = {
        name: grouped(
            one[cases],
            rng=np.random.default_rng((seed, disease)),
            numbers=settings.groups,
            method=settings.method,
            resamples=settings.resamples,
            nulls=settings.nulls,
        )
        for name, one in points.items()
    }
    others = [place for place in range(len(people.diseases)) if place != disease]
    table = tested(
        groups[OURS].labels,
        people.labels[np.ix_(cases, others)],
        [people.diseases[place] for place in others],
        people.known[np.ix_(cases, others)],
    )
    return _Grouped(people.diseases[disease], groups, table)


def _choices(found: _Grouped) -> pd.DataFrame:
    """What each number of groups gave, and which was chosen; too few cases are one group."""
    nothing = dict.fromkeys(COLUMNS, np.nan)
    tables = []
    for name, one in found.groups.items():
        alone = pd.DataFrame([nothing | {"groups": 1, "n": len(one.labels)}])
        table = alone if one.choices.empty else one.choices
        tables.append(table.assign(disease=found.disease, by=name, chosen=one.groups))
    return pd.concat(tables, ignore_index=True)[["disease", "by", *COLUMNS, "chosen"]]


def _told(found: list[_Grouped]) -> Iterator[tuple[str, Interval]]:
    for name in (OURS, CONTROL):
        numbers = np.array([one.groups[name].groups for one in found])
        yield f"subtypes/{name}/groups", t_interval(numbers)
        told_apart = int((numbers > 1).sum())
        yield f"subtypes/{name}/told-apart", share_interval(told_apart, len(found))
    same = [agreement(one.groups[OURS], one.groups[CONTROL]) for one in found]
    yield "subtypes/agreement", t_interval(same)
    linked = sum(bool((one.comorbidities["q"] < RATE).any()) for one in found)
    yield "subtypes/comorbidities", share_interval(linked, len(found))
