"""Haplotypes that are drawn from the frequencies of sites, where no genotypes may be had.

Sites are independent of each other, or linked in blocks that are copied from a few founders of
each population. Either way they are simulated, also where the frequencies are real.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from causeway.errors import InputError

CHUNK = 1 << 24
"""Alleles that are drawn at once."""


class Drawn(NamedTuple):
    """What :func:`causeway.genomes.haplotypes.write_haplotypes` takes."""

    people: pd.DataFrame
    """Columns ``person``, ``population``, ``age`` (years) and ``sex`` (0 or 1)."""
    indptr: NDArray[np.int64]
    """Borders of haplotypes, shape (2n + 1,)."""
    indices: NDArray[np.int32]
    """Sites that haplotypes carry, rising within each."""


def draw_people(
    sites: pd.DataFrame,
    populations: Mapping[str, int],
    seed: int,
    *,
    founders: int = 0,
    block: int = 20_000,
    columns: Mapping[str, str] | None = None,
) -> Drawn:
    """Draw people of several populations.

    Parameters
    ----------
    sites
        Table with a column of frequencies for each population; unknown ones are taken as 0.
    populations
        Number of people of each.
    seed
        Makes the draw repeatable.
    founders
        Founder haplotypes of each population that haplotypes copy block by block; 0: every site
        of every haplotype is drawn alone.
    block
        Bases that are copied from one founder.
    columns
        Column of each population's frequencies; by default its name.

    Raises
    ------
    InputError
        If there is no column of frequencies for a population, or one is not between 0 and 1.
    """
    rng = np.random.default_rng(seed)
    names = list(populations)
    frequencies = np.stack([_frequency(sites, (columns or {}).get(name, name)) for name in names])
    population = np.repeat(np.arange(len(names)), [populations[name] for name in names])
    people = pd.DataFrame(
        {
            "person": [f"P{number:05d}" for number in range(len(population))],
            "population": np.array(names, dtype=object)[population],
            "age": rng.integers(40, 71, len(population)),
            "sex": rng.integers(0, 2, len(population)),
        }
    )
    owner = np.repeat(population, 2)
    if founders:
        carried = _copied(sites, frequencies, owner, founders, block, rng)
    else:
        carried = _independent(frequencies, owner, rng)
    indptr = np.concatenate([[0], np.cumsum([len(one) for one in carried])]).astype(np.int64)
    return Drawn(people, indptr, np.concatenate([*carried, np.zeros(0, np.int32)]))


def _frequency(sites: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in sites:
        raise InputError("sites", f"have no frequencies {column!r}", "Name a population they have")
    frequency = sites[column].fillna(0.0).to_numpy(np.float64)
    if ((frequency < 0) | (frequency > 1)).any():
        raise InputError(
            f"sites, {column}", "are not all between 0 and 1", "Give shares of haplotypes"
        )
    return frequency


def _independent(
    frequencies: NDArray[np.float64], owner: NDArray[np.intp], rng: np.random.Generator
) -> list[NDArray[np.int32]]:
    """Sites of each haplotype, drawn one by one."""
    carried: list[NDArray[np.int32]] = []
    rows = max(1, CHUNK // max(1, frequencies.shape[1]))
    for low in range(0, len(owner), rows):
        chance = frequencies[owner[low : low + rows]].astype(np.float32)
        found = rng.random(chance.shape, dtype=np.float32) < chance
        carried.extend(np.flatnonzero(row).astype(np.int32) for row in found)
    return carried


def _copied(
    sites: pd.DataFrame,
    frequencies: NDArray[np.float64],
    owner: NDArray[np.intp],
    founders: int,
    block: int,
    rng: np.random.Generator,
) -> list[NDArray[np.int32]]:
    """Sites of each haplotype, copied in blocks from founders of its population."""
    contig = pd.factorize(sites["contig"])[0]
    pieces = np.column_stack([contig, sites["position"].to_numpy() // block])
    number = np.unique(pieces, axis=0, return_inverse=True)[1].reshape(-1)
    panels = [rng.random((founders, len(frequency))) < frequency for frequency in frequencies]
    carried = []
    for population in owner:
        source = rng.integers(0, founders, number.max(initial=0) + 1)
        copied = panels[population][source[number], np.arange(len(number))]
        carried.append(np.flatnonzero(copied).astype(np.int32))
    return carried
